//! `credrun logs`: prints the log of a credrun that stays behind with `-d`.
//!
//! The log is a file of this user on this machine. The Engine is asked who has the name now, so
//! that a new container, of credrun or not, does not get the log of an older one with its name. For
//! one that is gone, or where the Engine does not answer soon, the logs themselves say whose they
//! are.

use std::io;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::run_containers;
use crate::cli::engine::EngineArgs;
use crate::cli::logs::LogsArgs;
use crate::engine::{Engine, short_id};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::run::supervisor::log::{self, Found};
use crate::vars::Environment;

/// How often to look for more. inotify would tell of a line at once, but not of the end of the
/// process that writes, and only Linux has it.
const LOOK: Duration = Duration::from_millis(200);

/// How long the Engine may take to say who has a name. The log is here, and readable without it.
const ENGINE: Duration = Duration::from_secs(2);

/// Prints the log, and follows it until the process that writes it has ended.
///
/// # Errors
/// [`Error::NoLog`], [`Error::SeveralLogs`], or what the operating system says.
pub async fn logs(args: &LogsArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let LogsArgs {
        container,
        follow,
        tail,
        engine,
        // No wait is long enough to be told.
        quiet: _,
        log: _,
    } = args;
    let known = id_of(container, engine, environment).await?;
    let found = find(log::all(environment), container, known.as_deref())?;
    let mut is_in_use = *follow && found.is_in_use();
    let mut printed = crate::stdout::print_bytes(tail.of(&read_on(&found)?))?;
    while is_in_use && printed == ExitStatus::SUCCESS {
        sleep(LOOK).await;
        // In this order, so that the last lines are not missed.
        is_in_use = found.is_in_use();
        printed = crate::stdout::print_bytes(&read_on(&found)?)?;
    }
    Ok(printed)
}

fn read_on(found: &Found) -> Result<Vec<u8>, Error> {
    let read = found.read_on();
    read.map_err(|source: io::Error| Error::Local {
        action: "read the log".to_owned(),
        source,
    })
}

/// The ID of the container that has this name now. `None` where none has it, or the Engine does not
/// answer: then the logs have to do.
async fn id_of(
    wanted: &str,
    engine: &EngineArgs,
    environment: &Environment,
) -> Result<Option<String>, Error> {
    let ask = async {
        let engine = super::engine(engine, environment, Notices::new(true)).await?;
        let listed = run_containers::all(&engine).await?;
        match run_containers::pick(&listed, wanted) {
            Ok(found) => Ok(found.target.as_ref().map(|target| target.id.clone())),
            Err(Error::NotLive(_)) => id_of_another(&engine, wanted).await,
            Err(several) => Err(several),
        }
    };
    let unknown = |why: String| {
        tracing::debug!(why, "the Engine does not say whose log it is");
        Ok(None)
    };
    match timeout(ENGINE, ask).await {
        Ok(Err(several @ Error::SeveralLive { .. })) => Err(several),
        Ok(Err(error)) => unknown(error.report()),
        Ok(found) => found,
        Err(late) => unknown(late.to_string()),
    }
}

/// Of a container that `credrun ps` does not list: it has ended, or is not credrun's. Here, the
/// beginning of an ID names nobody: a log's own ID may begin so, too.
async fn id_of_another(engine: &Engine, wanted: &str) -> Result<Option<String>, Error> {
    let found = engine.container(wanted).await?;
    let is_named = found.name == wanted || found.id == wanted;
    Ok(is_named.then_some(found.id))
}

/// The log of the container with the ID `known`; without that, the newest log of a container with
/// this ID or name, or else the one log of a container whose ID begins so.
fn find(logs: Vec<Found>, wanted: &str, known: Option<&str>) -> Result<Found, Error> {
    let none = || Error::NoLog(wanted.to_owned());
    if let Some(known) = known {
        let mut logs = logs.into_iter();
        return logs.find(|log| log.container.id == known).ok_or_else(none);
    }
    let is_called = |log: &&Found| log.container.id == wanted || log.container.name == wanted;
    let begins = |log: &&Found| !wanted.is_empty() && log.container.id.starts_with(wanted);
    let mut ids: Vec<&str> = match logs.iter().find(is_called) {
        Some(called) => vec![&called.container.id],
        None => logs
            .iter()
            .filter(begins)
            .map(|log| log.container.id.as_str())
            .collect(),
    };
    ids.dedup();
    let id = match ids[..] {
        [] => return Err(none()),
        [id] => id.to_owned(),
        _ => {
            return Err(Error::SeveralLogs {
                wanted: wanted.to_owned(),
                containers: ids.into_iter().map(short_id).collect(),
            });
        }
    };
    let mut logs = logs.into_iter();
    logs.find(|log| log.container.id == id).ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::supervisor::log::Served;

    /// The newest first, as they are listed.
    fn logs() -> Vec<Found> {
        let log = |name: &str, id: &str| Found {
            container: Served {
                name: name.to_owned(),
                id: id.to_owned(),
            },
            file: tempfile::tempfile().expect("a file"),
        };
        vec![
            log("web", "c0ffee03"),
            log("db", "c0de02"),
            log("web", "c0ffee01"),
        ]
    }

    fn found(wanted: &str, known: Option<&str>) -> Result<String, String> {
        let found = find(logs(), wanted, known);
        found
            .map(|log| log.container.id)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_log_is_found_by_id_by_name_and_by_the_beginning_of_an_id() {
        for (wanted, id) in [
            ("c0ffee01", "c0ffee01"),
            ("db", "c0de02"),
            ("c0d", "c0de02"),
            // The newest of this name.
            ("web", "c0ffee03"),
        ] {
            assert_eq!(found(wanted, None).as_deref(), Ok(id), "{wanted}");
        }
        for nobody in ["", "we", "0ffee"] {
            assert!(found(nobody, None).is_err(), "{nobody:?}");
        }
        let several = found("c0f", None).expect_err("two");
        assert!(several.contains("2 containers"), "{several}");
    }

    #[test]
    fn a_container_that_the_engine_has_gets_its_own_log_or_none() {
        assert_eq!(found("web", Some("c0ffee01")).as_deref(), Ok("c0ffee01"));
        assert!(found("web", Some("beef04")).is_err());
    }
}
