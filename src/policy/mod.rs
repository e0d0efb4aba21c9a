//! Policies from what runs called. [`crate::record`] writes the lines that are read here; `credrun
//! policy`, `credrun role-template --from` and `--policy-from` ask.
//!
//! ```text
//! files → lines (read) → what is used (seen) → resources (fold) → grants → Document, of a size (size)
//! ```

pub(crate) mod advice;
pub(crate) mod check;
mod completion;
pub(crate) mod denied;
pub(crate) mod document;
pub(crate) mod error;
mod fold;
mod gaps;
mod grants;
mod kms;
pub(crate) mod limit;
pub(crate) mod output;
mod passed;
mod pattern;
mod plural;
pub(crate) mod read;
pub(crate) mod remark;
#[cfg(test)]
mod sample;
pub(crate) mod seen;
mod shape;
mod size;
mod statements;
pub(crate) mod stdin;

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::policy::ResourceLevel;
use denied::Denied;
use document::Document;
use error::PolicyError;
use limit::Limit;
use read::Skipped;
use remark::Remark;
use seen::Seen;

/// What to make of records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) level: ResourceLevel,
    pub(crate) denied: Denied,
    pub(crate) limit: Limit,
}

/// A policy, and what is to be said of it.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) document: Document,
    pub(crate) seen: Seen,
    pub(crate) level: ResourceLevel,
    pub(crate) remarks: Vec<Remark>,
}

impl Policy {
    /// The policy for what the records say.
    ///
    /// # Errors
    /// [`PolicyError`]: no record, a broken one, or one without a call; a policy that is too large.
    pub(crate) fn of_files(files: &[PathBuf], wish: Wish) -> Result<Self, PolicyError> {
        let (seen, skipped) = seen_in(files, wish)?;
        Self::of(seen, skipped, wish)
    }

    /// The same, to tell of the calls. That they are all denied is no error.
    ///
    /// # Errors
    /// As [`Policy::of_files`].
    pub(crate) fn to_tell(files: &[PathBuf], wish: Wish) -> Result<Self, PolicyError> {
        let (seen, skipped) = seen_in(files, wish)?;
        Self::told(seen, skipped, wish)
    }

    fn told(seen: Seen, skipped: Vec<Skipped>, wish: Wish) -> Result<Self, PolicyError> {
        match seen.check() {
            Err(PolicyError::AllDenied { .. }) => Self::of_any(seen, skipped, wish),
            _ => Self::of(seen, skipped, wish),
        }
    }

    fn of(seen: Seen, skipped: Vec<Skipped>, wish: Wish) -> Result<Self, PolicyError> {
        seen.check()?;
        Self::of_any(seen, skipped, wish)
    }

    fn of_any(seen: Seen, skipped: Vec<Skipped>, wish: Wish) -> Result<Self, PolicyError> {
        let mut remarks: Vec<_> = skipped.into_iter().map(Remark::Read).collect();
        let grants = grants::of(&seen, wish.level);
        let named = grants.iter().flat_map(|grant| grant.resources.clone());
        let named: BTreeSet<String> = named.collect();
        let (document, widened) = size::fit(grants, &seen.left_out_actions, wish.limit)?;
        remarks.extend(gaps::remarks(&seen, wish.level));
        remarks.extend(widened.map(|widened| Remark::Widened {
            patterns: patterns(&document, &named),
            widened,
        }));
        Ok(Self {
            document,
            seen,
            level: wish.level,
            remarks,
        })
    }
}

fn seen_in(files: &[PathBuf], wish: Wish) -> Result<(Seen, Vec<Skipped>), PolicyError> {
    let mut seen = Seen::new(wish.denied);
    let skipped = read::read(files, |run, line| seen.add(run, &line))?;
    if seen.calls == 0 {
        return Err(PolicyError::NoCalls {
            files: files.to_vec(),
        });
    }
    seen.settle();
    Ok((seen, skipped))
}

/// The resources of the document that are not those of the record.
fn patterns(document: &Document, named: &BTreeSet<String>) -> Vec<String> {
    let all = document.statements.iter();
    let all = all.flat_map(|statement| statement.resources.values());
    let wider: BTreeSet<_> = all
        .filter(|one| one.contains('*') && !named.contains(*one))
        .collect();
    wider.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests;
