//! A policy document of IAM, and how it is written: as AWS does, but a single value is a list, too.

pub(crate) mod bad;
mod read;

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// The version of the policy language that has everything.
pub(crate) const VERSION: &str = "2012-10-17";

/// `{"Version": "2012-10-17", "Statement": […]}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) statements: Vec<Statement>,
}

/// One statement of an identity-based policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) actions: Which,
    pub(crate) resources: Which,
    /// Operator (`StringEquals`) → key (`aws:RequestedRegion`) → values.
    pub(crate) conditions: Conditions,
}

/// Operator → key → values.
pub(crate) type Conditions = BTreeMap<String, BTreeMap<String, Vec<String>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    These(Vec<String>),
    AllBut(Vec<String>),
}

impl Document {
    /// On one line, without white space between the parts.
    pub(crate) fn compact(&self) -> String {
        // Only text, lists and maps with text keys: writing them cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Its length as IAM counts it.
    pub(crate) fn characters(&self) -> usize {
        characters(&self.compact())
    }
}

/// The length of a policy as IAM counts it: characters that are not white space.
pub(crate) fn characters(policy: &str) -> usize {
    let letters = policy.chars();
    letters.filter(|letter| !letter.is_whitespace()).count()
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("Version", VERSION)?;
        map.serialize_entry("Statement", &self.statements)?;
        map.end()
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(sid) = &self.sid {
            map.serialize_entry("Sid", sid)?;
        }
        map.serialize_entry("Effect", self.effect.word())?;
        let (action, resource) = (&self.actions, &self.resources);
        map.serialize_entry(action.key("Action", "NotAction"), action.values())?;
        map.serialize_entry(resource.key("Resource", "NotResource"), resource.values())?;
        if !self.conditions.is_empty() {
            map.serialize_entry("Condition", &self.conditions)?;
        }
        map.end()
    }
}

impl Effect {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

impl Which {
    /// The key for it in a statement.
    pub(crate) fn key(&self, these: &'static str, all_but: &'static str) -> &'static str {
        match self {
            Self::These(_) => these,
            Self::AllBut(_) => all_but,
        }
    }

    pub(crate) fn values(&self) -> &[String] {
        match self {
            Self::These(values) | Self::AllBut(values) => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_as_aws_does_and_a_single_value_is_a_list() {
        let passed = BTreeMap::from([(
            "iam:PassedToService".to_owned(),
            vec!["lambda.amazonaws.com".to_owned()],
        )]);
        let document = Document {
            statements: vec![
                Statement {
                    sid: Some("PassRole".to_owned()),
                    effect: Effect::Allow,
                    actions: Which::These(vec!["iam:PassRole".to_owned()]),
                    resources: Which::These(vec!["arn:aws:iam::123456789012:role/r".to_owned()]),
                    conditions: BTreeMap::from([("StringEquals".to_owned(), passed)]),
                },
                Statement {
                    sid: None,
                    effect: Effect::Deny,
                    actions: Which::AllBut(vec!["s3:*".to_owned()]),
                    resources: Which::AllBut(vec!["*".to_owned()]),
                    conditions: BTreeMap::new(),
                },
            ],
        };
        assert_eq!(
            document.compact(),
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"PassRole","Effect":"Allow","Action":["iam:PassRole"],"Resource":["arn:aws:iam::123456789012:role/r"],"Condition":{"StringEquals":{"iam:PassedToService":["lambda.amazonaws.com"]}}},{"Effect":"Deny","NotAction":["s3:*"],"NotResource":["*"]}]}"#
        );
        assert_eq!(document.characters(), document.compact().len());
    }
}
