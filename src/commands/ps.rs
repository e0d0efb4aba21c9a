//! `credrun ps`: the containers whose credentials `--live` renews.
//!
//! Relays and targets are found by their labels, so that what another machine has started is
//! listed as well. Until when a set is valid, only the machine knows that renews it.

use std::time::SystemTime;

use super::served::{self, Served, short};
use crate::cli::ps::PsArgs;
use crate::credentials::{Span, iso8601};
use crate::engine::{Engine, Listed};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::inject::live::owner::Owner;
use crate::plan::EnginePlan;
use crate::run::valid_until;
use crate::vars::Environment;

/// Lists them.
///
/// # Errors
/// [`Error`], from choosing or asking the Engine.
pub async fn ps(args: &PsArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let PsArgs { engine, log: _ } = args;
    let engine = Engine::connect(EnginePlan::resolve(engine, environment)?.endpoint).await?;
    let now = SystemTime::now();
    let rows: Vec<Row> = served::all(&engine)
        .await?
        .iter()
        .map(|served| row(served, valid_until(served, environment), now))
        .collect();
    super::print(&table(rows))
}

fn valid_until(served: &Served, environment: &Environment) -> Option<SystemTime> {
    valid_until::read(environment, &served.target.as_ref()?.id)
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

fn row(served: &Served, valid_until: Option<SystemTime>, now: SystemTime) -> Row {
    let unknown = || "-".to_owned();
    let target = served.target.as_ref();
    let of_target = |fact: fn(&Listed) -> &String| target.map(fact).cloned();
    let process = Owner::of(&served.relay.labels).map(|owner| owner.describe());
    [
        of_target(|target| &target.id).map_or_else(unknown, |id| short(&id)),
        of_target(|target| &target.name)
            .or(served.typed().cloned())
            .unwrap_or_default(),
        of_target(|target| &target.image).unwrap_or_else(unknown),
        of_target(|target| &target.status).unwrap_or_else(unknown),
        valid_until.map_or_else(unknown, |end| describe(end, now)),
        short(&served.relay.id),
        process.map_or_else(unknown, |process| format!("process {process}")),
    ]
}

fn describe(end: SystemTime, now: SystemTime) -> String {
    let time = iso8601(end);
    match end.duration_since(now) {
        Ok(left) if !left.is_zero() => format!("{time} ({})", Span(left)),
        _ => format!("{time} (ended)"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::commands::served::tests::listed;

    fn shown(valid_until: Option<SystemTime>) -> String {
        let served = Served {
            relay: listed("0123456789abcdef", "calm_kirch", Some("deploy")),
            target: Some(listed("fedcba9876543210", "deploy", None)),
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_728_549_000);
        table(vec![row(&served, valid_until, now)])
    }

    #[test]
    fn the_table_lines_up_and_has_a_dash_for_what_is_not_known_here() {
        assert_eq!(
            shown(None),
            "CONTAINER ID   NAME     IMAGE   STATUS         VALID UNTIL   RELAY          RENEWED BY\n\
             fedcba987654   deploy   image   Up 2 minutes   -             0123456789ab   -\n"
        );
    }

    #[test]
    fn the_end_of_the_set_is_told_with_what_is_left_of_it() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let valid = shown(at(1_728_549_858));
        assert!(
            valid.contains("   2024-10-10T08:44:18Z (14m)   "),
            "{valid}"
        );
        let ended = shown(at(1_728_549_000));
        assert!(
            ended.contains("   2024-10-10T08:30:00Z (ended)   "),
            "{ended}"
        );
    }
}
