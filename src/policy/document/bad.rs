//! Why a text is not a policy that IAM would take.

use std::fmt;

/// What is wrong with a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDocument {
    #[error("it is not JSON: {0}")]
    Json(String),
    #[error("it is empty")]
    Empty,
    #[error("it is a record")]
    Record,
    /// It has a policy inside.
    #[error("it is {what}, with a policy inside")]
    Wrapped {
        what: &'static str,
        hint: &'static str,
    },
    #[error("it has no Statement")]
    NoStatement,
    #[error("it {0}")]
    Document(Problem),
    #[error("statements {first} and {second} have the same Sid {sid:?}")]
    SameSid {
        first: usize,
        second: usize,
        sid: String,
    },
    #[error("{statement} {problem}")]
    Statement { statement: Label, problem: Problem },
}

/// A statement by its number and, if it has one, its Sid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// From 1.
    pub number: usize,
    pub sid: Option<String>,
}

/// What is wrong, after the words "the statement".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("is not an object")]
    NotAnObject,
    #[error("has {0} twice")]
    Twice(String),
    #[error("has {0:?}, which IAM policies do not have")]
    Unknown(String),
    #[error("has a {0}, which only policies of resources have")]
    Principal(&'static str),
    #[error("has neither {0} nor {1}")]
    Neither(&'static str, &'static str),
    #[error("has both {0} and {1}")]
    Both(&'static str, &'static str),
    #[error("has no Effect")]
    NoEffect,
    #[error("has {element} {value}, which is not {expected}")]
    Value {
        element: &'static str,
        value: String,
        expected: &'static str,
    },
    #[error("has the condition operator {0:?}, which IAM does not have")]
    Operator(String),
    #[error("has the variable {0}, whose value only AWS knows")]
    Variable(String),
}

impl BadDocument {
    /// Whether IAM would take it, although it cannot be checked.
    pub(crate) fn is_sound(&self) -> bool {
        let problem = match self {
            Self::Document(problem) | Self::Statement { problem, .. } => problem,
            Self::Json(_)
            | Self::Empty
            | Self::Record
            | Self::Wrapped { .. }
            | Self::NoStatement
            | Self::SameSid { .. } => return false,
        };
        matches!(problem, Problem::Variable(_))
    }

    /// What the user can do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Wrapped { hint, .. } => Some(hint),
            Self::NoStatement => {
                Some("a policy is {\"Version\": \"2012-10-17\", \"Statement\": […]}")
            }
            Self::Document(problem) | Self::Statement { problem, .. } => problem.hint(),
            Self::SameSid { .. } => None,
            Self::Record => Some("the policy comes first: credrun policy --check POLICY RECORD"),
            Self::Json(_) | Self::Empty => Some(
                "give the policy as JSON, as `credrun policy` and `aws iam get-role-policy \
                 --query PolicyDocument` print it",
            ),
        }
    }
}

impl Problem {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Principal(_) => Some("give the policy of a role or a user; it has no principals"),
            Self::Variable(_) => Some("write the value in the place of the variable, in a copy"),
            _ => None,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "statement {}", self.number)?;
        match &self.sid {
            Some(sid) => write!(formatter, " ({sid})"),
            None => Ok(()),
        }
    }
}
