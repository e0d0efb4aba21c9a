//! `--restart` and `--rm`: whether the container remains when it ends.

use bollard::models::{RestartPolicy, RestartPolicyNameEnum as Name};

use crate::container::FlagError;

/// Reads `POLICY[:MAXIMUM]`; none is `no`.
pub(crate) fn parse(policy: Option<&str>) -> Result<RestartPolicy, FlagError> {
    let policy = policy.unwrap_or("no");
    let invalid = |why| FlagError::new(format!("invalid restart policy format: {why}"));
    let (name, count) = policy.split_once(':').unwrap_or((policy, ""));
    if name.is_empty() && policy.contains(':') {
        return Err(invalid("no policy provided before colon"));
    }
    let count = match count {
        "" => None,
        count => Some(
            super::number::parse_decimal_int(count)
                .map_err(|_| invalid("maximum retry count must be an integer"))?,
        ),
    };
    Ok(RestartPolicy {
        name: Some(known(name)?),
        maximum_retry_count: count.filter(|count| *count != 0),
    })
}

/// docker passes an unknown policy on, and the Engine refuses it.
fn known(name: &str) -> Result<Name, FlagError> {
    Ok(match name {
        "" => Name::EMPTY,
        "no" => Name::NO,
        "always" => Name::ALWAYS,
        "unless-stopped" => Name::UNLESS_STOPPED,
        "on-failure" => Name::ON_FAILURE,
        _ => {
            return Err(FlagError::with_hint(
                format!("invalid restart policy '{name}'"),
                "policies are no, always, unless-stopped and on-failure[:N]",
            ));
        }
    })
}

/// Whether the Engine may start the container again.
pub(crate) fn restarts(policy: Option<&str>) -> bool {
    let name = policy.and_then(|policy| policy.split(':').next());
    !matches!(name, None | Some("" | "no"))
}

/// Whether the container is removed when it ends. credrun removes it by default, unless it may
/// start again.
pub(crate) fn remove(rm: Option<bool>, policy: Option<&str>) -> Result<bool, FlagError> {
    let restarts = restarts(policy);
    if rm == Some(true) && restarts {
        return Err(FlagError::new(
            "conflicting options: cannot specify both --restart and --rm",
        ));
    }
    Ok(rm.unwrap_or(!restarts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_may_have_a_maximum() {
        let policy = parse(Some("on-failure:3")).expect("valid");
        assert_eq!(policy.name, Some(Name::ON_FAILURE));
        assert_eq!(policy.maximum_retry_count, Some(3));
        assert_eq!(parse(None).expect("valid").name, Some(Name::NO));
        assert_eq!(parse(Some("")).expect("valid").name, Some(Name::EMPTY));
    }

    #[test]
    fn malformed_policies_are_refused() {
        let message = |policy| parse(Some(policy)).expect_err("refused").to_string();
        assert_eq!(
            message(":3"),
            "invalid restart policy format: no policy provided before colon"
        );
        assert_eq!(
            message("on-failure:x"),
            "invalid restart policy format: maximum retry count must be an integer"
        );
        assert_eq!(message("foo"), "invalid restart policy 'foo'");
    }

    #[test]
    fn a_container_is_removed_unless_it_restarts_or_is_asked_to_stay() {
        assert_eq!(remove(None, None), Ok(true));
        assert_eq!(remove(None, Some("no")), Ok(true));
        assert_eq!(remove(None, Some("always")), Ok(false));
        assert_eq!(remove(Some(false), None), Ok(false));
        assert!(remove(Some(true), Some("always")).is_err());
    }
}
