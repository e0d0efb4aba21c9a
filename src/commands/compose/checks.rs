//! What is refused before anything starts, although each option can be read.

use std::path::Path;

use crate::cli::compose::{
    ComposeDelivery, PROVIDER, ProviderArgs, ProviderOptions, ServiceOptions,
};
use crate::container::FlagError;
use crate::vars::{self, Environment};

/// # Errors
/// The first that contradicts another.
pub(in crate::commands) fn check(provider: &ProviderArgs) -> Result<(), FlagError> {
    let ProviderArgs {
        service,
        options,
        of_services,
        ..
    } = provider;
    check_name(service)?;
    check_lists(options.delivery, &options.common)?;
    for of_service in of_services.values() {
        check_lists(options.delivery, of_service)?;
    }
    check_record(options)?;
    match of_services.keys().next() {
        Some(service) if !options.delivery.stays_behind() => Err(FlagError::with_hint(
            format!("{service} cannot have credentials of its own with delivery: env"),
            "Compose gives all services that depend on a provider the same variables; \
             delivery: live and delivery: keyless tell them apart",
        )),
        _ => Ok(()),
    }
}

/// The variables of this Compose are those of its services, and lead to no credentials here.
pub(super) fn refuse_a_second_time(environment: &Environment) -> Result<(), FlagError> {
    if !environment.is_true(vars::CREDRUN_COMPOSE_ENV) {
        return Ok(());
    }
    Err(FlagError::with_hint(
        "credrun compose-env and a provider service exclude each other",
        "docker compose run --no-deps does not call the provider; other commands do without compose-env",
    ))
}

fn check_name(service: &str) -> Result<(), FlagError> {
    if service == PROVIDER {
        return Ok(());
    }
    Err(FlagError::with_hint(
        format!("the service of the provider is called {service}, and must be called {PROVIDER}"),
        "Compose puts the service's name before each variable, and SDKs read AWS_...",
    ))
}

/// credrun sees no calls of containers that make them themselves.
fn check_lists(delivery: ComposeDelivery, options: &ServiceOptions) -> Result<(), FlagError> {
    let name = match (options.allow.is_empty(), options.deny.is_empty()) {
        (false, _) => "allow",
        (true, false) => "deny",
        (true, true) => return Ok(()),
    };
    match delivery {
        ComposeDelivery::Keyless => Ok(()),
        ComposeDelivery::Env | ComposeDelivery::Live => Err(FlagError::with_hint(
            format!(
                "{name} without delivery: keyless: AWS calls of services do not go through credrun"
            ),
            "set delivery: keyless; for credentials with fewer rights, policy takes a session policy",
        )),
    }
}

fn check_record(options: &ProviderOptions) -> Result<(), FlagError> {
    let Some(record) = &options.record else {
        return Ok(());
    };
    if !options.delivery.stays_behind() {
        return Err(FlagError::with_hint(
            "record with delivery: env: credrun does not hear of the AWS calls of services",
            "set delivery: keyless; with delivery: live, some SDKs tell credrun of their calls",
        ));
    }
    // Compose passes no descriptors on, and reads stdout as JSON.
    let is_stream = ["/dev/fd", "/proc/self/fd"]
        .iter()
        .any(|directory| record.starts_with(directory))
        || ["/dev/stdin", "/dev/stdout", "/dev/stderr"]
            .iter()
            .any(|stream| record == Path::new(stream));
    match is_stream {
        true => Err(FlagError::with_hint(
            format!("record {}: a provider has no output", record.display()),
            "name a file or a named pipe",
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::compose::{ComposeArgs, ComposeCall};

    fn refusal(words: &[&str], service: &str) -> Option<String> {
        let words = [&["--project-name=p", "up"], words, &[service]].concat();
        let words = words.into_iter().map(str::to_owned).collect();
        let ComposeCall::Up(provider) = ComposeArgs::of(words).expect("readable").call else {
            panic!("not up");
        };
        check(&provider).err().map(|error| error.to_string())
    }

    #[test]
    fn a_provider_has_the_name_that_variables_of_aws_begin_with() {
        assert_eq!(refusal(&[], "aws"), None);
        for other in ["credrun", "AWS", "aws-dev", "aws_container"] {
            let said = refusal(&[], other).expect("refused");
            assert!(said.contains("must be called aws"), "{other}: {said}");
        }
    }

    #[test]
    fn what_needs_a_relay_or_the_proxy_is_refused_without() {
        for (words, expected) in [
            (&["--allow=s3:*"][..], Some("allow without")),
            (&["--delivery=live", "--deny=s3:*"], Some("deny without")),
            (
                &["--delivery=live", "--app.deny=s3:*"],
                Some("deny without"),
            ),
            (&["--delivery=keyless", "--deny=s3:*"], None),
            (&["--delivery=keyless", "--app.allow=s3:*"], None),
            (&["--record=a.jsonl"], Some("record with delivery: env")),
            (&["--delivery=live", "--record=a.jsonl"], None),
            (&["--app.profile=x"], Some("app cannot have")),
            (&["--delivery=live", "--app.profile=x"], None),
        ] {
            let said = refusal(words, "aws");
            match expected {
                Some(start) => assert!(said.expect("refused").starts_with(start), "{words:?}"),
                None => assert_eq!(said, None, "{words:?}"),
            }
        }
    }

    #[test]
    fn a_record_goes_to_a_file_because_a_provider_has_no_output() {
        for stream in ["/dev/stdout", "/dev/stderr", "/dev/fd/3", "/proc/self/fd/1"] {
            let record = format!("--record={stream}");
            assert!(
                refusal(&["--delivery=keyless", &record], "aws").is_some(),
                "{stream}"
            );
        }
    }
}
