//! Finding containers.

use std::collections::HashMap;

use http::{Method, Request};
use http_body_util::BodyExt as _;

use super::action::Action;
use super::lifecycle::path_with_query;
use super::transport::{body, refusal};
use super::{Engine, EngineError, Image, within};

/// Compose's labels for the project and the service of a container.
pub const LABEL_PROJECT: &str = "com.docker.compose.project";
pub const LABEL_SERVICE: &str = "com.docker.compose.service";

/// A container in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its 64-digit ID.
    pub id: String,
    /// Its name, without docker's leading slash.
    pub name: String,
    /// Its image, as named at create.
    pub image: String,
    pub image_id: String,
    /// Its state in one word: `running`, and others that differ between docker and Podman.
    pub state: String,
    /// Its state and how long it has been in it, for people: `Up 3 minutes`.
    pub status: String,
    pub labels: HashMap<String, String>,
}

impl Listed {
    /// Whether it runs, or will run again by itself. `stopping` is Podman's word for a container
    /// that has been sent its stop signal; docker calls that `running`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        ["running", "restarting", "paused", "stopping"].contains(&&*self.state)
    }
}

impl Engine {
    /// All containers, in any state.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn containers(&self) -> Result<Vec<Listed>, EngineError> {
        self.list(&HashMap::new()).await
    }

    /// All containers with this label, `NAME=value`, in any state.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn containers_with(&self, label: String) -> Result<Vec<Listed>, EngineError> {
        let filters = HashMap::from([("label".to_owned(), vec![label])]);
        self.list(&filters).await
    }

    /// The containers with this label, `NAME=value`, that were created and never started, or are
    /// being removed: these still hold their names.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn never_started(&self, label: String) -> Result<Vec<Listed>, EngineError> {
        let filters = HashMap::from([
            (
                "status".to_owned(),
                ["created", "removing"].map(str::to_owned).into(),
            ),
            ("label".to_owned(), vec![label]),
        ]);
        self.list(&filters).await
    }

    /// The same containers without the labels from their images. `docker commit` puts a container's
    /// labels into the image that it creates, and every container of that image inherits them, so
    /// they say nothing about it. The labels in `as_one` form a unit: they are the image's only if
    /// all of them are.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn with_own_labels(
        &self,
        mut containers: Vec<Listed>,
        as_one: &[&str],
    ) -> Result<Vec<Listed>, EngineError> {
        let mut images: HashMap<String, Option<Image>> = HashMap::new();
        for container in &mut containers {
            let id = &container.image_id;
            if !id.is_empty() && !images.contains_key(id) {
                images.insert(id.clone(), self.image(id).await?);
            }
            match images.get(id).and_then(Option::as_ref) {
                Some(image) => drop_images(&mut container.labels, &image.labels, as_one),
                // The image was removed by force under a container that does not run: its labels
                // are unknown.
                None => container.labels.clear(),
            }
        }
        Ok(containers)
    }

    /// The request does not use bollard, which knows docker's states only, and rejects a whole list
    /// if one container has another state, such as Podman's `stopped`.
    async fn list(
        &self,
        filters: &HashMap<String, Vec<String>>,
    ) -> Result<Vec<Listed>, EngineError> {
        let filters = serde_json::to_string(filters)
            .map_err(|error| EngineError::invalid_request(error.into()))?;
        let query = [("all", "true"), ("filters", filters.as_str())];
        let request = Request::builder()
            .method(Method::GET)
            .uri(path_with_query("/containers/json", &query))
            .body(body(""))
            .map_err(|error| EngineError::invalid_request(error.into()))?;
        within(self.limits().short_step, Action::List, async {
            let response = self.transport.send(request).await?;
            if !response.status().is_success() {
                return Err(EngineError::Refused {
                    action: Action::List,
                    source: refusal(response).await,
                });
            }
            let bytes = response.into_body().collect().await;
            read(&bytes.map_err(EngineError::lost)?.to_bytes())
        })
        .await
    }
}

/// Drops from a container's labels those of its image.
fn drop_images(
    labels: &mut HashMap<String, String>,
    image: &HashMap<String, String>,
    as_one: &[&str],
) {
    let all_are = as_one
        .iter()
        .all(|&name| labels.get(name) == image.get(name));
    labels.retain(|name, value| match as_one.contains(&name.as_str()) {
        true => !all_are,
        false => image.get(name) != Some(value),
    });
}

/// The first digits of an ID, as docker shows it.
#[must_use]
pub fn short_id(id: &str) -> String {
    id.chars().take(12).collect()
}

fn read(list: &[u8]) -> Result<Vec<Listed>, EngineError> {
    let summaries: Vec<Summary> =
        serde_json::from_slice(list).map_err(|source| EngineError::Nonsense {
            action: Action::List,
            source: source.into(),
        })?;
    Ok(summaries.into_iter().map(Listed::from).collect())
}

/// A container as the Engine lists it.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Summary {
    id: String,
    names: Option<Vec<String>>,
    image: String,
    #[serde(rename = "ImageID")]
    image_id: String,
    state: String,
    status: String,
    labels: Option<HashMap<String, String>>,
}

impl From<Summary> for Listed {
    fn from(summary: Summary) -> Self {
        let name = summary
            .names
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default();
        Self {
            id: summary.id,
            name: name.trim_start_matches('/').to_owned(),
            image: summary.image,
            image_id: summary.image_id,
            state: summary.state,
            status: summary.status,
            labels: summary.labels.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_in_several_labels_is_the_images_only_as_a_whole() {
        let labels = |pairs: &[(&str, &str)]| -> HashMap<String, String> {
            let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
            pairs.iter().map(owned).collect()
        };
        let own = |container: &[(&str, &str)]| {
            let mut container = labels(container);
            let image = labels(&[("host", "a"), ("process", "1"), ("maker", "me")]);
            drop_images(&mut container, &image, &["host", "process"]);
            container
        };
        let another = [("host", "a"), ("process", "2")];
        assert_eq!(
            own(&[&another[..], &[("maker", "me")]].concat()),
            labels(&another)
        );
        let same = [("host", "a"), ("process", "1"), ("maker", "you")];
        assert_eq!(own(&same), labels(&[("maker", "you")]));
    }

    #[test]
    fn a_state_that_docker_does_not_know_spoils_no_list() {
        let list = br#"[{"Id": "01", "Names": ["/web"], "State": "stopped", "Labels": null}]"#;
        let listed = read(list).expect("a list");
        assert_eq!((&*listed[0].id, &*listed[0].name), ("01", "web"));
        assert!(!listed[0].is_active());
    }
}
