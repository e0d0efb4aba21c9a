//! Why there is no policy.

use std::io;
use std::path::{Path, PathBuf};

use super::denied::Denied;
use super::document::bad::BadDocument;
use super::limit::Limit;
use super::stdin::is_stdin;

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
        source: BadLine,
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
    #[error("{}", unusable(path, source))]
    Document {
        path: PathBuf,
        #[source]
        source: BadDocument,
    },
    #[error("--check prints no policy")]
    CheckOutput,
    #[error("--check was given more than once")]
    CheckTwice,
    #[error("stdin cannot be both the policy and a record")]
    StdinTwice,
    #[error("no calls in {}", listed(files))]
    NoCalls { files: Vec<PathBuf> },
    /// There are calls, but none that needs a right.
    #[error("no call in the record needs a right that credrun knows")]
    NothingNeeded,
    #[error("apart from denied calls ({calls}), the record has none that needs a right")]
    AllDenied { calls: u64, denied: Denied },
    #[error("the policy has {characters} characters, but {limit} can have {}", limit.characters())]
    TooLarge { characters: usize, limit: Limit },
}

/// Why a line is none of a record.
#[derive(Debug, thiserror::Error)]
pub enum BadLine {
    #[error("it is not text")]
    Binary,
    #[error("it is JSON over several lines")]
    SeveralLines,
    #[error("{0}")]
    Json(String),
}

impl BadLine {
    /// Of a line with its end.
    pub(super) fn of(error: &serde_json::Error) -> Self {
        if error.is_eof() {
            return Self::SeveralLines;
        }
        // Its place is within the line: there is but one.
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or_default();
        Self::Json(what.to_owned())
    }
}

/// Only a policy can have what cannot be checked.
fn unusable(path: &Path, source: &BadDocument) -> String {
    let path = path.display();
    match source.is_sound() {
        true => format!("cannot check the policy {path}"),
        false => format!("{path} is not an IAM policy"),
    }
}

fn listed(files: &[PathBuf]) -> String {
    let each = files.iter().map(|path| match is_stdin(path) {
        true => "stdin".to_owned(),
        false => path.display().to_string(),
    });
    each.collect::<Vec<_>>().join(", ")
}

impl PolicyError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Read { .. } | Self::ReadPolicy { .. } => return None,
            Self::Document { source, .. } => return source.hint().map(ToOwned::to_owned),
            Self::CheckOutput => {
                "with --check, --output is summary, a page for people, or json, for programs"
            }
            Self::CheckTwice => "put the statements of all policies into one document",
            Self::StdinTwice => "give one of them as a file",
            Self::Line {
                source: BadLine::SeveralLines,
                path,
                ..
            } => {
                let path = path.display();
                return Some(format!(
                    "a record has one call per line, as jq -c . {path} writes it; if {path} is a policy, \
                     --check {path} or --policy file://{path} reads it"
                ));
            }
            Self::Line { .. } | Self::Long { .. } => {
                "credrun --keyless --record FILE writes records, one call per line"
            }
            Self::NoCalls { .. } => {
                "--keyless records calls of programs that read AWS_ENDPOINT_URL, and --live those that SDKs report"
            }
            Self::NothingNeeded => {
                "sts:GetCallerIdentity and a few others need none; operations that credrun does not know have null as Operation"
            }
            Self::AllDenied {
                denied: Denied::ForWantOfRights,
                ..
            } => {
                "--allow or --deny refused them, a policy denies them explicitly, which no session policy changes, or only an SDK reported the denial"
            }
            Self::AllDenied { .. } => "--include-denied makes a policy that would allow them",
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
