//! What AWS says of a call that it denies: which action on which resource, and which kind of policy is
//! the reason.
//!
//! ```text
//! User: PRINCIPAL is not authorized to perform: ACTION [on resource: RESOURCE]
//!     [because no KIND policy allows the ACTION action | with an explicit deny in a KIND policy[: ARN]]
//! ```
//!
//! IAM names things without an ARN (`on resource: role X`), S3 puts the ARN in quotes, and both leave
//! parts out. The text comes from outside: what is read of it is short, and has the form of an action
//! or of an ARN.

use serde::{Deserialize, Serialize};

use super::action;
use super::arn::is_arn;
use super::literal::{literal, visible};

/// No action of AWS's has a longer name.
const LONGEST_ACTION: usize = 128;
/// A key of S3 has up to 1024 bytes.
const LONGEST_ARN: usize = 2048;
/// A longer text has no more that counts.
const LONGEST_TEXT: usize = 16 * 1024;

/// Codes that mean nothing else.
const CODES: [&str; 11] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "Forbidden",
    "KMS.AccessDeniedException",
    "KMSAccessDeniedException",
    "NotAuthorized",
    "UnauthorizedOperation",
];

const BEFORE_THE_ACTION: &str = " is not authorized to perform";

/// A denial, from the text of AWS's error. The action that AWS names can be another than the
/// operation's: `iam:PassRole`, `kms:Decrypt`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Denial {
    /// As the tables write it: SQS writes its own in small letters.
    pub action: Option<String>,
    /// `*`, or the ARN as a pattern.
    pub resource: Option<String>,
    /// The kind of the policy. None where AWS does not say it.
    pub policy: Option<PolicyKind>,
    /// A policy of this kind denies it. Else none of the kind allows it.
    pub is_explicit: bool,
    /// The ARN of the policy that denies it, where AWS names it.
    pub policy_arn: Option<String>,
}

impl Denial {
    /// What an error says. None if it is no denial. `code` is without prefix and suffix, as SDKs show it;
    /// a status of 0 is not known.
    #[must_use]
    pub fn of(status: u16, code: Option<&str>, message: Option<&str>) -> Option<Self> {
        if !matches!(status, 0 | 400 | 401 | 403) {
            return None;
        }
        let is_one = match code {
            Some(code) => CODES.contains(&code) || is_a_status(code),
            // The answer to a HEAD has no code.
            None => status == 403,
        };
        // Other errors repeat what the caller wrote, which can be any text.
        let may_tell = is_one || code.is_some_and(is_about_rights);
        let read = message.filter(|_| may_tell).and_then(Self::of_text);
        read.or_else(|| is_one.then(Self::default))
    }

    /// What a call on these asked for is taken as the call has it: `instance/*` is a pattern, if it stands
    /// for an instance that is yet to be made, and else a name.
    #[must_use]
    pub(crate) fn on_one_of<'r>(self, requested: impl IntoIterator<Item = &'r String>) -> Self {
        let is_same = |one: &&String| self.resource.as_deref() == Some(&*literal(one));
        match requested.into_iter().find(is_same) {
            Some(one) => Self {
                resource: Some(one.clone()),
                ..self
            },
            None => self,
        }
    }

    /// None where the text names no action.
    fn of_text(text: &str) -> Option<Self> {
        let text = first(text, LONGEST_TEXT);
        let (_, rest) = text.split_once(BEFORE_THE_ACTION)?;
        let rest = rest.trim_start_matches([':', ' ']);
        let (word, rest) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        let (said, reason) = rest.split_at(reason_at(rest));
        let action = as_action(word)?;
        Some(Self {
            action: Some(action),
            resource: resource(said).map(as_pattern),
            policy: PolicyKind::named_in(reason),
            is_explicit: reason.starts_with(EXPLICIT),
            policy_arn: policy_arn(reason),
        })
    }
}

const EXPLICIT: &str = "with an explicit deny";

/// Services have codes of their own for the same text. Cognito's `NotAuthorizedException` is one that
/// also means a wrong password.
fn is_about_rights(code: &str) -> bool {
    ["AccessDenied", "Forbidden", "NotAuthorized", "Unauthorized"]
        .iter()
        .any(|part| code.contains(part))
}

/// SDKs take the status as the code where an answer has no body.
fn is_a_status(code: &str) -> bool {
    matches!(code, "401" | "403")
}

/// Where the reason begins: after the resource, which can have any text in quotes.
fn reason_at(rest: &str) -> usize {
    let after_quotes = rest.rfind('"').unwrap_or(0);
    let begins = ["because ", EXPLICIT]
        .iter()
        .find_map(|mark| rest[after_quotes..].find(mark));
    begins.map_or(rest.len(), |at| after_quotes + at)
}

fn as_action(word: &str) -> Option<String> {
    let word = word.trim_matches(QUOTES).trim_end_matches(['.', ',']);
    let (service, name) = word.split_once(':')?;
    let is_service = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_action = (1..=LONGEST_ACTION).contains(&word.len())
        && !service.is_empty()
        && service.bytes().all(is_service)
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_action.then(|| action::as_in_the_tables(word))
}

const QUOTES: [char; 2] = ['"', '\''];

/// `on resource: ARN`, `on resource ARN`, `on ARN`.
fn resource(said: &str) -> Option<String> {
    let rest = said.trim_start().strip_prefix("on ")?.trim_start();
    let rest = rest.strip_prefix("resource").unwrap_or(rest);
    let rest = rest.trim_start_matches([':', ' ']);
    let word = match rest.strip_prefix('"') {
        // A key of S3 may have blanks.
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split_whitespace().next()?,
    };
    as_resource(word)
}

/// `*`, or an ARN. Other names say nothing to a policy.
fn as_resource(word: &str) -> Option<String> {
    let word = word.trim_matches(QUOTES).trim_end_matches(['.', ',']);
    let is_sound = |arn: &str| arn.len() <= LONGEST_ARN && !arn.contains(char::is_control);
    (word == "*" || (is_arn(word) && is_sound(word))).then(|| word.to_owned())
}

/// AWS writes a name as it is.
fn as_pattern(resource: String) -> String {
    match resource.as_str() {
        "*" => resource,
        name => visible(literal(name).into_owned()),
    }
}

/// `…policy: arn:aws:organizations::…`
fn policy_arn(reason: &str) -> Option<String> {
    let mut words = reason.split_whitespace();
    let word = words.find(|word| word.starts_with("arn:"))?;
    as_resource(word)
}

/// At most so many bytes of `text`.
fn first(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The kinds of policies that AWS names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    IdentityBased,
    ResourceBased,
    Session,
    PermissionsBoundary,
    ServiceControl,
    ResourceControl,
    VpcEndpoint,
}

impl PolicyKind {
    const ALL: [Self; 7] = [
        Self::IdentityBased,
        Self::ResourceBased,
        Self::Session,
        Self::PermissionsBoundary,
        Self::ServiceControl,
        Self::ResourceControl,
        Self::VpcEndpoint,
    ];

    /// As AWS writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IdentityBased => "identity-based policy",
            Self::ResourceBased => "resource-based policy",
            Self::Session => "session policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::VpcEndpoint => "VPC endpoint policy",
        }
    }

    /// `an identity-based policy`
    pub(crate) fn with_article(self) -> String {
        let article = match self {
            Self::IdentityBased => "an",
            _ => "a",
        };
        format!("{article} {}", self.name())
    }

    /// The kind that a reason names.
    fn named_in(reason: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| reason.contains(kind.name()))
    }
}

#[cfg(test)]
mod tests;
