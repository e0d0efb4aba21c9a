//! `credrun ps`: the containers that `--live` and `--keyless` serve, and those whose credrun is gone.
//!
//! They are found by their labels, so containers started from another machine are listed as well.
//! Only the machine that renews a set knows until when it is valid.

mod json;
mod shown;
mod table;

use std::time::SystemTime;

use super::run_containers;
use crate::cli::ps::{PsArgs, PsFormat};
use crate::engine::short_id;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::vars::Environment;

use shown::Shown;

/// Lists the containers.
///
/// # Errors
/// [`Error`] from choosing the Engine or from its response.
pub async fn ps(args: &PsArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let PsArgs {
        quiet,
        format,
        no_trunc,
        engine,
        log: _,
    } = args;
    let engine = super::engine(engine, environment, Notices::new(*quiet)).await?;
    let all = run_containers::all(&engine).await?;
    let shown: Vec<Shown> = all
        .iter()
        .filter_map(|served| Shown::of(served, environment))
        .collect();
    let now = SystemTime::now();
    crate::stdout::print(&match (quiet, format, no_trunc) {
        (true, _, _) => ids(&shown, *no_trunc),
        (false, PsFormat::Json, _) => json::write(&shown, now),
        (false, PsFormat::Table, true) => table::whole(&shown, now),
        (false, PsFormat::Table, false) => table::narrow(&shown, now),
    })
}

fn ids(shown: &[Shown], whole: bool) -> String {
    let id = |one: &Shown| match whole {
        true => one.target.id.clone(),
        false => short_id(&one.target.id),
    };
    shown.iter().map(|one| format!("{}\n", id(one))).collect()
}

#[cfg(test)]
mod tests;
