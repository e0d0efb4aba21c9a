//! Why there is no policy.

use std::io;
use std::path::PathBuf;

use super::denied::Denied;
use super::document::bad::BadDocument;
use super::limit::Limit;

/// Why there is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("cannot read the record {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// It is not what `--record` writes.
    #[error("{}:{number} is not a line of a record", path.display())]
    Line {
        path: PathBuf,
        number: usize,
        #[source]
        source: serde_json::Error,
    },
    #[error("{}:{number} is not a line of a record: it is longer than {} KiB", path.display(), most / 1024)]
    Long {
        path: PathBuf,
        number: usize,
        most: usize,
    },
    #[error("cannot read the policy {}", path.display())]
    ReadPolicy {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// What `--check` was given.
    #[error("{} is no policy that can be checked", path.display())]
    Document {
        path: PathBuf,
        #[source]
        source: BadDocument,
    },
    #[error("--check prints no policy")]
    CheckOutput,
    #[error("the record has no calls")]
    NoCalls,
    /// There are calls, but none that needs a right.
    #[error("no call of the record needs a right that credrun knows")]
    NothingNeeded,
    #[error("the record has only denied calls: {calls}")]
    AllDenied { calls: u64, denied: Denied },
    #[error("the policy has {characters} characters, but {limit} can have {}", limit.characters())]
    TooLarge { characters: usize, limit: Limit },
}

impl PolicyError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Read { .. } | Self::ReadPolicy { .. } => return None,
            Self::Document { source, .. } => return source.hint().map(ToOwned::to_owned),
            Self::CheckOutput => {
                "its --output is summary, a page for people, or json, for programs"
            }
            Self::Line { .. } | Self::Long { .. } => {
                "credrun --keyless --record FILE writes records, one call a line"
            }
            Self::NoCalls => {
                "does the program read AWS_ENDPOINT_URL? What goes past credrun is in no record"
            }
            Self::NothingNeeded => {
                "sts:GetCallerIdentity and a few others need none; operations that credrun does not know have null as Operation"
            }
            Self::AllDenied {
                denied: Denied::ForWantOfRights,
                ..
            } => {
                "credrun's --allow and --deny refused them, or a policy denies them explicitly, and no session policy changes that"
            }
            Self::AllDenied { .. } => "--include-denied makes the policy that would allow them",
            Self::TooLarge {
                limit: Limit::Session,
                ..
            } => {
                "make a managed policy with credrun policy, and give it with --policy-arns; or record the programs apart"
            }
            Self::TooLarge { .. } => {
                "make a policy of each record, or leave resources out with --resource-level any"
            }
        };
        Some(hint.to_owned())
    }
}
