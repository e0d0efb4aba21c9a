//! Finding containers.

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
    /// Its labels.
    pub labels: HashMap<String, String>,
}

impl Engine {
    /// All containers, in any state.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn containers(&self) -> Result<Vec<Listed>, EngineError> {
        self.list(&HashMap::new()).await
    }

    /// The containers with this label, `NAME=value`, that were created and never started.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn never_started(&self, label: String) -> Result<Vec<Listed>, EngineError> {
        let filters = HashMap::from([
            ("status".to_owned(), vec!["created".to_owned()]),
            ("label".to_owned(), vec![label]),
        ]);
        self.list(&filters).await
    }

    async fn list(
        &self,
        filters: &HashMap<String, Vec<String>>,
    ) -> Result<Vec<Listed>, EngineError> {
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(filters)
            .build();
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
            labels: summary.labels.unwrap_or_default(),
        }
    }
}
