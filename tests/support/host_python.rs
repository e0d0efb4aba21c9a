//! Python in containers whose image has none: this machine's own and its packages, mounted where they
//! are. Nothing is built, and each version is that of `scripts/requirements.txt`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::aws::python_tool;
use super::process::run;
use super::{repository, script};

/// The AWS CLI v2, for `PYTHONPATH`: version 1 is among the packages.
///
/// # Panics
///
/// Where it cannot be installed.
pub fn cli_v2() -> &'static Path {
    static CLI: OnceLock<PathBuf> = OnceLock::new();
    CLI.get_or_init(|| {
        let install = Command::new(script("aws-cli-v2.sh")).status();
        assert!(install.is_ok_and(|status| status.success()));
        repository("target/aws-cli-v2/aws-cli")
    })
}

/// Where this machine's Python is.
fn base_prefix() -> &'static str {
    static PREFIX: OnceLock<String> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let mut python = Command::new(python_tool("python"));
        let ask = "import sys; print(sys.base_prefix)";
        let prefix = run(python.args(["-c", ask])).success().out();
        prefix.trim().to_owned()
    })
}

/// Adds a volume, for reading.
///
/// # Panics
///
/// Where the path is not UTF-8.
pub fn mount(command: &mut Command, from: &Path, to: &str) {
    let from = from.to_str().expect("UTF-8");
    command.args(["-v", &format!("{from}:{to}:ro")]);
}

/// A directory of this machine where it is here.
///
/// # Panics
///
/// Where the path is not UTF-8.
pub fn mount_same(command: &mut Command, directory: &Path) {
    mount(command, directory, directory.to_str().expect("UTF-8"));
}

/// Adds the volumes to `docker run` or its like.
pub fn mount_python(command: &mut Command) {
    for (from, to) in python_volumes() {
        mount(command, &from, &to);
    }
}

/// What Python needs: where it is on this machine, and where in the container.
///
/// # Panics
///
/// Where a path is not UTF-8.
pub fn python_volumes() -> Vec<(PathBuf, String)> {
    let mut volumes: Vec<(PathBuf, String)> = [
        ("/usr", "/usr"),
        ("/usr/lib", "/lib"),
        ("/usr/lib64", "/lib64"),
    ]
    .map(|(from, to)| (from.into(), to.to_owned()))
    .into();
    let same = |path: &Path| (path.to_owned(), path.to_str().expect("UTF-8").to_owned());
    if base_prefix() != "/usr" {
        volumes.push(same(Path::new(base_prefix())));
    }
    volumes.push(same(&repository("target/python")));
    volumes.push(same(cli_v2()));
    volumes
}
