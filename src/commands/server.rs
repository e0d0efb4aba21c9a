//! What an Engine says about itself, for the commands that show it.

use std::fmt;

use serde::Serialize;

use crate::engine::{Engine, EngineError};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Server {
    pub(super) version: String,
    /// The version that credrun and the Engine agree on.
    pub(super) api_version: String,
    pub(super) os: String,
    pub(super) architecture: String,
    pub(super) podman: bool,
}

impl Server {
    pub(super) async fn of(engine: &Engine) -> Result<Self, EngineError> {
        let version = engine.version().await?;
        Ok(Self {
            version: version.version,
            api_version: engine.api_version().to_string(),
            os: engine.os().to_owned(),
            architecture: version.architecture,
            podman: engine.is_podman(),
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            api_version,
            os,
            architecture,
            podman,
        } = self;
        let name = if *podman { "Podman " } else { "" };
        write!(f, "{name}{version}, API {api_version}, {os}/{architecture}")
    }
}
