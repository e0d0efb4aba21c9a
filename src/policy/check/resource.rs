//! Resources of a policy and of a record.
//!
//! The six parts of an ARN are compared one by one; the last has all further colons. IAM completes an
//! ARN with fewer parts by `*`. AWS's documentation says of a `*` at the end of a part that it "can"
//! reach over the colon, and of others nothing: where a pattern fits only so, it is in doubt.

use super::super::pattern::{Fit, Pattern, Variable};
use super::verdict::Because;
use crate::iam::arn::{Arn, is_account};

const PARTS: usize = 6;

/// A resource of a policy.
#[derive(Debug)]
pub(super) enum OfPolicy {
    Everything,
    Arn {
        /// With those that IAM adds.
        parts: Vec<Pattern>,
        as_written: Pattern,
        /// What it has between wildcards.
        literals: Vec<String>,
    },
}

/// What a call is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OfCall {
    /// The action has no resources: only `*` fits.
    None,
    /// The record does not have it.
    Unknown,
    /// With `*` and `?` where the name is not known.
    Arn(String),
}

/// What a call is about, as it is compared.
#[derive(Debug)]
pub(super) enum Read {
    None,
    Unknown,
    Arn {
        parts: Vec<Pattern>,
        whole: Pattern,
        /// The same, where it is known in full.
        text: Option<String>,
    },
}

impl OfPolicy {
    pub(super) fn new(text: &str) -> Result<Self, Variable> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        let as_written = Pattern::of_policy(text)?;
        let mut parts = as_written.parts(PARTS);
        parts.resize_with(PARTS, Pattern::anything);
        let literals = as_written.literals();
        Ok(Self::Arn {
            parts,
            as_written,
            literals,
        })
    }

    /// Whether it fits what the call is about, and what is in doubt.
    pub(super) fn fit(&self, resource: &Read) -> Result<bool, Because> {
        let Self::Arn {
            parts,
            as_written,
            literals,
        } = self
        else {
            return Ok(true);
        };
        let (of_call, whole) = match resource {
            Read::None => return Ok(false),
            Read::Unknown => return Err(Because::UnknownResource),
            // Most are of another thing, which is soon found out.
            Read::Arn { text, .. } if text.as_deref().is_some_and(|text| lacks(text, literals)) => {
                return Ok(false);
            }
            Read::Arn { parts, whole, .. } => (parts, whole),
        };
        match each_fits(parts, of_call) {
            Fit::All => Ok(true),
            Fit::Some => Err(Because::PartOfResource),
            Fit::None if as_written.fit(whole) == Fit::None => Ok(false),
            Fit::None => Err(Because::Colon),
        }
    }
}

/// Whether the text has not all of these, one behind the other.
fn lacks(text: &str, literals: &[String]) -> bool {
    let mut rest = text;
    !literals
        .iter()
        .all(|one| match rest.split_once(one.as_str()) {
            Some((_, behind)) => {
                rest = behind;
                true
            }
            None => false,
        })
}

fn each_fits(parts: &[Pattern], of_call: &[Pattern]) -> Fit {
    if of_call.len() != PARTS {
        return Fit::None;
    }
    let fits = parts.iter().zip(of_call).map(|(one, other)| one.fit(other));
    // The worst of them decides.
    fits.min().unwrap_or(Fit::None)
}

impl OfCall {
    /// For all comparisons with it.
    pub(super) fn read(&self) -> Read {
        match self {
            Self::None => Read::None,
            Self::Unknown => Read::Unknown,
            Self::Arn(arn) => {
                let whole = Pattern::of_record(arn);
                let parts = whole.parts(PARTS);
                let text = whole.text();
                Read::Arn { parts, whole, text }
            }
        }
    }

    /// The account that owns it, where its ARN has it.
    pub(super) fn account(&self) -> Option<&str> {
        let Self::Arn(arn) = self else {
            return None;
        };
        let account = Arn::parse(arn)?.account;
        is_account(account).then_some(account)
    }

    /// As a policy would have it. None where it is not known.
    pub(super) fn shown(&self) -> Option<&str> {
        match self {
            Self::None => Some("*"),
            Self::Unknown => None,
            Self::Arn(arn) => Some(arn),
        }
    }
}
