//! Parses the response of the container endpoint.
//!
//! Four strings are required: `AccessKeyId`, `SecretAccessKey`, `Token`, `Expiration`. A `Code`
//! other than `Success` is a failure even with status 200. CloudShell adds `Type: ""` and
//! `LastUpdated: 1970-01-01T00:00:00Z`; unknown fields are ignored. Text from a body is never
//! repeated, except the message of a failure, and that only if no key is near it.

use serde_json::Value;

use crate::credentials::Credentials;
use crate::credentials::json_object::{self, NotAnObject, into_text, text};
use crate::credentials::set::{CredentialValues, Field, Flaw, UnusableValue};
use crate::timestamp;

/// The longest message that is repeated.
const LONGEST_MESSAGE: usize = 300;

/// What is wrong with a response.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AnswerError {
    /// HTML, a log-in page perhaps.
    #[error("the response is HTML, not JSON")]
    Html,
    #[error("the response is empty")]
    Empty,
    /// JSON that stops in the middle.
    #[error("the response is incomplete JSON")]
    CutShort,
    #[error("the response is not JSON")]
    NotJson,
    /// JSON, but not an object.
    #[error("the response is {0}, not a JSON object")]
    NotAnObject(&'static str),
    /// A field is there twice.
    #[error("the response has {0} twice")]
    Twice(&'static str),
    /// Longer than any set of credentials.
    #[error("the response is too long")]
    TooLong,
    /// A field is missing, empty or not a string.
    #[error("the response has no {0}")]
    Missing(&'static str),
    /// `Expiration` is not a time.
    #[error("the Expiration in the response is not a time")]
    Expiration,
    /// A value that no set can have.
    #[error("the {field} in the response {flaw}")]
    Unusable {
        field: &'static str,
        /// What is wrong with the value.
        flaw: Flaw,
    },
    /// `Code` reports a failure.
    #[error("the response is an error: {code}{}", .message.as_deref().map(|m| format!(": {m}")).unwrap_or_default())]
    Failed {
        /// `Code`.
        code: String,
        /// `Message`.
        message: Option<String>,
    },
}

const FIELDS: [&str; 7] = [
    "AccessKeyId",
    "SecretAccessKey",
    TOKEN,
    "Expiration",
    "AccountId",
    "Code",
    "Message",
];
/// The name of `SessionToken` in this format.
const TOKEN: &str = "Token";

/// The set in `body`, the response to a request that was sent with `token`.
pub(crate) fn parse(body: &[u8], token: Option<&str>) -> Result<Credentials, AnswerError> {
    let members = json_object::members(body, FIELDS).map_err(|problem| no_answer(body, problem))?;
    let [
        key,
        secret,
        session_token,
        expiration,
        account,
        code,
        message,
    ] = members;
    if let Some(code) = text(code.as_ref())
        && code != "Success"
    {
        return Err(AnswerError::Failed {
            code: printable(code, token),
            message: text(message.as_ref()).map(|text| printable(text, token)),
        });
    }
    let required = |value, name| into_text(value).ok_or(AnswerError::Missing(name));
    let access_key_id = required(key, "AccessKeyId")?;
    let secret_access_key = required(secret, "SecretAccessKey")?;
    let session_token = required(session_token, TOKEN)?;
    let expiration = required(expiration, "Expiration")?;
    let set = Credentials::new(CredentialValues {
        access_key_id,
        secret_access_key: secret_access_key.into(),
        session_token: Some(session_token.into()),
        expiration: Some(timestamp::parse(&expiration).ok_or(AnswerError::Expiration)?),
        account_id: into_text(account),
    });
    set.map_err(|UnusableValue { field, flaw }| AnswerError::Unusable {
        field: match field {
            Field::SessionToken => TOKEN,
            other => other.member(),
        },
        flaw,
    })
}

/// The error in a refusal, in the form of ECS and EKS: `{"code": …, "message": …}`.
pub(crate) fn refusal(body: &[u8], token: Option<&str>) -> Option<String> {
    let object: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    if object.contains_key("SecretAccessKey") || object.contains_key("Token") {
        return None;
    }
    let field = |name: &str| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| text(Some(value)))
    };
    match (field("code"), field("message")) {
        (Some(code), Some(message)) => Some(printable(&format!("{code}: {message}"), token)),
        (Some(one), None) | (None, Some(one)) => Some(printable(one, token)),
        (None, None) => None,
    }
}

fn no_answer(body: &[u8], problem: NotAnObject) -> AnswerError {
    match problem {
        NotAnObject::Empty => AnswerError::Empty,
        NotAnObject::NotJson if body.trim_ascii_start().starts_with(b"<") => AnswerError::Html,
        NotAnObject::NotJson => AnswerError::NotJson,
        NotAnObject::CutShort => AnswerError::CutShort,
        NotAnObject::Other(kind) => AnswerError::NotAnObject(kind),
        NotAnObject::Twice(name) => AnswerError::Twice(name),
    }
}

/// `text` as one line of limited length, without control characters and without the token: an
/// endpoint may repeat what it received.
fn printable(text: &str, token: Option<&str>) -> String {
    let token = token.filter(|token| !token.is_empty());
    let text = token.map_or_else(|| text.to_owned(), |token| text.replace(token, "***"));
    text.chars()
        .take_while(|c| *c != '\n')
        .filter(|c| !c.is_control())
        .take(LONGEST_MESSAGE)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use secrecy::ExposeSecret;

    use super::*;

    fn parse_text(body: &str) -> Result<Credentials, AnswerError> {
        parse(body.as_bytes(), None)
    }

    #[test]
    fn cloudshells_own_answer_is_a_set() {
        let set = parse_text(
            r#"{
                "LastUpdated": "1970-01-01T00:00:00Z",
                "Type": "",
                "AccessKeyId": "ASIAEXAMPLE",
                "SecretAccessKey": "K8ZX/secret",
                "Token": "IQoJtoken",
                "Expiration": "2024-10-10T08:44:18Z",
                "Code": "Success"
            }"#,
        )
        .expect("a set");
        assert_eq!(set.access_key_id, "ASIAEXAMPLE");
        assert_eq!(set.secret_access_key.expose_secret(), "K8ZX/secret");
        assert_eq!(
            set.session_token.as_ref().expect("a token").expose_secret(),
            "IQoJtoken"
        );
        assert_eq!(
            set.expiration,
            Some(UNIX_EPOCH + Duration::from_secs(1_728_549_858))
        );
    }

    #[test]
    fn a_number_as_the_account_does_not_matter() {
        let set = parse_text(
            r#"{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"2030-01-01T00:00:00Z","AccountId":123456789012}"#,
        );
        assert_eq!(set.expect("a set").account_id, None);
    }

    #[test]
    fn each_missing_field_is_named() {
        let fields = [
            ("AccessKeyId", "\"A\""),
            ("SecretAccessKey", "\"hush\""),
            ("Token", "\"T\""),
            ("Expiration", "\"2030-01-01T00:00:00Z\""),
        ];
        for (missing, _) in fields {
            for replacement in [None, Some("null"), Some("\"\""), Some("7")] {
                let body: Vec<String> = fields
                    .iter()
                    .filter_map(|(name, value)| match (name == &missing, replacement) {
                        (true, None) => None,
                        (true, Some(value)) => Some(format!("\"{name}\":{value}")),
                        (false, _) => Some(format!("\"{name}\":{value}")),
                    })
                    .collect();
                let error = parse_text(&format!("{{{}}}", body.join(","))).expect_err("refused");
                assert_eq!(error, AnswerError::Missing(missing), "{replacement:?}");
            }
        }
    }

    #[test]
    fn bodies_that_are_no_set_are_told_apart_and_never_repeated() {
        let secret = "wJalrXUtnFEMI";
        for (body, expected) in [
            (String::new(), AnswerError::Empty),
            (
                "<!DOCTYPE html><p>wJalrXUtnFEMI".to_owned(),
                AnswerError::Html,
            ),
            (
                r#"{"AccessKeyId":"A","SecretAccessKey":"wJalrXUtnFEMI"#.to_owned(),
                AnswerError::CutShort,
            ),
            ("wJalrXUtnFEMI".to_owned(), AnswerError::NotJson),
            (
                r#"["wJalrXUtnFEMI"]"#.to_owned(),
                AnswerError::NotAnObject("an array"),
            ),
            (
                r#""wJalrXUtnFEMI""#.to_owned(),
                AnswerError::NotAnObject("a string"),
            ),
            (
                r#"{"Token":"wJalrXUtnFEMI","Token":"wJalrXUtnFEMI"}"#.to_owned(),
                AnswerError::Twice("Token"),
            ),
        ] {
            let error = parse_text(&body).expect_err("refused");
            assert!(!format!("{error} {error:?}").contains(secret), "{body}");
            assert_eq!(error, expected, "{body}");
        }
    }

    #[test]
    fn a_value_that_no_set_can_have_is_told_with_its_field() {
        let answer = |key: &str, token: &str| {
            serde_json::json!({
                "AccessKeyId": key, "SecretAccessKey": "hush", "Token": token,
                "Expiration": "2030-01-01T00:00:00Z",
            })
            .to_string()
        };
        let error = parse_text(&answer("ASIA\u{1}", "T")).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "the AccessKeyId in the response contains a control character (U+0001)"
        );
        let error = parse_text(&answer("ASIA", "T\nX")).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "the Token in the response contains a line break"
        );
    }

    #[test]
    fn a_code_other_than_success_is_a_failure() {
        let error = parse_text(
            r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"}"#,
        )
        .expect_err("refused");
        assert_eq!(
            error.to_string(),
            "the response is an error: AssumeRoleUnauthorizedAccess: EC2 cannot assume the role"
        );
    }

    #[test]
    fn a_refusal_is_repeated_unless_keys_are_in_it() {
        assert_eq!(
            refusal(
                br#"{"code":"AccessDenied","message":"no\u001b[2Jtoken"}"#,
                None
            )
            .as_deref(),
            Some("AccessDenied: no[2Jtoken")
        );
        assert_eq!(
            refusal(br#"{"message":"x","SecretAccessKey":"s"}"#, None),
            None
        );
        assert_eq!(refusal(b"<html>", None), None);
    }

    #[test]
    fn the_token_is_not_repeated() {
        let refused = refusal(br#"{"message":"bad token hush\u003d"}"#, Some("hush="));
        assert_eq!(refused.as_deref(), Some("bad token ***"));
        let failed = br#"{"Code":"Failed","Message":"bad token hush="}"#;
        let error = parse(failed, Some("hush=")).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "the response is an error: Failed: bad token ***"
        );
    }
}
