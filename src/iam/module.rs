//! The services of AWS as botocore divides them, and their operations.
//!
//! A module is a name of botocore's: `s3`, `s3control`. Several may be signed with one name, and
//! several may share a service of IAM.

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use super::tables::{self, List, Place, word};

/// In which form a request says which operation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `X-Amz-Target: PREFIX.Operation`.
    Json,
    /// `/service/ID/operation/NAME`.
    Cbor,
    /// `Action=…&Version=…`.
    Query,
    /// The same, with errors of its own form.
    Ec2,
    /// Method and path, with answers in JSON.
    RestJson,
    /// Method and path, with answers in XML.
    RestXml,
}

impl Protocol {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Self::Json,
            "cbor" => Self::Cbor,
            "query" => Self::Query,
            "ec2" => Self::Ec2,
            "rest-json" => Self::RestJson,
            "rest-xml" => Self::RestXml,
            _ => return None,
        })
    }
}

/// A line of the list of modules.
pub struct Module {
    /// botocore's name for it.
    pub name: &'static str,
    /// The name in the scope of its signatures.
    pub signing_name: &'static str,
    /// The part of its IAM actions before the colon.
    pub service: &'static str,
    protocols: &'static str,
    /// `Version` of the query protocol.
    pub(super) version: &'static str,
    /// What `X-Amz-Target` starts with, and the ID in a path of CBOR.
    pub(super) target: &'static str,
    /// `{p}` in its hosts.
    pub(super) endpoint_prefix: &'static str,
    /// In variables and profiles that name its endpoint: `elastic_beanstalk`.
    pub service_id: &'static str,
    /// The numbers of its tables of hosts. Operations with `=N` are at the one with that index.
    pub(super) hosts: &'static str,
    place: Place,
    /// Of what names resources in its requests.
    naming: Place,
    rows: OnceLock<Vec<Row>>,
}

impl fmt::Debug for Module {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Module {
    fn parse(line: &'static str) -> Self {
        let words = &mut line.split(' ');
        Self {
            name: word(words),
            signing_name: word(words),
            service: word(words),
            protocols: word(words),
            version: word(words),
            target: word(words),
            endpoint_prefix: word(words),
            service_id: word(words),
            hosts: word(words),
            place: Place::of(words),
            naming: Place::of(words),
            rows: OnceLock::new(),
        }
    }

    pub(crate) fn protocols(&self) -> impl Iterator<Item = Protocol> {
        self.protocols.split(',').filter_map(Protocol::named)
    }

    pub(super) fn speaks(&self, protocol: Protocol) -> bool {
        self.protocols().any(|one| one == protocol)
    }

    /// The protocol of requests that have method and path only.
    pub(super) fn rest(&self) -> Option<Protocol> {
        self.protocols()
            .find(|one| matches!(one, Protocol::RestJson | Protocol::RestXml))
    }

    /// Its operations, by name.
    pub(super) fn rows(&'static self) -> &'static [Row] {
        self.rows.get_or_init(|| {
            let is_rest = self.rest().is_some();
            let lines = self.place.text().lines();
            lines.map(|line| Row::parse(line, is_rest)).collect()
        })
    }

    /// The names of its operations.
    #[cfg(test)]
    pub(crate) fn names(&'static self) -> impl Iterator<Item = &'static str> {
        self.rows().iter().map(|row| row.name)
    }

    /// Which members of the operation's requests name resources, and which ask for tags.
    pub(super) fn naming(&self, operation: &str) -> impl Iterator<Item = &'static str> {
        let mut lines = self.naming.text().lines();
        let line = lines.find_map(|line| line.strip_prefix(operation)?.strip_prefix(' '));
        line.unwrap_or_default()
            .split(' ')
            .filter(|one| !one.is_empty())
    }

    /// The operation of this very name.
    pub(crate) fn row(&'static self, name: &str) -> Option<&'static Row> {
        let rows = self.rows();
        let index = rows.binary_search_by(|row| row.name.cmp(name)).ok()?;
        Some(&rows[index])
    }
}

/// `Secrets Manager` → `secretsmanager`: names differ in spaces, dashes and case.
pub(crate) fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A line of a module: one operation.
pub struct Row {
    pub name: &'static str,
    /// Method and path, where these say which operation it is.
    pub(super) route: Option<Route>,
    flags: &'static str,
}

impl fmt::Debug for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// `GET` and `/functions/{}/policy`.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// `{}` is a segment, `{+}` one or more.
    pub(super) path: &'static str,
    /// Fixed parts of the query: `acl`, `list-type=2`.
    pub(super) query: &'static str,
}

impl Row {
    fn parse(line: &'static str, is_rest: bool) -> Self {
        let (route, rest) = if is_rest {
            let words = &mut line.splitn(3, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (method, shape) = (word(), word());
            let (path, query) = shape.split_once('?').unwrap_or((shape, ""));
            (
                Some(Route {
                    method,
                    path,
                    query,
                }),
                word(),
            )
        } else {
            (None, line)
        };
        let (name, flags) = rest.split_once(' ').unwrap_or((rest, ""));
        Self { name, route, flags }
    }

    /// What comes after `mark`, for each flag that starts with it.
    pub(super) fn flags(&self, mark: char) -> impl Iterator<Item = &'static str> {
        self.flags
            .split(' ')
            .filter_map(move |flag| flag.strip_prefix(mark))
    }

    /// Parts of the query that it cannot be without.
    pub(super) fn required_query(&self) -> impl Iterator<Item = &'static str> {
        self.flags('?')
    }

    /// Headers that it cannot be without.
    pub(super) fn required_headers(&self) -> impl Iterator<Item = &'static str> {
        self.flags('!')
    }

    /// Whether it is sent without a signature.
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        self.flags('-').next().is_some()
    }
}

static MODULES: LazyLock<Vec<Module>> =
    LazyLock::new(|| tables::list(List::Modules).map(Module::parse).collect());

/// All modules, by signing name, and of one signing name the older before the younger.
pub fn modules() -> &'static [Module] {
    &MODULES
}

/// The module that botocore calls so.
#[must_use]
pub fn module(name: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.name == name)
}

/// The modules that sign with this name, the older first.
#[must_use]
pub fn signed_as(signing_name: &str) -> &'static [Module] {
    let from = MODULES.partition_point(|module| module.signing_name < signing_name);
    let to = MODULES.partition_point(|module| module.signing_name <= signing_name);
    &MODULES[from..to]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_20_027_operations_of_445_modules() {
        let operations: usize = modules().iter().map(|module| module.rows().len()).sum();
        assert_eq!((modules().len(), operations), (445, 20_027));
    }

    #[test]
    fn each_operation_is_found_by_its_name() {
        for module in modules() {
            for row in module.rows() {
                assert_eq!(module.row(row.name).map(|found| found.name), Some(row.name));
            }
        }
    }

    #[test]
    fn modules_of_one_signing_name_are_found_together_the_older_first() {
        let names: Vec<_> = signed_as("ses").iter().map(|one| one.name).collect();
        assert_eq!(names, ["ses", "pinpoint-email", "sesv2", "mailmanager"]);
        // Of the same age, the one that gave its name.
        assert_eq!(signed_as("rds")[0].name, "rds");
        for module in modules() {
            let found = signed_as(module.signing_name);
            assert!(
                found.iter().any(|one| one.name == module.name),
                "{module:?}"
            );
        }
        assert!(signed_as("nothing").is_empty());
    }

    #[test]
    fn forty_nine_operations_are_sent_without_a_signature() {
        let rows = modules().iter().flat_map(Module::rows);
        assert_eq!(rows.filter(|row| row.is_unsigned()).count(), 49);
    }
}
