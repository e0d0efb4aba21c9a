//! One relay container, from create to removal.

use std::time::Duration;

use bollard::models::ContainerCreateBody;

use super::stdout::Stdout;
use crate::engine::{Attached, Attachment, Engine, Wait, WaitCondition, short_id};
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::image::{NoRelay, relay_image};
use crate::relay::mux::Mux;

/// How long a relay may take to end and be removed once its stdin is closed. Ending takes
/// milliseconds; most of the time goes to the Engine's taking down of the network.
const GONE_LIMIT: Duration = Duration::from_secs(5);

/// The same where credrun removes it, after the container in its network.
const REMOVED_LIMIT: Duration = Duration::from_secs(20);

/// A relay that listens.
pub(super) struct Listening {
    /// Its connections. It ends when this is dropped.
    pub mux: Mux,
    pub gone: Gone,
}

/// The Engine's removal of a relay, to wait for.
pub(super) struct Gone {
    id: String,
    wait: Wait,
}

/// A relay that has been created, but not started.
pub(super) struct Created {
    pub id: String,
}

impl Created {
    /// Starts it; leaves nothing if that fails.
    pub(super) async fn start(self, engine: &Engine) -> Result<Listening, Error> {
        let Self { id } = self;
        match start(engine, &id).await {
            Ok((mux, wait)) => Ok(Listening {
                gone: Gone { id, wait },
                mux,
            }),
            Err(error) => {
                // Report the first failure.
                remove(engine, &id).await;
                Err(error)
            }
        }
    }
}

pub(super) async fn create(
    engine: &Engine,
    request: &ContainerCreateBody,
) -> Result<Created, Error> {
    let id = engine.create(None, None, request).await?.id;
    Ok(Created { id })
}

impl Gone {
    /// Waits for the removal, so that name, ports and network are free again. Removes the container
    /// by force if it is still there at the end.
    pub(super) async fn or_removed(self, engine: &Engine) {
        let gone = tokio::time::timeout(GONE_LIMIT, self.wait.ended()).await;
        if !matches!(gone, Ok(Ok(_))) {
            remove(engine, &self.id).await;
        }
    }
}

/// Removes a relay that has ended, once the container in its network has been removed. Podman
/// removes neither a relay before that, nor tries again after it.
pub(crate) async fn remove_after_its_container(engine: &Engine, id: &str) {
    // Each attempt takes time from a busy machine that is still removing the container.
    let (mut pause, longest) = (Duration::from_millis(20), Duration::from_secs(1));
    let removed = async {
        while engine.exists(id).await.unwrap_or(false) {
            if let Err(error) = engine.remove(id).await {
                tracing::debug!(%error, "the relay is not removed yet");
            }
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(longest);
        }
    };
    if tokio::time::timeout(REMOVED_LIMIT, removed).await.is_err() {
        remove(engine, id).await;
    }
}

async fn remove(engine: &Engine, id: &str) {
    if let Err(error) = engine.remove(id).await {
        Notices::new(false).left_over(&short_id(id), &error);
    }
}

/// The ID of the relay's image; loads the image if the Engine does not have it yet.
pub(crate) async fn load_image(engine: &Engine) -> Result<String, Error> {
    let image = relay_image(&engine.architecture().await?)?;
    if let Some(id) = id_of(engine, &image.ids).await? {
        return Ok(id);
    }
    engine.load_image(image.archive).await?;
    let id = id_of(engine, &image.ids).await?;
    Ok(id.ok_or(NoRelay::NotKept)?)
}

/// The one of `ids` by which the Engine has an image. Each is a digest of its content.
async fn id_of(engine: &Engine, ids: &[String]) -> Result<Option<String>, Error> {
    for id in ids {
        let found = engine.image(id).await?.map(|image| image.id);
        if let Some(found) = found.filter(|found| ids.contains(found)) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn start(engine: &Engine, id: &str) -> Result<(Mux, Wait), Error> {
    let streams = Attachment {
        stdin: true,
        stdout: true,
        stderr: true,
        detach_keys: None,
    };
    let attached = engine.attach(id, &streams).await?;
    let gone = engine.wait(id, WaitCondition::Removed).await?;
    engine.start(id).await?;
    let Attached { stream, first } = attached;
    let (reader, stdin) = tokio::io::split(stream);
    let stdout = Stdout::new(reader, &first);
    Ok((Mux::connect(stdout, stdin).await?, gone))
}
