//! Patterns of `--allow` and `--deny`: IAM's own for actions, and the word `read-only`.

mod error;

use std::fmt;

use super::action::{Action, only_reads, services};
use super::suggestion;

pub use error::BadPattern;

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
            return Err(form(text));
        }
        check(service, name)?;
        Ok(Self::Actions {
            service: service.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl Pattern {
    /// What may be offered to complete `begun`: the word and a pattern for all of each service, or,
    /// behind a colon, the actions of the service.
    #[must_use]
    pub fn offered(begun: &str) -> Vec<String> {
        let named = begun.split_once(':');
        let named = named.and_then(|(name, _)| services().iter().find(|one| one.name == name));
        if let Some(service) = named {
            let mut actions: Vec<_> = service.actions().collect();
            actions.sort_unstable();
            actions.dedup();
            let all = std::iter::once("*").chain(actions);
            return all.map(|name| format!("{}:{name}", service.name)).collect();
        }
        let of_service = services().iter().map(|one| format!("{}:*", one.name));
        std::iter::once(Self::ReadOnly.to_string())
            .chain(of_service)
            .collect()
    }
}

fn form(text: &str) -> BadPattern {
    BadPattern::Form {
        hint: form_hint(text),
    }
}

fn form_hint(text: &str) -> Option<String> {
    if text.contains(|letter: char| letter == ',' || letter.is_whitespace()) {
        return Some("give the flag once for each pattern".to_owned());
    }
    if text.starts_with("arn:") {
        return Some(
            "a pattern names actions, as s3:GetObject; --policy limits resources".to_owned(),
        );
    }
    if let Some((service, name)) = text.split_once('.')
        && check(service, name).is_ok()
    {
        return Some(format!("did you mean {service}:{name}?"));
    }
    let letters = text.replace(['-', '_'], "");
    let is_near = letters.eq_ignore_ascii_case("readonly");
    is_near.then(|| "did you mean read-only?".to_owned())
}

fn without_colon(text: &str) -> BadPattern {
    let mut services = services().iter().map(|service| service.name);
    match services.find(|name| name.eq_ignore_ascii_case(text)) {
        Some(service) => BadPattern::NoAction { service },
        None => form(text),
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

    /// Whether it is for actions of this service.
    pub(super) fn is_of(&self, of: &str) -> bool {
        matches!(self, Self::Actions { service, .. } if fits(service, of))
    }

    /// Whether it names this very action, without a wildcard.
    #[must_use]
    pub fn is_exactly(&self, action: Action) -> bool {
        matches!(self, Self::Actions { service, name } if
            service.eq_ignore_ascii_case(action.service) && name.eq_ignore_ascii_case(action.name))
    }
}

/// Whether a pattern fits a whole text. It takes no more steps than their lengths multiplied.
fn fits(pattern: &str, text: &str) -> bool {
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

#[cfg(test)]
mod tests;
