//! A role to assume: every parameter of `AssumeRole`, checked as AWS checks it.
//!
//! Whatever AWS would refuse is refused here, before any request, and the error names the flag. The
//! limits are those of the STS API reference for `AssumeRole`.

use super::mfa::Mfa;
use super::session_tags::SessionTag;
use crate::credentials::error::CredentialsError;
use crate::iam::arn::{Arn, is_account};

/// The durations that can be requested for a session of any role.
const DURATION: std::ops::RangeInclusive<u32> = 900..=43_200;
/// The longest session of a role assumed from a role: AWS's limit on role chaining.
pub(crate) const CHAINED_DURATION: u32 = 3600;
/// The parameters of one `AssumeRole`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) session_name: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) duration: Option<u32>,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) tags: Vec<SessionTag>,
    pub(crate) transitive_tag_keys: Vec<String>,
    pub(crate) source_identity: Option<String>,
    /// The MFA device that a profile names for this role.
    pub(crate) mfa: Option<Mfa>,
}

/// `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
pub(crate) fn check_role_arn(arn: &str) -> Result<(), CredentialsError> {
    let hint = "a role ARN looks like arn:aws:iam::123456789012:role/NAME";
    if let Some(fault) = fault_of_role_arn(arn) {
        return Err(CredentialsError::flag(
            "--role-arn",
            format!("{arn:?} is not the ARN of a role: {fault}"),
            hint,
        ));
    }
    if arn.len() > 2048 || arn.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(CredentialsError::flag(
            "--role-arn",
            "the ARN is too long or contains a space",
            hint,
        ));
    }
    Ok(())
}

fn fault_of_role_arn(text: &str) -> Option<String> {
    let Some(arn) = Arn::parse(text) else {
        return Some("an ARN has six parts with colons between, and begins with arn:".to_owned());
    };
    let name = arn.resource.strip_prefix("role/");
    let fault = match (arn.service, arn.resource.split('/').next()) {
        _ if !arn.partition.starts_with("aws") => {
            format!("{:?} is not a partition of AWS", arn.partition)
        }
        ("sts", Some("assumed-role")) => {
            "it is the ARN of a session of a role; the role's own has iam and role/NAME".to_owned()
        }
        ("iam", Some("role")) if !arn.region.is_empty() => {
            format!("IAM has no regions, and it has {:?}", arn.region)
        }
        ("iam", Some("role")) if !is_account(arn.account) => {
            format!("an account has 12 digits, and it has {:?}", arn.account)
        }
        ("iam", Some("role")) if name.is_none_or(|name| name.is_empty() || name.ends_with('/')) => {
            "it has no name".to_owned()
        }
        ("iam", Some("role")) => return None,
        ("iam", Some(kind)) => format!("it is that of a {kind}"),
        (service, _) => format!("its service is {service:?}, and a role's is iam"),
    };
    Some(fault)
}

/// Checks that a text has a `length` in range and consists of letters, digits and `extra`.
fn check_word(
    flag: &'static str,
    value: &str,
    length: std::ops::RangeInclusive<usize>,
    extra: &str,
) -> Result<(), CredentialsError> {
    let hint = format!(
        "{} to {} letters, digits and any of {extra}",
        length.start(),
        length.end()
    );
    if !length.contains(&value.len()) {
        return Err(CredentialsError::flag(
            flag,
            format!("{value:?} has the wrong length"),
            &hint,
        ));
    }
    match value
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && *c != '_' && !extra.contains(*c))
    {
        Some(wrong) => Err(CredentialsError::flag(
            flag,
            format!("{value:?} contains {wrong:?}"),
            &hint,
        )),
        None => Ok(()),
    }
}

pub(crate) fn check_session_name(flag: &'static str, name: &str) -> Result<(), CredentialsError> {
    check_word(flag, name, 2..=64, "_=,.@+-")
}

pub(crate) fn check_external_id(id: &str) -> Result<(), CredentialsError> {
    check_word("--external-id", id, 2..=1224, "_=,.@:/+-")
}

pub(crate) fn check_source_identity(name: &str) -> Result<(), CredentialsError> {
    check_word("--source-identity", name, 2..=64, "_=,.@+-")
}

pub(crate) fn check_serial_number(serial: &str) -> Result<(), CredentialsError> {
    check_word("--serial-number", serial, 9..=256, "_=/:,.@+-")
}

/// Checks a role's duration; `chained` means that a role assumes it.
pub(crate) fn check_duration(seconds: u32, chained: bool) -> Result<(), CredentialsError> {
    let flag = "--duration-seconds";
    if !DURATION.contains(&seconds) {
        let hint = "AWS allows 900 (15 minutes) to 43200 (12 hours), and no more than the role's own maximum";
        return Err(CredentialsError::flag(
            flag,
            format!("{seconds} s is out of range"),
            hint,
        ));
    }
    if chained && seconds > CHAINED_DURATION {
        let hint =
            "AWS limits a role that is assumed from another role to 3600 s; --live renews it";
        return Err(CredentialsError::flag(
            flag,
            format!("{seconds} s is longer than a chained role can last"),
            hint,
        ));
    }
    Ok(())
}

/// Checks a session's duration without a role: `GetSessionToken` allows 36 hours.
pub(crate) fn check_session_duration(seconds: u32) -> Result<(), CredentialsError> {
    if (900..=129_600).contains(&seconds) {
        return Ok(());
    }
    let hint = "AWS allows 900 (15 minutes) to 129600 (36 hours) for the session of a user";
    Err(CredentialsError::flag(
        "--duration-seconds",
        format!("{seconds} s is out of range"),
        hint,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_arns_of_every_partition_and_path_are_taken() {
        for arn in [
            "arn:aws:iam::123456789012:role/deploy",
            "arn:aws-cn:iam::123456789012:role/deploy",
            "arn:aws-us-gov:iam::123456789012:role/path/to/deploy",
            "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_0123",
        ] {
            assert!(check_role_arn(arn).is_ok(), "{arn}");
        }
    }

    #[test]
    fn what_is_no_role_arn_is_refused_with_the_flag() {
        for (arn, fault) in [
            ("", "begins with arn:"),
            ("deploy", "begins with arn:"),
            (
                "arn:aws:iam::123456789012:user/deploy",
                "it is that of a user",
            ),
            (
                "arn:aws:sts::123456789012:assumed-role/deploy/x",
                "a session of a role",
            ),
            (
                "arn:aws:iam::12345:role/deploy",
                "12 digits, and it has \"12345\"",
            ),
            ("arn:aws:iam::123456789012:role/", "it has no name"),
            ("arn:aws:iam::123456789012:role/a/", "it has no name"),
            ("arn:aws:iam::123456789012:role", "it has no name"),
            (
                "arn:aws:iam:us-east-1:123456789012:role/deploy",
                "it has \"us-east-1\"",
            ),
            ("arn:aws:s3:::bucket", "its service is \"s3\""),
            (
                "arn:amazon:iam::123456789012:role/a",
                "\"amazon\" is not a partition",
            ),
            ("arn:aws:iam::123456789012:role/de ploy", "contains a space"),
        ] {
            let error = check_role_arn(arn).expect_err(arn);
            assert!(error.to_string().starts_with("--role-arn: "), "{error}");
            assert!(error.to_string().contains(fault), "{error}");
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn an_arn_has_a_longest_length() {
        let arn = |length| {
            let begin = "arn:aws:iam::123456789012:role/";
            format!("{begin}{}", "r".repeat(length - begin.len()))
        };
        assert!(check_role_arn(&arn(2048)).is_ok());
        for length in [2049, 2050] {
            assert!(check_role_arn(&arn(length)).is_err(), "{length}");
        }
    }

    #[test]
    fn words_about_a_role_are_held_to_their_grammars() {
        assert!(check_external_id("42:a/b").is_ok());
        assert!(check_source_identity("me@example.com").is_ok());
        assert!(check_serial_number("arn:aws:iam::123456789012:mfa/me").is_ok());
        for (refused, flag) in [
            (check_external_id("a b"), "--external-id: "),
            (check_external_id("x"), "--external-id: "),
            (check_source_identity("a/b"), "--source-identity: "),
            (check_serial_number("GAHT 1234567"), "--serial-number: "),
            (check_serial_number("12345678"), "--serial-number: "),
        ] {
            let error = refused.expect_err(flag).to_string();
            assert!(error.starts_with(flag), "{error}");
        }
    }

    #[test]
    fn durations_are_aws_s_and_an_hour_in_a_chain() {
        assert!(check_duration(900, false).is_ok());
        assert!(check_duration(43_200, false).is_ok());
        assert!(check_duration(899, false).is_err());
        assert!(check_duration(43_201, false).is_err());
        assert!(check_duration(3600, true).is_ok());
        assert!(check_duration(3601, true).is_err());
        assert!(check_session_duration(129_600).is_ok());
        assert!(check_session_duration(129_601).is_err());
    }

    #[test]
    fn session_names_are_held_to_the_grammar() {
        assert!(check_session_name("--role-session-name", "credrun-20261124081500").is_ok());
        assert!(check_session_name("--role-session-name", "me@example.com").is_ok());
        for name in ["x", "a b", "a/b", "ä-ä", &"x".repeat(65)] {
            assert!(
                check_session_name("--role-session-name", name).is_err(),
                "{name}"
            );
        }
    }
}
