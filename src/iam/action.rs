//! IAM actions that exist, and how far each reaches.

use std::fmt;
use std::sync::LazyLock;

use super::module::{Module, Row, modules};
use super::tables::{self, List, Place, word};

/// `s3:GetObject`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    pub service: &'static str,
    pub name: &'static str,
}

impl Action {
    /// `text` is `service:name`, or the name alone.
    pub(super) fn parse(service: &'static str, text: &'static str) -> Self {
        let (service, name) = text.split_once(':').unwrap_or((service, text));
        Self { service, name }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.service, self.name)
    }
}

/// The access level that AWS's service authorization reference gives an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Read,
    List,
    Write,
    Tagging,
    PermissionsManagement,
}

impl Level {
    fn of(mark: &str) -> Option<Self> {
        Some(match mark {
            "R" => Self::Read,
            "L" => Self::List,
            "W" => Self::Write,
            "T" => Self::Tagging,
            "P" => Self::PermissionsManagement,
            _ => return None,
        })
    }
}

/// A service of IAM: the part of an action before the colon.
pub(super) struct Service {
    pub(super) name: &'static str,
    place: Place,
    /// Of the resource types of its actions.
    pub(super) types: Place,
}

static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
    let lines = tables::list(List::Services).map(|line| {
        let words = &mut line.split(' ');
        Service {
            name: word(words),
            place: Place::of(words),
            types: Place::of(words),
        }
    });
    lines.collect()
});

pub(super) fn services() -> &'static [Service] {
    &SERVICES
}

fn service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

impl Service {
    /// The names of its actions.
    pub(super) fn actions(&self) -> impl Iterator<Item = &'static str> {
        let listed = self.place.text().lines();
        let listed = listed.flat_map(|line| line.split(' ').skip(1));
        listed.chain(plain(self.name).map(|row| row.name))
    }

    /// The line that an action is on: a level, `+`, or `?`.
    fn mark(&self, name: &str) -> Option<&'static str> {
        let lines = &mut self.place.text().lines();
        let line = lines.find(|line| {
            let mut names = line.split(' ').skip(1);
            names.any(|one| one.eq_ignore_ascii_case(name))
        })?;
        line.split(' ').next()
    }
}

/// `sqs:sendmessage` → `sqs:SendMessage`. As it is, where the tables do not have it.
pub(super) fn as_in_the_tables(text: &str) -> String {
    let known = || {
        let (service, name) = text.split_once(':')?;
        let mut all = services().iter();
        let service = all.find(|one| one.name.eq_ignore_ascii_case(service))?;
        let mut names = service.actions();
        let name = names.find(|one| one.eq_ignore_ascii_case(name))?;
        Some(format!("{}:{name}", service.name))
    };
    known().unwrap_or_else(|| text.to_owned())
}

/// Operations whose action has their name.
fn plain(service: &'static str) -> impl Iterator<Item = &'static Row> {
    let there = modules().iter().filter(move |one| one.service == service);
    there
        .filter(|module| !is_by_hand(module))
        .flat_map(Module::rows)
        .filter(|row| row.flags(':').next().is_none())
}

/// Modules whose actions depend on the request.
pub(super) fn is_by_hand(module: &Module) -> bool {
    ["s3", "apigateway", "apigatewayv2"].contains(&module.name)
}

/// The action's level. None where the reference does not know the action.
#[must_use]
pub fn level(action: Action) -> Option<Level> {
    let mark = service(action.service)?.mark(action.name);
    match mark {
        Some("?") => None,
        Some("+") => Some(by_verb(action.name)),
        Some(level) => Level::of(level),
        None => plain(action.service)
            .any(|row| row.name == action.name)
            .then(|| by_verb(action.name)),
    }
}

/// Whether the action changes nothing. Of one that the reference does not know, the verb has to
/// leave no doubt.
#[must_use]
pub fn only_reads(action: Action) -> bool {
    match level(action) {
        Some(level) => matches!(level, Level::Read | Level::List),
        None => ["Get", "List", "Describe"].contains(&verb(action.name)),
    }
}

/// What most actions with its verb do.
fn by_verb(name: &str) -> Level {
    let verb = verb(name);
    let mut verbs = tables::list(List::Verbs).filter_map(|line| line.split_once(' '));
    let found = verbs.find(|(one, _)| *one == verb);
    found
        .and_then(|(_, level)| Level::of(level))
        .unwrap_or(Level::Write)
}

/// `Get` of `GetObject`.
fn verb(name: &str) -> &str {
    let after = name.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let rest = after.trim_start_matches(|letter: char| !letter.is_ascii_uppercase());
    &name[..name.len() - rest.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(text: &'static str) -> Action {
        Action::parse("", text)
    }

    #[test]
    fn the_level_is_the_references_also_where_the_verb_says_something_else() {
        for (text, expected) in [
            ("s3:GetObject", Level::Read),
            ("s3:ListBucket", Level::List),
            ("s3:PutObject", Level::Write),
            ("s3:PutObjectTagging", Level::Tagging),
            ("s3:PutBucketPolicy", Level::PermissionsManagement),
            ("s3:DeleteBucketPolicy", Level::PermissionsManagement),
            ("sqs:ReceiveMessage", Level::Read),
            ("dynamodb:Query", Level::Read),
            ("iam:PassRole", Level::PermissionsManagement),
        ] {
            assert_eq!(level(action(text)), Some(expected), "{text}");
        }
    }

    #[test]
    fn reading_is_the_levels_read_and_list() {
        for text in [
            "s3:GetObject",
            "ec2:DescribeInstances",
            "iam:SimulateCustomPolicy",
        ] {
            assert!(only_reads(action(text)), "{text}");
        }
        // They have the verbs of reading, and hand out credentials or take work.
        for text in [
            "redshift:GetClusterCredentials",
            "lakeformation:GetDataAccess",
            "states:GetActivityTask",
            "s3:PutObject",
            "sts:AssumeRole",
        ] {
            assert!(!only_reads(action(text)), "{text}");
        }
    }

    #[test]
    fn an_action_that_the_reference_does_not_know_reads_only_if_its_verb_leaves_no_doubt() {
        assert_eq!(level(action("kms:GetKeyLastUsage")), None);
        assert!(only_reads(action("kms:GetKeyLastUsage")));
        assert!(!only_reads(action("kms:Decapsulate")));
        assert_eq!(level(action("kms:LookupFuture")), None);
        assert!(!only_reads(action("kms:LookupFuture")));
        assert!(!only_reads(action("future:BatchGetItem")));
    }

    #[test]
    fn actions_are_known_that_are_no_operation_and_those_that_are() {
        let s3: Vec<_> = service("s3").expect("s3").actions().collect();
        assert!(s3.contains(&"GetObjectVersion") && s3.contains(&"ListJobs"));
        assert!(!s3.contains(&"ListObjectsV2"));
        let sqs: Vec<_> = service("sqs").expect("sqs").actions().collect();
        assert!(sqs.contains(&"SendMessage") && !sqs.contains(&"SendMessageBatch"));
    }

    #[test]
    fn the_verb_is_the_first_word() {
        for (name, expected) in [
            ("GetObject", "Get"),
            ("ReEncrypt", "Re"),
            ("Scan", "Scan"),
            ("GET", "GET"),
        ] {
            assert_eq!(verb(name), expected);
        }
    }
}
