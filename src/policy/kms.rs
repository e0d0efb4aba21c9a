//! `kms:Decrypt` and `kms:GenerateDataKey`: keys that a service has used for a call. The call itself
//! does not say so, but the answer names the key.

use super::arn::is_arn;
use super::passed::via_service;
use crate::record::line::Line;

/// Actions on a key, by way of a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyUse {
    pub(crate) key: String,
    /// `s3.eu-west-1.amazonaws.com`
    pub(crate) via: String,
    pub(crate) action: &'static str,
}

const DECRYPT: &str = "kms:Decrypt";
const GENERATE: &str = "kms:GenerateDataKey";

/// What a call needs of KMS.
pub(super) fn of(line: &Line<'_>) -> Vec<KeyUse> {
    let (Some(via), Some(operation)) = (via_service(line), line.operation.as_deref()) else {
        return Vec::new();
    };
    let actions = actions(operation);
    let keys = line.kms_keys.iter().filter(|key| is_arn(key));
    keys.flat_map(|key| {
        actions.iter().map(|&action| KeyUse {
            key: key.to_string(),
            via: via.clone(),
            action,
        })
    })
    .collect()
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
