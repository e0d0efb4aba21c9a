//! What a reader of a policy has to know.

use std::fmt;

use super::denied::Denied;
use super::document::bad::Label;
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
            Self::Read(Skipped::Earlier { .. }) | Self::LeftOut { .. } => false,
            Self::Read(Skipped::CutLine { .. })
            | Self::Unknown { .. }
            | Self::Partial { .. }
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
            Self::Observed { calls } => {
                let calls = match calls {
                    1 => "1 call".to_owned(),
                    calls => format!("{calls} calls"),
                };
                write!(
                    formatter,
                    "SDKs in the container reported {calls} (--live): they report no resources, and any \
                     process in the container can forge a report"
                )
            }
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
