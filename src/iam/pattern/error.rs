//! What is wrong with a text that is no pattern, and what may have been meant.

use std::fmt;

use super::Pattern;

/// Why it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPattern {
    /// It is none of the forms.
    Form { text: String },
    /// It has no colon, and is the name of a service.
    NoAction { service: &'static str },
    /// No service has this name.
    Service {
        name: String,
        nearest: Option<&'static str>,
    },
    /// The service has no such action.
    Action {
        service: String,
        name: String,
        nearest: Option<String>,
    },
}

impl fmt::Display for BadPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { .. } => {
                formatter.write_str("it is not SERVICE:ACTION (as in s3:Get*), * or read-only")
            }
            Self::NoAction { .. } => formatter.write_str("it names no action"),
            Self::Service { name, .. } => write!(formatter, "IAM has no service {name}"),
            Self::Action { service, name, .. } => {
                write!(formatter, "{service} has no action {name}")
            }
        }
    }
}

impl BadPattern {
    /// What may have been meant.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let did_you_mean = |nearest: &dyn fmt::Display| format!("did you mean {nearest}?");
        match self {
            Self::Form { text } => form_hint(text),
            Self::NoAction { service } => Some(format!("{service}:* is all of the service")),
            Self::Service { nearest, .. } => nearest.as_ref().map(|it| did_you_mean(it)),
            Self::Action { nearest, .. } => nearest.as_ref().map(|it| did_you_mean(it)),
        }
    }
}

impl std::error::Error for BadPattern {}

fn form_hint(text: &str) -> Option<String> {
    if text.contains(|letter: char| letter == ',' || letter.is_whitespace()) {
        return Some("give the flag once for each pattern".to_owned());
    }
    if text.starts_with("arn:") {
        return Some(
            "a pattern names actions, as s3:GetObject; --policy limits resources".to_owned(),
        );
    }
    let with_colon = text.replacen('.', ":", 1);
    if with_colon.parse::<Pattern>().is_ok() {
        return Some(format!("did you mean {with_colon}?"));
    }
    let letters = text.replace(['-', '_'], "");
    let is_near = letters.eq_ignore_ascii_case("readonly");
    is_near.then(|| "did you mean read-only?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_a_pattern_gets_a_hint() {
        let hint = |text: &str| text.parse::<Pattern>().err().and_then(|bad| bad.hint());
        for text in ["readonly", "ReadOnly", "read_only", "Read-Only"] {
            assert_eq!(hint(text).as_deref(), Some("did you mean read-only?"));
        }
        let several = hint("s3:Get*,s3:List*");
        assert_eq!(
            several.as_deref(),
            Some("give the flag once for each pattern")
        );
        assert_eq!(hint(":"), None);
    }
}
