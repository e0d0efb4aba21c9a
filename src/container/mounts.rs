//! The mounts of a container: those of `--mount`, and the Engine's socket.

use std::path::Path;

use super::mount::{BindOptions, Mount};
use crate::cli::container::ContainerArgs;

/// All mounts of a container, with absolute sources.
pub(crate) fn collect(args: &ContainerArgs, directory: &Path) -> Vec<Mount> {
    let typed = args.filesystem.mount.iter();
    let mut mounts: Vec<Mount> = typed.map(|mount| mount.resolve(directory)).collect();
    if args.lifecycle.use_api_socket {
        mounts.push(api_socket());
    }
    mounts
}

/// `--use-api-socket`: the socket's path on the Engine's own host, however credrun reached the
/// Engine.
fn api_socket() -> Mount {
    const SOCKET: &str = "/var/run/docker.sock";
    Mount {
        typ: "bind".to_owned(),
        source: Some(SOCKET.to_owned()),
        target: Some(SOCKET.to_owned()),
        bind_options: Some(BindOptions::default()),
        ..Mount::default()
    }
}
