//! What a killed credrun has left: containers that were created and never started.
//!
//! A relay that runs ends with its credrun, and the Engine removes it; nothing does that for one
//! that never ran. Docker's client leaves such containers for good.

use crate::engine::{Engine, EngineError, Listed};
use crate::inject::live::owner::{self, Owner};

/// Removes what belongs to credruns of this machine that run no longer. Another machine's are
/// left alone: whether their credrun runs cannot be known here.
///
/// Best effort: a run does not fail for what another has left.
pub async fn remove(engine: &Engine, own: Option<&Owner>) {
    let Some(own) = own else { return };
    let found = match find(engine, own).await {
        Ok(found) => found,
        Err(error) => return tracing::debug!(%error, "cannot look for leftovers"),
    };
    for container in found {
        match engine.remove(&container.id).await {
            Ok(()) => tracing::info!(name = %container.name, "removed a killed run's container"),
            Err(error) => tracing::debug!(%error, name = %container.name, "cannot remove"),
        }
    }
}

async fn find(engine: &Engine, own: &Owner) -> Result<Vec<Listed>, EngineError> {
    let mut found = engine.never_started(own.host_filter()).await?;
    found.retain(is_orphan);
    // A container that somebody made from an image of `docker commit` has a dead owner's labels
    // from that image, and is not ours to remove.
    let mut found = engine.with_own_labels(found, &owner::LABELS).await?;
    found.retain(is_orphan);
    Ok(found)
}

fn is_orphan(container: &Listed) -> bool {
    Owner::of(&container.labels).is_some_and(|owner| owner.is_gone())
}
