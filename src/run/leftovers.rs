//! Removes what a killed credrun left: containers that were created and never started, with a set
//! in their environment unless they are behind a relay.
//!
//! The Engine removes a container that has run. One that never ran stays permanently, as it does
//! with docker's client. So the next run removes it before its own create: it may hold the name or
//! the port that the new container needs.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::engine::{Engine, EngineError, Listed};
use crate::relay::owner::{self, Owner};

/// How long a run waits for the cleanup. It takes a millisecond if there is nothing to remove.
const LIMIT: Duration = Duration::from_secs(5);
/// How often to check whether another run has removed a container.
const LOOK: Duration = Duration::from_millis(20);

/// Removes what ended credruns on this machine left. Another machine's containers are left alone:
/// whether their credrun runs cannot be known here.
///
/// Best effort: leftovers of another run do not fail this one.
pub(super) async fn remove(engine: &Engine) {
    let Some(own) = Owner::this_process() else {
        return;
    };
    if timeout(LIMIT, remove_all(engine, &own)).await.is_err() {
        tracing::debug!("the Engine took too long to tell of leftovers, or to remove them");
    }
}

async fn remove_all(engine: &Engine, own: &Owner) {
    let mut left = match find(engine, own).await {
        Ok(found) => found,
        Err(error) => return tracing::debug!(%error, "cannot look for leftovers"),
    };
    for container in &left {
        match engine.remove(&container.id).await {
            Ok(()) => tracing::info!(name = %container.name, "removed a killed run's container"),
            Err(error) => tracing::debug!(%error, name = %container.name, "cannot remove"),
        }
    }
    // Another run may be removing one already: its name is free once it is gone.
    while !left.is_empty() {
        match find(engine, own).await {
            Ok(found) => left.retain(|one| found.iter().any(|found| found.id == one.id)),
            Err(_) => return,
        }
        if !left.is_empty() {
            sleep(LOOK).await;
        }
    }
}

async fn find(engine: &Engine, own: &Owner) -> Result<Vec<Listed>, EngineError> {
    let mut found = engine.never_started(own.host_filter()).await?;
    found.retain(is_orphan);
    // A container from an image made by `docker commit` has a dead owner's labels from that image,
    // and is not ours to remove.
    let mut found = engine.with_own_labels(found, &owner::LABELS).await?;
    found.retain(is_orphan);
    Ok(found)
}

fn is_orphan(container: &Listed) -> bool {
    Owner::of(&container.labels).is_some_and(|owner| owner.is_gone())
}
