//! `credrun ps` and `credrun stop`: the containers whose credentials `--live` renews.
//!
//! Relays and targets are found by their labels. Nothing is kept on this machine, so that what
//! another one has started is seen as well.

use std::time::Duration;

use crate::cli::ps::{PsArgs, StopArgs};
use crate::engine::{Engine, Listed};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::inject::live::owner::Owner;
use crate::inject::live::relay_image::{LABEL_FOR, LABEL_RELAY, LABEL_TARGET};
use crate::plan::EnginePlan;
use crate::vars::Environment;

/// Lists them.
///
/// # Errors
/// [`Error`], from choosing or asking the Engine.
pub async fn ps(args: &PsArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let PsArgs { engine, log: _ } = args;
    let engine = Engine::connect(EnginePlan::resolve(engine, environment)?.endpoint).await?;
    super::print(&table(&live(&engine).await?))
}

/// Stops them: the target first, and what served it with it.
///
/// # Errors
/// [`Error`], also where a name is none of theirs; those before it are stopped.
pub async fn stop(args: &StopArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let StopArgs {
        containers,
        time,
        engine,
        log: _,
    } = args;
    let engine = Engine::connect(EnginePlan::resolve(engine, environment)?.endpoint).await?;
    let grace = Duration::from_secs(u64::from(*time));
    for wanted in containers {
        let found = live(&engine)
            .await?
            .into_iter()
            .find(|live| live.is_called(wanted));
        let found = found.ok_or_else(|| Error::NotLive(wanted.clone()))?;
        if let Some(target) = &found.target {
            engine.stop(&target.id, grace).await?;
        }
        // Its supervisor, where there is one, removes it as well: whoever comes first.
        engine.remove(&found.relay.id).await?;
        super::print(&format!("{wanted}\n"))?;
    }
    Ok(ExitStatus::SUCCESS)
}

/// A relay and whom it serves.
#[derive(Debug)]
struct Live {
    relay: Listed,
    /// None while it is about to be created, or has just ended.
    target: Option<Listed>,
}

impl Live {
    fn is_called(&self, wanted: &str) -> bool {
        let answers = |container: &Listed| {
            container.name == wanted || (wanted.len() >= 4 && container.id.starts_with(wanted))
        };
        self.target.as_ref().is_some_and(answers)
            || answers(&self.relay)
            || self
                .relay
                .labels
                .get(LABEL_FOR)
                .is_some_and(|name| name == wanted)
    }
}

async fn live(engine: &Engine) -> Result<Vec<Live>, Error> {
    let all = engine.containers().await?;
    let relays = all
        .iter()
        .filter(|container| container.labels.contains_key(LABEL_FOR));
    Ok(relays
        .map(|relay| Live {
            relay: relay.clone(),
            target: all.iter().find(|one| serves(relay, one)).cloned(),
        })
        .collect())
}

/// A target names its first relay; a relay that came later names its target.
fn serves(relay: &Listed, target: &Listed) -> bool {
    target.labels.get(LABEL_RELAY) == Some(&relay.id)
        || relay.labels.get(LABEL_TARGET) == Some(&target.id)
}

fn table(live: &[Live]) -> String {
    const HEAD: [&str; 6] = [
        "CONTAINER ID",
        "NAME",
        "IMAGE",
        "STATUS",
        "RELAY",
        "RENEWED BY",
    ];
    let rows: Vec<[String; 6]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(live.iter().map(row))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
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

fn row(live: &Live) -> [String; 6] {
    const DIGITS: usize = 12;
    let short = |id: &str| id.chars().take(DIGITS).collect::<String>();
    let unknown = || "-".to_owned();
    let serves = live.relay.labels.get(LABEL_FOR).cloned();
    let of_target = |fact: fn(&Listed) -> &String| live.target.as_ref().map(fact).cloned();
    let process = Owner::of(&live.relay.labels).map(|owner| owner.describe());
    [
        of_target(|target| &target.id).map_or_else(unknown, |id| short(&id)),
        of_target(|target| &target.name)
            .or(serves)
            .unwrap_or_default(),
        of_target(|target| &target.image).unwrap_or_else(unknown),
        of_target(|target| &target.status).unwrap_or_else(unknown),
        short(&live.relay.id),
        process.map_or_else(unknown, |process| format!("process {process}")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn listed(id: &str, name: &str) -> Listed {
        Listed {
            id: id.to_owned(),
            name: name.to_owned(),
            image: "image".to_owned(),
            state: "running".to_owned(),
            status: "Up 2 minutes".to_owned(),
            labels: HashMap::from([(LABEL_FOR.to_owned(), name.to_owned())]),
        }
    }

    #[test]
    fn the_table_lines_up() {
        let live = Live {
            relay: listed("0123456789abcdef", "calm_kirch"),
            target: Some(listed("fedcba9876543210", "deploy")),
        };
        assert_eq!(
            table(&[live]),
            "CONTAINER ID   NAME     IMAGE   STATUS         RELAY          RENEWED BY\n\
             fedcba987654   deploy   image   Up 2 minutes   0123456789ab   -\n"
        );
    }

    #[test]
    fn a_container_answers_to_its_name_and_to_the_beginning_of_its_id() {
        let live = Live {
            relay: listed("0123456789abcdef", "calm_kirch"),
            target: None,
        };
        assert!(live.is_called("calm_kirch") && live.is_called("01234"));
        assert!(!live.is_called("012") && !live.is_called("calm"));
    }
}
