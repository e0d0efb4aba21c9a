//! Finding containers by label.

use std::collections::HashMap;

use bollard::models::ContainerSummary;
use bollard::query_parameters::ListContainersOptionsBuilder;

use super::{Engine, EngineError, within};

const LIST: &str = "list containers";

/// A container in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its 64-digit ID.
    pub id: String,
    /// Its name, without docker's leading slash.
    pub name: String,
    /// Its image, as it was named at create.
    pub image: String,
    /// `running`, `created`, `exited`, `paused`, `restarting`.
    pub state: String,
    /// For how long it has been in that state, in the Engine's words: `Up 3 minutes`.
    pub status: String,
    /// Its network mode; `container:<id>` where it joins another's.
    pub network_mode: String,
    /// Its labels.
    pub labels: HashMap<String, String>,
}

impl Engine {
    /// All containers, in any state.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn containers(&self) -> Result<Vec<Listed>, EngineError> {
        let options = ListContainersOptionsBuilder::new().all(true).build();
        let listed = within(self.limits().short_step, LIST, async {
            self.docker
                .list_containers(Some(options))
                .await
                .map_err(|error| EngineError::from_bollard(LIST, error))
        })
        .await?;
        Ok(listed.into_iter().map(Listed::from).collect())
    }
}

impl From<ContainerSummary> for Listed {
    fn from(summary: ContainerSummary) -> Self {
        let name = summary
            .names
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default();
        Self {
            id: summary.id.unwrap_or_default(),
            name: name.trim_start_matches('/').to_owned(),
            image: summary.image.unwrap_or_default(),
            state: summary
                .state
                .map(|state| state.to_string())
                .unwrap_or_default(),
            status: summary.status.unwrap_or_default(),
            network_mode: summary
                .host_config
                .and_then(|config| config.network_mode)
                .unwrap_or_default(),
            labels: summary.labels.unwrap_or_default(),
        }
    }
}
