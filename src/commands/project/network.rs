//! Whose loopback a container has. Several may have the same one, and a relay answers them all.

use crate::engine::{Engine, EngineError, RunningContainer};

/// So many containers may have each the network of the next.
const MOST_SHARED: usize = 8;

/// A network namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Network {
    /// The container that has brought it.
    owner: String,
    /// Its first process: with another one, it has another namespace.
    process: Option<i64>,
    /// Its loopback is that of the host, with every user of the machine on it.
    pub(super) is_of_host: bool,
}

impl Network {
    /// # Errors
    /// [`EngineError`].
    pub(super) async fn of(
        engine: &Engine,
        container: &RunningContainer,
    ) -> Result<Self, EngineError> {
        let mut network = Self::brought_by(container);
        let mut shares = container.shares_network_of.clone();
        for _ in 0..MOST_SHARED {
            let Some(owner) = shares else {
                return Ok(network);
            };
            let container = match engine.container(&owner).await {
                Ok(container) => container,
                // Nobody can be started with that network either.
                Err(error) if error.refused_with() == Some(404) => return Ok(network),
                Err(error) => return Err(error),
            };
            network = Self::brought_by(&container);
            shares = container.shares_network_of;
        }
        // Not known, so no credentials.
        let is_of_host = network.is_of_host || shares.is_some();
        Ok(Self {
            is_of_host,
            ..network
        })
    }

    pub(super) fn brought_by(container: &RunningContainer) -> Self {
        Self {
            owner: container.id.clone(),
            process: container.process,
            is_of_host: container.on_host_network,
        }
    }

    /// Whether the container with this ID has brought it.
    pub(super) fn is_of(&self, id: &str) -> bool {
        self.owner == id
    }
}
