//! What a container's request takes from this host.

use std::path::PathBuf;

use crate::vars::Environment;

/// What a container takes from the host that credrun runs on.
#[derive(Debug, Clone)]
pub struct Host {
    /// Where `-e NAME` and `--env-file` look names up.
    pub environment: Environment,
    /// The directory that relative paths start from.
    pub working_directory: PathBuf,
    /// The proxy variables of config.json, both spellings of each name.
    pub proxies: Vec<(String, String)>,
    /// Height and width of the terminal on stdout.
    pub console_size: Option<(u16, u16)>,
    /// `detachKeys` of config.json.
    pub detach_keys: Option<String>,
}
