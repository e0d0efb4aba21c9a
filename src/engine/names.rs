//! What an Engine has, by name, for the completion of a command line.

use bollard::query_parameters::{ListImagesOptions, ListNetworksOptions};

use super::Engine;

impl Engine {
    /// The names of its images with their tags; none where it cannot be asked.
    pub(crate) async fn image_names(&self) -> Vec<String> {
        let images = self
            .docker
            .list_images(None::<ListImagesOptions>)
            .await
            .unwrap_or_default();
        let tags = images.into_iter().flat_map(|image| image.repo_tags);
        // Podman and older Engines list images without a name under this one.
        tags.filter(|tag| !tag.contains("<none>")).collect()
    }

    /// The names of its networks; none where it cannot be asked.
    pub(crate) async fn network_names(&self) -> Vec<String> {
        let networks = self
            .docker
            .list_networks(None::<ListNetworksOptions>)
            .await
            .unwrap_or_default();
        networks
            .into_iter()
            .filter_map(|network| network.name)
            .collect()
    }
}
