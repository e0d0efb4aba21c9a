//! Which Engine: `--host`, `--context`, `DOCKER_HOST`, `DOCKER_CONTEXT`, `currentContext`.

use http::HeaderMap;

use super::connect::Connector;

/// An Engine that has been chosen, but not yet spoken to.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// How to reach it.
    pub connector: Connector,
    /// Its address as a user writes it: `unix:///var/run/docker.sock`.
    pub address: String,
    /// What chose it: `DOCKER_HOST`, `context "build"`, `default`.
    pub chosen_by: String,
    /// A path before every request's; empty in all but odd `tcp://host/path` addresses.
    pub base_path: String,
    /// The API version that the user pinned, such as `1.41`; negotiated where there is none.
    pub api_version: Option<String>,
    /// Headers of every request: `HttpHeaders` of config.json, `DOCKER_CUSTOM_HEADERS`.
    pub headers: HeaderMap,
}
