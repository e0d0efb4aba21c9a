//! `--health-*` and `--no-healthcheck`.

use bollard::models::HealthConfig;

use super::FlagError;
use super::api_version::{ApiVersion, Gate};
use crate::cli::container::HealthArgs;

/// The container's own health check; none keeps the image's.
pub(super) fn parse(args: &HealthArgs) -> Result<Option<HealthConfig>, FlagError> {
    let HealthArgs {
        health_cmd,
        health_interval,
        health_timeout,
        health_retries,
        health_start_period,
        health_start_interval,
        no_healthcheck,
    } = args;
    let set = |value: &Option<i64>| value.filter(|value| *value != 0);
    let config = HealthConfig {
        test: health_cmd
            .clone()
            .filter(|command| !command.is_empty())
            .map(|command| vec!["CMD-SHELL".to_owned(), command]),
        interval: set(health_interval),
        timeout: set(health_timeout),
        retries: set(health_retries),
        start_period: set(health_start_period),
        start_interval: set(health_start_interval),
    };
    let asked = config != HealthConfig::default();
    if *no_healthcheck {
        if asked {
            return Err(FlagError::new(
                "--no-healthcheck conflicts with --health-* options",
            ));
        }
        return Ok(Some(HealthConfig {
            test: Some(vec!["NONE".to_owned()]),
            ..config
        }));
    }
    for (flag, value) in [
        ("--health-interval", config.interval),
        ("--health-timeout", config.timeout),
        ("--health-retries", config.retries),
        ("--health-start-period", config.start_period),
        ("--health-start-interval", config.start_interval),
    ] {
        if value.is_some_and(|value| value < 0) {
            return Err(FlagError::new(format!("{flag} cannot be negative")));
        }
    }
    Ok(asked.then_some(config))
}

pub(super) fn gate(args: &HealthArgs) -> Option<Gate> {
    args.health_start_interval
        .map(|_| Gate::Since("--health-start-interval", ApiVersion::v1(44)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_needs_no_command_of_its_own() {
        let args = HealthArgs {
            health_interval: Some(10),
            ..HealthArgs::default()
        };
        let config = parse(&args).expect("valid").expect("a check");
        assert_eq!(config.test, None);
        assert_eq!(config.interval, Some(10));
        assert_eq!(parse(&HealthArgs::default()), Ok(None));
    }

    #[test]
    fn no_check_and_a_check_exclude_each_other() {
        let none = HealthArgs {
            no_healthcheck: true,
            ..HealthArgs::default()
        };
        let config = parse(&none).expect("valid").expect("a check");
        assert_eq!(config.test, Some(vec!["NONE".to_owned()]));
        let both = HealthArgs {
            health_cmd: Some("x".into()),
            ..none
        };
        assert!(parse(&both).is_err());
    }

    #[test]
    fn a_time_of_zero_is_none() {
        let args = HealthArgs {
            health_timeout: Some(0),
            ..HealthArgs::default()
        };
        assert_eq!(parse(&args), Ok(None));
    }

    #[test]
    fn an_interval_at_the_start_needs_an_engine_that_knows_it() {
        let args = HealthArgs {
            health_start_interval: Some(10),
            ..HealthArgs::default()
        };
        let gate = gate(&args).expect("a gate");
        assert!(gate.check(ApiVersion::v1(43)).is_err());
        assert_eq!(gate.check(ApiVersion::v1(44)), Ok(()));
        assert_eq!(super::gate(&HealthArgs::default()), None);
    }

    #[test]
    fn times_are_not_negative() {
        let args = HealthArgs {
            health_timeout: Some(-1),
            ..HealthArgs::default()
        };
        assert_eq!(
            parse(&args).expect_err("refused").to_string(),
            "--health-timeout cannot be negative"
        );
    }
}
