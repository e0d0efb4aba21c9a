//! `credrun policy`: prints the smallest policy for what runs called, or what another policy would
//! have done with it.

mod check;

use crate::cli::policy::{PolicyArgs, PolicyOutput, WhatArgs};
use crate::exit::ExitStatus;
use crate::files;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::policy::denied::Denied;
use crate::policy::limit::Limit;
use crate::policy::output::{cloudformation, summary, terraform};
use crate::policy::{Policy, Wish};

/// Reads the records, and prints the policy.
///
/// # Errors
/// [`Error`], with nothing printed.
pub async fn policy(args: &PolicyArgs) -> Result<ExitStatus, Error> {
    let PolicyArgs {
        files,
        what,
        check,
        output,
        quiet,
        log: _,
    } = args;
    if !check.is_empty() {
        return check::check(check, files, *output, quiet.quiet).await;
    }
    let (files, wish) = (files.clone(), wish(*what, Limit::Managed));
    // A pipe may let it wait.
    let output = output.unwrap_or_default();
    let policy = files::off_thread(move || match output {
        PolicyOutput::Summary => Policy::to_tell(&files, wish),
        _ => Policy::of_files(&files, wish),
    });
    let policy = policy.await?;
    // The page has them itself.
    if output != PolicyOutput::Summary {
        Notices::new(quiet.quiet).policy(&policy.remarks);
    }
    crate::stdout::print(&match output {
        PolicyOutput::Json => crate::stdout::json(&policy.document),
        PolicyOutput::Cloudformation => cloudformation::render(&policy),
        PolicyOutput::Terraform => terraform::render(&policy),
        PolicyOutput::Summary => summary::render(&policy),
    })
}

/// What flags ask for.
pub(super) fn wish(what: WhatArgs, limit: Limit) -> Wish {
    let WhatArgs {
        resource_level,
        include_denied,
    } = what;
    let denied = match include_denied {
        true => Denied::Included,
        false => Denied::LeftOut,
    };
    Wish {
        level: resource_level,
        denied,
        limit,
    }
}
