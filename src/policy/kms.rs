//! Keys of KMS: those that a service has used for a call, which does not say so itself, but the answer
//! names the key; and those that a call names by an alias, which can stand for any.

use super::passed::via_service;
use super::pattern::is_pattern;
use crate::iam::arn::is_arn;
use crate::record::line::Line;

/// An action on a key that calls name by an alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AliasUse {
    pub(crate) action: String,
    /// `arn:aws:kms:eu-west-1:123456789012:key/*`
    pub(crate) key: String,
    /// `alias/orders`: what `kms:RequestAlias` is for the call.
    pub(crate) alias: String,
}

/// The use, where the line names the key of the action by its alias alone.
pub(super) fn by_alias(line: &Line<'_>, action: &str) -> Option<AliasUse> {
    let alias = line.key_aliases.get(action)?;
    match line.resources_for(action) {
        [key] if is_pattern(key) => Some(AliasUse {
            action: action.to_owned(),
            key: key.to_string(),
            alias: alias.to_string(),
        }),
        _ => None,
    }
}

/// Actions on a key, by way of a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyUse {
    pub(crate) key: String,
    /// `s3.eu-west-1.amazonaws.com`
    pub(crate) via: String,
    pub(crate) action: String,
}

const DECRYPT: &str = "kms:Decrypt";
const GENERATE: &str = "kms:GenerateDataKey";

/// What a call needs of KMS.
pub(super) fn of(line: &Line<'_>) -> Vec<KeyUse> {
    let (Some(via), Some(operation)) = (via_service(line), line.operation.as_deref()) else {
        return Vec::new();
    };
    if !is_known(line) {
        return Vec::new();
    }
    let actions = actions(operation);
    let keys = line.kms_keys.iter().filter(|key| is_grantable(key));
    keys.flat_map(|key| {
        actions.iter().map(|&action| KeyUse {
            key: key.to_string(),
            via: via.clone(),
            action: action.to_owned(),
        })
    })
    .collect()
}

/// Modules of which it is known what they ask of KMS.
const KNOWN: [&str; 9] = [
    "dynamodb",
    "firehose",
    "kinesis",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
];

fn is_known(line: &Line<'_>) -> bool {
    let module = line.module.as_deref();
    module.is_some_and(|module| KNOWN.contains(&module))
}

/// The keys of AWS's own need no right.
fn is_grantable(key: &str) -> bool {
    is_arn(key) && !key.contains(":alias/aws/")
}

/// The key of a call of which it is not known what it asks of KMS. A call of KMS itself has actions.
pub(super) fn unknown<'l>(line: &'l Line<'_>) -> impl Iterator<Item = &'l str> {
    let is_asked = !is_known(line) && line.module.as_deref() != Some("kms");
    let keys = line.kms_keys.iter().map(AsRef::as_ref);
    keys.filter(move |key| is_asked && is_grantable(key))
}

/// What AWS has denied a service that asked KMS for the caller.
pub(super) fn denied(line: &Line<'_>, action: &str, key: Option<&str>) -> Option<KeyUse> {
    let is_of_service = action.starts_with("kms:") && line.module.as_deref() != Some("kms");
    let via = via_service(line).filter(|_| is_of_service)?;
    Some(KeyUse {
        key: key.unwrap_or("*").to_owned(),
        via,
        action: action.to_owned(),
    })
}

/// A reader decrypts. A writer needs a data key, and the parts of an upload are read again.
fn actions(operation: &str) -> &'static [&'static str] {
    const READING: [&str; 6] = ["Get", "Receive", "Select", "Query", "Scan", "BatchGet"];
    const ABOUT: [&str; 4] = ["Head", "List", "Describe", "Delete"];
    let begins = |verbs: &[&str]| verbs.iter().any(|verb| operation.starts_with(verb));
    match operation {
        "PutObject" => &[GENERATE],
        _ if begins(&READING) => &[DECRYPT],
        _ if begins(&ABOUT) => &[],
        _ => &[DECRYPT, GENERATE],
    }
}
