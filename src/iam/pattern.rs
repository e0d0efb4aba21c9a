//! Patterns of `--allow` and `--deny`: IAM's own for actions, and the word `read-only`.

use std::fmt;

use super::action::{Action, only_reads, services};
use super::suggestion;

/// A pattern that fits at least one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// `*`
    Everything,
    /// `read-only`: actions of the access levels Read and List.
    ReadOnly,
    /// `SERVICE:NAME`. `*` is any run of letters, `?` is one; case does not count.
    Actions { service: String, name: String },
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPattern {
    /// It is none of the forms.
    Form,
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
            Self::Form => formatter
                .write_str("must be SERVICE:ACTION, as s3:GetObject or s3:Get*, or * or read-only"),
            Self::NoAction { service } => {
                write!(
                    formatter,
                    "has no action; {service}:* is all of the service"
                )
            }
            Self::Service { name, nearest } => {
                write!(formatter, "IAM has no service {name}")?;
                suggest(formatter, nearest.as_ref())
            }
            Self::Action {
                service,
                name,
                nearest,
            } => {
                write!(formatter, "{service} has no action {name}")?;
                suggest(formatter, nearest.as_ref())
            }
        }
    }
}

fn suggest(formatter: &mut fmt::Formatter<'_>, nearest: Option<&impl fmt::Display>) -> fmt::Result {
    match nearest {
        Some(nearest) => write!(formatter, "; did you mean {nearest}?"),
        None => Ok(()),
    }
}

impl std::error::Error for BadPattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => formatter.write_str("*"),
            Self::ReadOnly => formatter.write_str("read-only"),
            Self::Actions { service, name } => write!(formatter, "{service}:{name}"),
        }
    }
}

impl std::str::FromStr for Pattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        match text {
            "*" => return Ok(Self::Everything),
            "read-only" => return Ok(Self::ReadOnly),
            _ => {}
        }
        let Some((service, name)) = text.split_once(':') else {
            return Err(without_colon(text));
        };
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-*?".contains(letter);
        if service.is_empty()
            || name.is_empty()
            || !(service.to_owned() + name).chars().all(is_letter)
        {
            return Err(BadPattern::Form);
        }
        check(service, name)?;
        Ok(Self::Actions {
            service: service.to_owned(),
            name: name.to_owned(),
        })
    }
}

fn without_colon(text: &str) -> BadPattern {
    let mut services = services().iter().map(|service| service.name);
    match services.find(|name| name.eq_ignore_ascii_case(text)) {
        Some(service) => BadPattern::NoAction { service },
        None => BadPattern::Form,
    }
}

/// Whether there is an action that the pattern fits.
fn check(service: &str, name: &str) -> Result<(), BadPattern> {
    let mut of_service = services()
        .iter()
        .filter(|one| fits(service, one.name))
        .peekable();
    if of_service.peek().is_none() {
        return Err(BadPattern::Service {
            name: service.to_owned(),
            nearest: suggestion::service(service),
        });
    }
    if of_service.any(|one| one.actions().any(|action| fits(name, action))) {
        return Ok(());
    }
    Err(BadPattern::Action {
        service: service.to_owned(),
        name: name.to_owned(),
        nearest: suggestion::action(service, name),
    })
}

impl Pattern {
    #[must_use]
    pub fn matches(&self, action: Action) -> bool {
        match self {
            Self::Everything => true,
            Self::ReadOnly => only_reads(action),
            Self::Actions { service, name } => {
                fits(service, action.service) && fits(name, action.name)
            }
        }
    }

    /// Whether it names this very action, without a wildcard.
    #[must_use]
    pub fn is_exactly(&self, action: Action) -> bool {
        matches!(self, Self::Actions { service, name } if
            service.eq_ignore_ascii_case(action.service) && name.eq_ignore_ascii_case(action.name))
    }
}

/// Whether a pattern fits a whole text. It takes no more steps than their lengths multiplied.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut here) = (0, 0);
    // Behind the last `*`, and how far it reaches.
    let mut star: Option<(usize, usize)> = None;
    while here < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, here));
                at += 1;
            }
            Some(b'?') => (at, here) = (at + 1, here + 1),
            Some(letter) if letter.eq_ignore_ascii_case(&text[here]) => {
                (at, here) = (at + 1, here + 1);
            }
            _ => {
                let Some((behind, reach)) = star else {
                    return false;
                };
                star = Some((behind, reach + 1));
                (at, here) = (behind, reach + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}
