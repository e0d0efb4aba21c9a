//! What a reader of a policy has to know.

use std::fmt;

use super::denied::Denied;
use super::document::bad::Label;
use super::plural::plural;
use super::read::Skipped;
use super::size::Widened;

/// As many actions are named in a remark.
const NAMED: usize = 8;

/// What a reader of the policy has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// What is not read as it stands.
    Read(Skipped),
    /// Actions that have `*`, because the record does not say on what they were called.
    Unknown { actions: Vec<String> },
    /// Actions of which the record does not name all resources.
    Partial { actions: Vec<String> },
    /// Names of which a letter cannot be seen.
    Hidden { resources: Vec<String> },
    /// Resources whose account is not known.
    AnyAccount { resources: Vec<String> },
    /// Lines of runs that are in no file.
    Lost { lines: u64 },
    /// Instance profiles whose roles are passed, and are not known.
    Profiles { profiles: Vec<String> },
    /// Patterns for what differs from run to run.
    Folded { patterns: Vec<String> },
    /// Roles that are passed to a service whose principal is not known.
    PassedToAny { roles: Vec<String> },
    /// Roles of a denial that does not say to whom they are passed.
    NotPassed { roles: Vec<String> },
    /// Keys of which it is not known what a service does with them.
    Keys { keys: Vec<String> },
    /// Actions that AWS names, and IAM does not have.
    NoActions { actions: Vec<String> },
    /// Calls that SDKs reported with `--live`.
    Observed { calls: u64 },
    /// Calls whose operation is not in the tables.
    Unnamed { calls: u64 },
    /// Denied calls that the policy does not allow.
    LeftOut { calls: u64, denied: Denied },
    /// What was made wider for the size.
    Widened {
        widened: Widened,
        patterns: Vec<String>,
    },
    /// An action of a policy to check that credrun does not know.
    UnknownAction {
        statement: Label,
        action: String,
        hint: Option<String>,
    },
}

impl Remark {
    /// Whether the policy is another than its reader expects.
    pub(crate) fn is_warning(&self) -> bool {
        match self {
            Self::Read(Skipped::Earlier { .. }) | Self::Folded { .. } | Self::LeftOut { .. } => {
                false
            }
            Self::Read(Skipped::CutLine { .. })
            | Self::Unknown { .. }
            | Self::Partial { .. }
            | Self::Hidden { .. }
            | Self::AnyAccount { .. }
            | Self::Lost { .. }
            | Self::Profiles { .. }
            | Self::PassedToAny { .. }
            | Self::NotPassed { .. }
            | Self::Keys { .. }
            | Self::NoActions { .. }
            | Self::Observed { .. }
            | Self::Unnamed { .. }
            | Self::Widened { .. }
            | Self::UnknownAction { .. } => true,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(skipped) => skipped.fmt(formatter),
            Self::Unknown { actions } => write!(
                formatter,
                "resources unknown, so the policy has \"*\" for: {}",
                actions.join(", ")
            ),
            Self::Partial { actions } => write!(
                formatter,
                "not all resources known, so the policy has all of the same type for: {}",
                actions.join(", ")
            ),
            Self::Hidden { resources } => write!(
                formatter,
                "letters of these names cannot be seen, so the policy has ? for each, which is any letter: {}",
                some(resources)
            ),
            Self::AnyAccount { resources } => write!(
                formatter,
                "the record does not say the account of these, so the policy has them in every account: {}",
                some(resources)
            ),
            Self::Lost { lines } => write!(
                formatter,
                "a record is kept up to 128 MiB, so the first {lines} calls of a run are not in it"
            ),
            Self::Profiles { profiles } => write!(
                formatter,
                "AWS asks for iam:PassRole on the role of an instance profile; the record does not name it, so add it for: {}",
                some(profiles)
            ),
            Self::Folded { patterns } => write!(
                formatter,
                "the names differ from run to run, so the policy has {}; --resource-level exact leaves them as they are",
                some(patterns)
            ),
            Self::PassedToAny { roles } => write!(
                formatter,
                "credrun does not know to which service these roles are passed, so iam:PassRole has no condition for them: {}",
                some(roles)
            ),
            Self::NotPassed { roles } => write!(
                formatter,
                "iam:PassRole was denied for these roles and is not in the policy, because credrun does not know to which service they are passed: {}",
                some(roles)
            ),
            Self::Keys { keys } => write!(
                formatter,
                "credrun does not know what services need of these keys of KMS, so the policy does not have them: {}",
                some(keys)
            ),
            Self::NoActions { actions } => write!(
                formatter,
                "IAM has no such action, so the policy does not have what AWS names as denied: {}",
                some(actions)
            ),
            Self::Observed { calls } => write!(
                formatter,
                "SDKs in the container reported {} (--live): they report no resources, and any process \
                 in the container can forge a report",
                plural(*calls, "call")
            ),
            Self::Unnamed { calls: 1 } => formatter.write_str(
                "1 call is not in the policy, because credrun does not know its operation",
            ),
            Self::Unnamed { calls } => write!(
                formatter,
                "{calls} calls are not in the policy, because credrun does not know their operations"
            ),
            Self::LeftOut { calls, denied } => {
                let (calls, which) = match calls {
                    1 => ("1 denied call is".to_owned(), "it"),
                    calls => (format!("{calls} denied calls are"), "them"),
                };
                write!(formatter, "{calls} not in the policy")?;
                match denied {
                    Denied::ForWantOfRights => write!(
                        formatter,
                        ": --allow or --deny refused {which}, a policy denies {which} explicitly, or only \
                         an SDK reported the denial"
                    ),
                    Denied::LeftOut | Denied::Included => {
                        write!(formatter, "; --include-denied adds {which}")
                    }
                }
            }
            Self::Widened { widened, patterns } => formatter.write_str(&wider(widened, patterns)),
            Self::UnknownAction {
                statement,
                action,
                hint,
            } => {
                write!(formatter, "{statement}: credrun knows no action {action}")?;
                match hint {
                    Some(hint) => write!(formatter, "; {hint}"),
                    None => Ok(()),
                }
            }
        }
    }
}

fn wider(widened: &Widened, patterns: &[String]) -> String {
    let Widened {
        characters,
        limit,
        resources,
        actions,
    } = widened;
    let mut parts = Vec::new();
    if !resources.is_empty() {
        parts.push(format!(
            "it has {} for resources of {}",
            some(patterns),
            resources.join(", ")
        ));
    }
    if !actions.is_empty() {
        parts.push(format!("it has {} for several actions", some(actions)));
    }
    format!(
        "the policy would have {characters} characters, but {limit} can have {}, so it is wider than the \
         record: {}",
        limit.characters(),
        parts.join("; ")
    )
}

/// The first of them, and how many more.
fn some(names: &[String]) -> String {
    let named = &names[..names.len().min(NAMED)];
    match names.len() - named.len() {
        0 => named.join(", "),
        others => format!("{} and {others} more", named.join(", ")),
    }
}
