//! What a policy says of a call, and why.

use std::fmt;

use super::super::document::bad::Label;

/// All calls of a record, the worst verdicts first.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(super) rows: Vec<Row>,
    /// How many calls the records have: one can need several rights.
    pub(super) calls: u64,
}

/// Calls that are alike.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) outcome: Outcome,
    /// `s3:GetObject`; of a call that credrun does not know, its service.
    pub(super) action: String,
    /// None where the record does not say it.
    pub(super) resource: Option<String>,
    pub(super) count: u64,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// A statement denies it.
    DeniedBy(Label),
    /// No statement allows it. The first of those that allow the action has this to say.
    NotAllowed(Option<Nearly>),
    /// It cannot be told, because of this.
    Depends(Doubt),
    AllowedBy(Label),
    /// AWS asks for no permission.
    Free,
}

/// A statement that allows the action, but not this call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nearly {
    pub(super) statement: Label,
    pub(super) but: But,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum But {
    OtherResources,
    /// The operator and the key.
    Condition(String, String),
}

/// Why it cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    UnknownAction,
    Statement { statement: Label, because: Because },
}

/// Why a statement may fit or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Because {
    UnknownResource,
    /// The name of the resource is not known in full.
    PartOfResource,
    /// A wildcard would have to reach from one part of the ARN into the next.
    Colon,
    /// The record does not have the key.
    Key(String),
    /// The operator is not evaluated.
    Operator(String, String),
}

/// The verdicts, as words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Denied,
    Depends,
    Allowed,
}

impl Checked {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn all_are_allowed(&self) -> bool {
        self.rows
            .iter()
            .all(|row| row.outcome.word() == Word::Allowed)
    }

    pub(super) fn count(&self, word: Word) -> u64 {
        let rows = self.rows.iter().filter(|row| row.outcome.word() == word);
        rows.map(|row| row.count).sum()
    }
}

impl Outcome {
    pub(super) fn word(&self) -> Word {
        match self {
            Self::DeniedBy(_) | Self::NotAllowed(_) => Word::Denied,
            Self::Depends(_) => Word::Depends,
            Self::AllowedBy(_) | Self::Free => Word::Allowed,
        }
    }

    /// The statement that it comes from.
    pub(super) fn statement(&self) -> Option<&Label> {
        match self {
            Self::DeniedBy(statement)
            | Self::AllowedBy(statement)
            | Self::Depends(Doubt::Statement { statement, .. }) => Some(statement),
            Self::NotAllowed(_) | Self::Depends(Doubt::UnknownAction) | Self::Free => None,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Denied => "denied",
            Self::Depends => "depends",
            Self::Allowed => "allowed",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeniedBy(statement) => write!(formatter, "{statement} denies it"),
            Self::NotAllowed(None) => formatter.write_str("no statement allows it"),
            Self::NotAllowed(Some(nearly)) => write!(formatter, "no statement allows it; {nearly}"),
            Self::Depends(doubt) => doubt.fmt(formatter),
            Self::AllowedBy(statement) => statement.fmt(formatter),
            Self::Free => formatter.write_str("needs no permission"),
        }
    }
}

impl fmt::Display for Nearly {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statement = &self.statement;
        match &self.but {
            But::OtherResources => write!(formatter, "{statement} does on other resources"),
            But::Condition(operator, key) => {
                write!(
                    formatter,
                    "{statement} does, but {operator} {key} is not met"
                )
            }
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAction => formatter.write_str("the record does not say the action"),
            Self::Statement { statement, because } => write!(formatter, "{statement}: {because}"),
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownResource => formatter.write_str("the record does not say the resource"),
            Self::PartOfResource => {
                formatter.write_str("the record knows only a part of the resource's name")
            }
            Self::Colon => formatter.write_str("a wildcard would have to reach over a colon"),
            Self::Key(key) => write!(formatter, "the record does not say {key}"),
            Self::Operator(operator, key) => {
                write!(formatter, "credrun does not evaluate {operator} ({key})")
            }
        }
    }
}
