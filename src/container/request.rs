//! The create request as sent: bollard's body, with credrun's own model of mounts.

use bollard::models::{ContainerCreateBody, HostConfig};
use serde::Serialize;

use super::mount::Mount;

/// The body of `POST /containers/create`. It holds credentials, and has no `Debug`.
#[derive(Serialize)]
pub struct CreateRequest {
    #[serde(flatten)]
    body: ContainerCreateBody,
    #[serde(rename = "HostConfig", skip_serializing_if = "Option::is_none")]
    host: Option<WithMounts>,
}

#[derive(Serialize)]
struct WithMounts {
    #[serde(flatten)]
    config: HostConfig,
    #[serde(rename = "Mounts", skip_serializing_if = "Vec::is_empty")]
    mounts: Vec<Mount>,
}

impl CreateRequest {
    pub(super) fn new(mut body: ContainerCreateBody, mounts: Vec<Mount>) -> Self {
        let host = body.host_config.take();
        Self {
            body,
            host: host.map(|config| WithMounts { config, mounts }),
        }
    }
}
