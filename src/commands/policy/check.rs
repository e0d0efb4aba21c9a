//! `credrun policy --check`: whether a policy would have allowed what the records have.

use std::path::{Path, PathBuf};

use crate::cli::policy::PolicyOutput;
use crate::exit::ExitStatus;
use crate::files;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::policy::check::{Check, Checked};
use crate::policy::document::Document;
use crate::policy::error::PolicyError;
use crate::policy::read::{self, Skipped};
use crate::policy::remark::Remark;

/// Prints each call with its verdict. Unless all are certainly allowed, the status is 1.
///
/// # Errors
/// [`Error`], with nothing printed.
pub(super) async fn check(
    policy: &Path,
    records: &[PathBuf],
    output: Option<PolicyOutput>,
    is_quiet: bool,
) -> Result<ExitStatus, Error> {
    let as_json = match output {
        Some(PolicyOutput::Json) => true,
        Some(PolicyOutput::Summary) | None => false,
        Some(PolicyOutput::Cloudformation | PolicyOutput::Terraform) => {
            return Err(PolicyError::CheckOutput.into());
        }
    };
    let (policy, records) = (policy.to_owned(), records.to_vec());
    // A pipe may let it wait.
    let checked = files::off_thread(move || of_files(&policy, &records));
    let (checked, skipped) = checked.await?;
    let remarks: Vec<_> = skipped.into_iter().map(Remark::Read).collect();
    Notices::new(is_quiet).policy(&remarks);
    let text = match as_json {
        true => crate::stdout::json(&checked.as_json()),
        false => checked.page(),
    };
    let printed = crate::stdout::print(&text)?;
    Ok(match checked.all_are_allowed() {
        true => printed,
        false => ExitStatus::NOT_ALL_ALLOWED,
    })
}

fn of_files(policy: &Path, records: &[PathBuf]) -> Result<(Checked, Vec<Skipped>), PolicyError> {
    let mut check = Check::new(&document(policy)?).map_err(|source| PolicyError::Document {
        path: policy.to_owned(),
        source,
    })?;
    let skipped = read::read(records, |_, line| check.add(&line))?;
    let checked = check.verdicts();
    match checked.is_empty() {
        true => Err(PolicyError::NoCalls),
        false => Ok((checked, skipped)),
    }
}

fn document(path: &Path) -> Result<Document, PolicyError> {
    let text = files::read(path).map_err(|source| PolicyError::ReadPolicy {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&text);
    Document::read(&text).map_err(|source| PolicyError::Document {
        path: path.to_owned(),
        source,
    })
}
