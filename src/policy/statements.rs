//! Grants as statements: by service, actions on the same resources together, in a stable order.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Conditions, Document, Effect, Statement, Which};
use super::grants::{Grant, REQUEST_ALIAS};
use super::passed::PASS_ROLE;
use super::pattern::without_variables;
use crate::iam::arn::Arn;

/// The document for these grants.
pub(super) fn document(grants: &[Grant], with_sids: bool) -> Document {
    type Key<'a> = (&'a str, &'a Conditions, &'a [String]);
    let mut together: BTreeMap<Key<'_>, Vec<String>> = BTreeMap::new();
    for grant in grants {
        let key = (grant.service(), &grant.conditions, &grant.resources[..]);
        together.entry(key).or_default().push(grant.action.clone());
    }
    let mut sids = Sids::default();
    let statements = together
        .into_iter()
        .map(|((service, conditions, resources), mut actions)| {
            actions.sort();
            actions.dedup();
            Statement {
                sid: with_sids.then(|| sids.next(service, &actions, resources, conditions)),
                effect: Effect::Allow,
                actions: Which::These(actions),
                resources: Which::These(
                    resources
                        .iter()
                        .map(|one| without_variables(one).into_owned())
                        .collect(),
                ),
                conditions: conditions.clone(),
            }
        });
    Document {
        statements: statements.collect(),
    }
}

/// The names of statements: each once, letters and digits only.
#[derive(Default)]
struct Sids(BTreeSet<String>);

impl Sids {
    fn next(
        &mut self,
        service: &str,
        actions: &[String],
        resources: &[String],
        conditions: &Conditions,
    ) -> String {
        let name = match actions {
            [only] if only == PASS_ROLE => "PassRole".to_owned(),
            _ => format!("{}{}", spelled(service), about(resources, conditions)),
        };
        let further = (2..).map(|number: usize| format!("{name}{number}"));
        let mut all = std::iter::once(name.clone()).chain(further);
        let free = all.find(|one| !self.0.contains(one)).unwrap_or(name);
        self.0.insert(free.clone());
        free
    }
}

/// What a statement is about: `Bucket`, `Objects`, `Table`.
fn about(resources: &[String], conditions: &Conditions) -> String {
    let is_on = |key: &str| conditions.values().any(|keys| keys.contains_key(key));
    if is_on("kms:ViaService") {
        return "ViaService".to_owned();
    }
    if is_on(REQUEST_ALIAS) {
        return "ByAlias".to_owned();
    }
    let mut kinds: Vec<String> = resources.iter().map(|resource| kind(resource)).collect();
    kinds.dedup();
    match &kinds[..] {
        [one] => one.clone(),
        _ => String::new(),
    }
}

fn kind(resource: &str) -> String {
    let Some(Arn {
        service, resource, ..
    }) = Arn::parse(resource)
    else {
        return "Any".to_owned();
    };
    match (service, resource.find([':', '/'])) {
        ("s3", _) if resource.contains('/') => "Objects".to_owned(),
        ("s3", _) => "Bucket".to_owned(),
        (_, Some(end)) => camel(&resource[..end]),
        (_, None) => String::new(),
    }
}

/// Services whose name in AWS's own spelling is not that of their actions with a capital letter.
const SPELLED: [(&str, &str); 9] = [
    ("apigateway", "ApiGateway"),
    ("cloudformation", "CloudFormation"),
    ("cloudwatch", "CloudWatch"),
    ("dynamodb", "DynamoDB"),
    ("elasticloadbalancing", "ElasticLoadBalancing"),
    ("events", "EventBridge"),
    ("secretsmanager", "SecretsManager"),
    ("states", "StepFunctions"),
    ("kinesis", "Kinesis"),
];

fn spelled(service: &str) -> String {
    let known = SPELLED.iter().find(|(name, _)| *name == service);
    match known {
        Some((_, spelled)) => (*spelled).to_owned(),
        // An abbreviation: S3, SQS, IAM.
        None if service.len() <= 3 => service.to_ascii_uppercase(),
        None => camel(service),
    }
}

/// `security-group` → `SecurityGroup`
fn camel(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_statements_are_spelled_as_aws_does() {
        assert_eq!(spelled("s3"), "S3");
        assert_eq!(spelled("dynamodb"), "DynamoDB");
        assert_eq!(spelled("execute-api"), "ExecuteApi");
        assert_eq!(spelled("lambda"), "Lambda");
        for (resource, expected) in [
            ("arn:aws:s3:::b", "Bucket"),
            ("arn:aws:s3:::b/k", "Objects"),
            ("arn:aws:dynamodb:eu-west-1:1:table/t", "Table"),
            ("arn:aws:ec2:eu-west-1:1:security-group/*", "SecurityGroup"),
            ("arn:aws:sqs:eu-west-1:1:jobs", ""),
            ("*", "Any"),
        ] {
            assert_eq!(kind(resource), expected);
        }
    }
}
