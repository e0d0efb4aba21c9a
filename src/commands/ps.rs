//! `credrun ps`: the containers whose credentials `--live` renews, and those whose credrun is gone.
//!
//! They are found by their labels, so containers started from another machine are listed as well.
//! Only the machine that renews a set knows until when it is valid.

use std::time::SystemTime;

use super::run_containers::{self, RunContainers};
use crate::cli::ps::PsArgs;
use crate::credentials::{Span, iso8601};
use crate::engine::{Listed, short_id};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::owner::Owner;
use crate::run::valid_until;
use crate::vars::Environment;

/// Lists the containers.
///
/// # Errors
/// [`Error`] from choosing the Engine or from its response.
pub async fn ps(args: &PsArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let PsArgs {
        quiet,
        engine,
        log: _,
    } = args;
    let engine = super::engine(engine, environment, Notices::new(*quiet)).await?;
    let all = run_containers::all(&engine).await?;
    // A relay that has no target yet is not a container that the user asked for.
    let targets = all
        .iter()
        .filter_map(|served| Some((served.target.as_ref()?, served)));
    if *quiet {
        let ids: String = targets
            .map(|(target, _)| format!("{}\n", short_id(&target.id)))
            .collect();
        return crate::stdout::print(&ids);
    }
    let now = SystemTime::now();
    let rows = targets.map(|(target, served)| {
        let valid_until = valid_until(target, served, environment);
        row(target, served, valid_until, now)
    });
    crate::stdout::print(&table(rows.collect()))
}

/// `None` if the set is no longer renewed: a killed credrun leaves its note behind.
fn valid_until(
    target: &Listed,
    served: &RunContainers,
    environment: &Environment,
) -> Option<SystemTime> {
    if served.is_abandoned() {
        return None;
    }
    valid_until::read(environment, &target.id)
}

const COLUMNS: usize = 7;
type Row = [String; COLUMNS];

fn table(rows: Vec<Row>) -> String {
    const HEAD: [&str; COLUMNS] = [
        "CONTAINER ID",
        "NAME",
        "IMAGE",
        "STATUS",
        "VALID UNTIL",
        "RELAY",
        "RENEWED BY",
    ];
    let rows: Vec<Row> = std::iter::once(HEAD.map(str::to_owned))
        .chain(rows)
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            format!("{}\n", cells.join("   ").trim_end())
        })
        .collect()
}

fn row(
    target: &Listed,
    served: &RunContainers,
    valid_until: Option<SystemTime>,
    now: SystemTime,
) -> Row {
    let unknown = || "-".to_owned();
    let relay = served.relay();
    [
        short_id(&target.id),
        target.name.clone(),
        target.image.clone(),
        target.status.clone(),
        valid_until.map_or_else(unknown, |end| describe(end, now)),
        relay.map_or_else(unknown, |relay| short_id(&relay.id)),
        renewer(served).unwrap_or_else(unknown),
    ]
}

/// What renews it; `None` if that is not known.
fn renewer(served: &RunContainers) -> Option<String> {
    if served.is_abandoned() {
        return Some("nobody".to_owned());
    }
    let owner = Owner::of(&served.relay()?.labels)?;
    Some(format!("process {}", owner.describe()))
}

fn describe(end: SystemTime, now: SystemTime) -> String {
    let time = iso8601(end);
    match end.duration_since(now) {
        Ok(left) if !left.is_zero() => format!("{time} ({})", Span(left)),
        _ => format!("{time} (expired)"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::commands::run_containers::tests::listed;

    fn shown(relays: Vec<Listed>, valid_until: Option<SystemTime>) -> String {
        let target = listed("fedcba9876543210", "deploy", &[]);
        let served = RunContainers {
            target: Some(target.clone()),
            relays,
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_728_549_000);
        table(vec![row(&target, &served, valid_until, now)])
    }

    fn relay() -> Vec<Listed> {
        vec![listed("0123456789abcdef", "calm_kirch", &[])]
    }

    #[test]
    fn the_table_lines_up_and_has_a_dash_for_what_is_not_known_here() {
        assert_eq!(
            shown(relay(), None),
            "CONTAINER ID   NAME     IMAGE   STATUS         VALID UNTIL   RELAY          RENEWED BY\n\
             fedcba987654   deploy   image   Up 2 minutes   -             0123456789ab   -\n"
        );
    }

    #[test]
    fn a_container_whose_relay_is_gone_is_renewed_by_nobody() {
        assert_eq!(
            shown(Vec::new(), None),
            "CONTAINER ID   NAME     IMAGE   STATUS         VALID UNTIL   RELAY   RENEWED BY\n\
             fedcba987654   deploy   image   Up 2 minutes   -             -       nobody\n"
        );
    }

    #[test]
    fn the_end_of_the_set_is_told_with_what_is_left_of_it() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let valid = shown(relay(), at(1_728_549_858));
        assert!(
            valid.contains("   2024-10-10T08:44:18Z (14m)   "),
            "{valid}"
        );
        let ended = shown(relay(), at(1_728_549_000));
        assert!(
            ended.contains("   2024-10-10T08:30:00Z (expired)   "),
            "{ended}"
        );
    }
}
