//! Docker contexts as stored beside config.json: `contexts/meta` and `contexts/tls`.
//!
//! A context's directory is named by the SHA-256 of its name.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::digest::sha256_hex;
use crate::files;

/// What credrun needs from a context.
#[derive(Debug)]
pub(crate) struct DockerContext {
    /// The Engine's address; empty for the default socket.
    pub host: String,
    /// Whether the Engine's certificate is not verified.
    pub skip_tls_verify: bool,
    /// The directory of its `ca.pem`, `cert.pem` and `key.pem`, if it has any.
    pub tls_directory: PathBuf,
}

/// Why a context cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// There is no context of that name.
    #[error("no such context")]
    NotFound,
    /// Its file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Its file does not have docker's format.
    #[error("cannot parse {}", path.display())]
    Malformed {
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It has no Engine address.
    #[error("it has no Docker endpoint")]
    NoEndpoint,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Name", default)]
    name: String,
    #[serde(rename = "Endpoints", default)]
    endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
struct Endpoints {
    docker: Option<DockerEndpoint>,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[derive(Default)]
struct DockerEndpoint {
    host: String,
    #[serde(rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

impl DockerContext {
    /// Reads the context `name` under docker's configuration directory.
    ///
    /// # Errors
    /// See [`ContextError`].
    pub(crate) fn read(directory: &Path, name: &str) -> Result<Self, ContextError> {
        let id = sha256_hex(name);
        let path = directory.join("contexts/meta").join(&id).join("meta.json");
        let bytes = match files::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ContextError::NotFound);
            }
            Err(source) => return Err(ContextError::Unreadable { path, source }),
        };
        let meta: Meta = serde_json::from_slice(&bytes)
            .map_err(|source| ContextError::Malformed { path, source })?;
        let endpoint = meta.endpoints.docker.ok_or(ContextError::NoEndpoint)?;
        Ok(Self {
            host: endpoint.host,
            skip_tls_verify: endpoint.skip_tls_verify,
            tls_directory: directory.join("contexts/tls").join(id).join("docker"),
        })
    }
}

/// The names of the contexts in docker's configuration directory, sorted. A directory's name is a
/// digest, so the name is read from its file.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = all(directory).map(|meta| meta.name).collect();
    names.push("default".to_owned());
    names.sort_unstable();
    names
}

/// The addresses that the contexts have.
pub(crate) fn hosts(directory: &Path) -> Vec<String> {
    all(directory)
        .filter_map(|meta| Some(meta.endpoints.docker?.host))
        .collect()
}

/// Those that can be read.
fn all(directory: &Path) -> impl Iterator<Item = Meta> {
    let entries = std::fs::read_dir(directory.join("contexts/meta"));
    entries.into_iter().flatten().flatten().filter_map(|entry| {
        let bytes = files::read(&entry.path().join("meta.json")).ok()?;
        serde_json::from_slice(&bytes).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_the_sha256_of_the_name() {
        // docker 28.2.2's message for a context that does not exist.
        assert_eq!(
            sha256_hex("nope"),
            "ca3704aa0b06f5954c79ee837faa152d84d6b2d42838f0637a15eda8337dbdce"
        );
    }
}
