//! Records when the served set of a run with a relay expires, for `credrun ps` to show.
//!
//! Only the renewing process knows, `ps` is another one, and a container's labels cannot be
//! changed. So the time, which is no secret, is kept in a file named after the container, from its
//! create to the end of its credrun. No one reads a killed credrun's file, because its container is
//! no longer served; the next run that writes there removes it.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::state::{self, StateDirectory};
use crate::credentials::{from_iso8601, iso8601};
use crate::live::renewal::current::CurrentSet;
use crate::messages::error::Error;
use crate::vars::Environment;

/// How long the file's removal may take; a file system may hang.
const REMOVAL_LIMIT: Duration = Duration::from_secs(2);

/// The file, and the task that keeps it up to date.
pub(crate) struct ValidUntil {
    note: Note,
    task: JoinHandle<()>,
}

impl ValidUntil {
    /// Waits until the file is removed, which happens when renewal ends.
    pub(crate) async fn forget(self) {
        let _ = timeout(REMOVAL_LIMIT, self.task).await;
    }

    /// Removes the file of a container that is gone, while its set is renewed for others.
    pub(crate) async fn remove(self) {
        self.task.abort();
        let _ = timeout(REMOVAL_LIMIT, self.note.tell(None)).await;
    }
}

/// Keeps the time in the file, for as long as `set` is renewed. Nothing depends on it: if it cannot
/// be written, `ps` shows the time as unknown.
#[must_use]
pub(crate) fn keep(
    environment: &Environment,
    container: &str,
    set: CurrentSet,
) -> Option<ValidUntil> {
    environment.state_directory()?;
    let note = Note {
        environment: environment.clone(),
        container: id(container)?.to_owned(),
    };
    let task = tokio::spawn(follow(note.clone(), set));
    Some(ValidUntil { note, task })
}

/// The time in the file; none if there is no such file on this machine.
#[must_use]
pub(crate) fn read(environment: &Environment, container: &str) -> Option<SystemTime> {
    let name = name(id(container)?);
    let text = StateDirectory::existing(environment)?.read(&name).ok()?;
    from_iso8601(text.trim())
}

/// An ID from the Engine is checked before it becomes part of a path.
fn id(container: &str) -> Option<&str> {
    let is_id = !container.is_empty() && container.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(container)
}

fn name(container: &str) -> String {
    format!("{container}.{}", state::VALID_UNTIL)
}

async fn follow(note: Note, mut set: CurrentSet) {
    // Kept open, so that it does not look like one that a killed credrun left.
    let mut held = None;
    let mut told = None;
    loop {
        let end = set.expiration();
        if end != told {
            told = end;
            held = note.tell(end).await;
        }
        if !set.changed().await {
            break;
        }
    }
    if told.is_some() {
        note.tell(None).await;
    }
    drop(held);
}

/// The file of one container's expiry.
#[derive(Clone)]
struct Note {
    environment: Environment,
    container: String,
}

impl Note {
    /// On its own thread: the file system must not hold up the endpoint's answers.
    async fn tell(&self, end: Option<SystemTime>) -> Option<File> {
        let note = self.clone();
        match spawn_blocking(move || note.write(end)).await {
            Ok(Ok(file)) => file,
            Ok(Err(error)) => {
                let why = error.report();
                tracing::debug!(why, "cannot tell until when the set is valid");
                None
            }
            Err(_) => None,
        }
    }

    fn write(&self, end: Option<SystemTime>) -> Result<Option<File>, Error> {
        let directory = StateDirectory::make(&self.environment)?;
        let name = name(&self.container);
        let written = || match end {
            Some(end) => {
                directory.tidy();
                let draft = format!("{}.draft.{}", self.container, state::VALID_UNTIL);
                // An earlier attempt may have ended half-way.
                let _ = directory.remove(&draft);
                let mut file = directory.create(&draft)?;
                writeln!(file, "{}", iso8601(end))?;
                directory.replace(&name, &draft)?;
                Ok(Some(file))
            }
            None => directory.remove(&name).map(|()| None),
        };
        written().map_err(|source| Error::Local {
            action: format!("write {}", directory.path_of(&name).display()),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use tokio::sync::Notify;

    use super::*;
    use crate::credentials::{CredentialValues, Credentials};
    use crate::live::renewal::Renewal;

    const ID: &str = "0123456789abcdef";

    fn ending(expiration: Option<SystemTime>) -> Credentials {
        Credentials::new(CredentialValues {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: "KEEP-OUT".into(),
            session_token: Some("KEEP-OUT".into()),
            expiration,
            account_id: None,
        })
        .expect("a set")
    }

    fn at(seconds: u64) -> SystemTime {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let whole = now.expect("after 1970").as_secs() + seconds;
        SystemTime::UNIX_EPOCH + Duration::from_secs(whole)
    }

    /// Polls `condition` until it holds.
    async fn until(condition: impl Fn() -> bool) {
        let holds = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), holds).await.expect("soon");
    }

    /// A renewal from a set that is due at once to `next`, which comes when `go` fires.
    fn renewal(first: SystemTime, next: Option<SystemTime>, go: &Arc<Notify>) -> Renewal {
        let go = Arc::clone(go);
        let fetch = move || {
            let go = Arc::clone(&go);
            async move {
                go.notified().await;
                Ok(ending(next))
            }
        };
        Renewal::start(ending(Some(first)), fetch, Arc::new(|_| {}))
    }

    fn home(directory: &tempfile::TempDir) -> Environment {
        Environment::fixed([("HOME", directory.path().to_str().expect("UTF-8"))])
    }

    #[tokio::test]
    async fn the_file_of_a_container_that_is_gone_is_removed_while_the_set_is_renewed() {
        let directory = tempfile::tempdir().expect("a directory");
        let environment = home(&directory);
        let first = at(3600);
        let renewal = renewal(first, None, &Arc::new(Notify::new()));
        let valid_until = keep(&environment, ID, renewal.current()).expect("a home");
        until(|| read(&environment, ID) == Some(first)).await;
        valid_until.remove().await;
        assert_eq!(read(&environment, ID), None);
        drop(renewal);
    }

    #[tokio::test]
    async fn the_time_is_that_of_the_set_that_is_served_and_gone_with_the_run() {
        let directory = tempfile::tempdir().expect("a directory");
        let environment = home(&directory);
        let (first, next) = (at(2), at(3600));
        let go = Arc::new(Notify::new());
        let renewal = renewal(first, Some(next), &go);
        let valid_until = keep(&environment, ID, renewal.current()).expect("a home");
        until(|| read(&environment, ID) == Some(first)).await;
        go.notify_one();
        until(|| read(&environment, ID) == Some(next)).await;
        let state = directory.path().join(".local/state/credrun");
        let text = fs::read_to_string(state.join(format!("{ID}.valid-until"))).expect("a file");
        assert_eq!(text, format!("{}\n", iso8601(next)));
        drop(renewal);
        valid_until.forget().await;
        assert_eq!(fs::read_dir(state).expect("a directory").count(), 0);
    }

    #[tokio::test]
    async fn a_set_without_an_end_has_no_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let environment = home(&directory);
        let go = Arc::new(Notify::new());
        let renewal = renewal(at(2), None, &go);
        let ValidUntil { task, .. } = keep(&environment, ID, renewal.current()).expect("a home");
        until(|| read(&environment, ID).is_some()).await;
        go.notify_one();
        // The next set is served permanently: there is nothing more to follow.
        let done = timeout(Duration::from_secs(20), task).await;
        assert!(matches!(done, Ok(Ok(()))));
        assert_eq!(read(&environment, ID), None);
    }

    #[test]
    fn a_name_that_is_no_id_names_no_file() {
        assert_eq!(id(ID), Some(ID));
        for name in ["", "../../x", "web"] {
            assert_eq!(id(name), None, "{name}");
        }
    }
}
