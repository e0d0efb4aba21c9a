//! What is wrong with a text that is no pattern, and what may have been meant.

use std::fmt;

/// Why it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPattern {
    /// It is none of the forms.
    Form { hint: Option<String> },
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
            Self::Form { hint } => hint.clone(),
            Self::NoAction { service } => Some(format!("{service}:* is all of the service")),
            Self::Service { nearest, .. } => nearest.as_ref().map(|it| did_you_mean(it)),
            Self::Action { nearest, .. } => nearest.as_ref().map(|it| did_you_mean(it)),
        }
    }
}

impl std::error::Error for BadPattern {}
