//! Finding containers.

use std::collections::HashMap;

use bollard::models::ContainerSummary;
use bollard::query_parameters::ListContainersOptionsBuilder;

use super::{Engine, EngineError, Image, within};

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
    /// That image's ID.
    pub image_id: String,
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

    /// The same containers without the labels that they have from their images. `docker commit`
    /// puts a container's labels into the image that it makes, and every container of that image
    /// has them, too: they say nothing of it.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn with_own_labels(
        &self,
        mut containers: Vec<Listed>,
    ) -> Result<Vec<Listed>, EngineError> {
        let mut images: HashMap<String, Option<Image>> = HashMap::new();
        for container in &mut containers {
            let id = &container.image_id;
            if !id.is_empty() && !images.contains_key(id) {
                images.insert(id.clone(), self.image(id).await?);
            }
            match images.get(id).and_then(Option::as_ref) {
                Some(image) => container
                    .labels
                    .retain(|name, value| image.labels.get(name) != Some(value)),
                // Forced away under a container that does not run: nobody can tell any more.
                None => container.labels.clear(),
            }
        }
        Ok(containers)
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
            image_id: summary.image_id.unwrap_or_default(),
            state: summary
                .state
                .map(|state| state.to_string())
                .unwrap_or_default(),
            status: summary.status.unwrap_or_default(),
            labels: summary.labels.unwrap_or_default(),
        }
    }
}
