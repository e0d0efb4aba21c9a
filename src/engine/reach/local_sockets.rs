//! The sockets on which programs like Docker Desktop and Colima offer an Engine. docker's client
//! does not know them unless a docker context names one, and neither does credrun: `doctor` only
//! says which are there.

use std::os::unix::fs::FileTypeExt as _;
use std::path::PathBuf;

use crate::vars::{self, Environment};

/// The socket of a program that offers an Engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalSocket {
    /// The program.
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
}

/// Below the home directory, as each program's own documentation names it.
const BELOW_HOME: [(&str, &str); 8] = [
    ("Docker Desktop", ".docker/run/docker.sock"),
    // On Linux.
    ("Docker Desktop", ".docker/desktop/docker.sock"),
    ("OrbStack", ".orbstack/run/docker.sock"),
    ("Colima", ".colima/default/docker.sock"),
    // Of a Colima that follows the XDG Base Directory Specification.
    ("Colima", ".config/colima/default/docker.sock"),
    ("Rancher Desktop", ".rd/docker.sock"),
    ("Lima", ".lima/docker/sock/docker.sock"),
    (
        "Podman",
        ".local/share/containers/podman/machine/podman.sock",
    ),
];

/// Finch's is the same for all users.
const FINCH: &str = "/Applications/Finch/lima/data/finch/sock/finch.sock";

/// Below `XDG_RUNTIME_DIR`.
const BELOW_RUNTIME: [(&str, &str); 2] = [
    ("rootless Docker", "docker.sock"),
    ("Podman", "podman/podman.sock"),
];

/// Those that are there.
pub(crate) fn present(environment: &Environment) -> Vec<LocalSocket> {
    let below = |directory: Option<PathBuf>, table: &[(&'static str, &str)]| {
        let directory = directory.into_iter();
        let all = directory.flat_map(|directory| {
            table.iter().map(move |(name, path)| LocalSocket {
                name,
                path: directory.join(path),
            })
        });
        all.collect::<Vec<_>>()
    };
    let runtime = environment.non_empty(vars::XDG_RUNTIME_DIR);
    let finch = LocalSocket {
        name: "Finch",
        path: FINCH.into(),
    };
    let mut sockets = below(environment.home(), &BELOW_HOME);
    sockets.push(finch);
    sockets.extend(below(runtime.map(PathBuf::from), &BELOW_RUNTIME));
    sockets.retain(|socket| {
        let found = std::fs::metadata(&socket.path);
        found.is_ok_and(|found| found.file_type().is_socket())
    });
    sockets
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn the_sockets_that_are_there_are_named_by_their_programs() {
        let home = tempfile::tempdir().expect("a directory");
        for path in [".colima/default", ".rd", ".orbstack/run"] {
            std::fs::create_dir_all(home.path().join(path)).expect("a directory");
        }
        let path = home.path().join(".colima/default/docker.sock");
        let _listener = UnixListener::bind(&path).expect("a socket");
        // No socket.
        std::fs::write(home.path().join(".rd/docker.sock"), "").expect("a file");
        let home = home.path().to_str().expect("UTF-8");
        let found = present(&Environment::fixed([(vars::HOME, home)]));
        assert_eq!(
            found,
            [LocalSocket {
                name: "Colima",
                path
            }]
        );
    }
}
