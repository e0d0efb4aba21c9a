//! `credrun policy --check`: whether a policy would have allowed what the records have.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::cli::policy::PolicyOutput;
use crate::exit::ExitStatus;
use crate::files;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::policy::check::{Check, Checked, unknown_actions};
use crate::policy::document::Document;
use crate::policy::error::PolicyError;
use crate::policy::read;
use crate::policy::remark::Remark;
use crate::policy::stdin::is_stdin;

/// No policy is longer.
const MOST: u64 = 1024 * 1024;

/// Prints each call with its verdict. Unless all are certainly allowed, the status is 1.
///
/// # Errors
/// [`Error`], with nothing printed.
pub(super) async fn check(
    policies: &[PathBuf],
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
    let [policy] = policies else {
        return Err(PolicyError::CheckTwice.into());
    };
    if is_stdin(policy) && records.iter().any(|path| is_stdin(path)) {
        return Err(PolicyError::StdinTwice.into());
    }
    let (policy, records) = (policy.clone(), records.to_vec());
    // A pipe may let it wait.
    let checked = files::off_thread(move || of_files(&policy, &records));
    let (checked, remarks) = checked.await?;
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

fn of_files(policy: &Path, records: &[PathBuf]) -> Result<(Checked, Vec<Remark>), PolicyError> {
    let document = document(policy)?;
    let mut remarks = unknown_actions(&document);
    let mut check = Check::new(&document).map_err(|source| PolicyError::Document {
        path: policy.to_owned(),
        source,
    })?;
    let skipped = read::read(records, |_, line| check.add(&line))?;
    remarks.extend(skipped.into_iter().map(Remark::Read));
    let checked = check.verdicts();
    match checked.is_empty() {
        true => Err(PolicyError::NoCalls {
            files: records.to_vec(),
        }),
        false => Ok((checked, remarks)),
    }
}

fn document(path: &Path) -> Result<Document, PolicyError> {
    let text = match is_stdin(path) {
        true => {
            let mut text = Vec::new();
            let read = io::stdin().take(MOST).read_to_end(&mut text);
            read.map(|_| text.into())
        }
        false => files::read(path),
    };
    let text = text.map_err(|source| PolicyError::ReadPolicy {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&text);
    Document::read(&text).map_err(|source| PolicyError::Document {
        path: path.to_owned(),
        source,
    })
}
