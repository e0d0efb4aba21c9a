//! Finds the programs that credrun calls: `ssh`, and docker's credential helpers.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::vars::{self, Environment};

/// The first executable file called `name` in a directory of `PATH`.
///
/// Relative directories are skipped: the program must not depend on the working directory.
pub(crate) fn find(name: &str, environment: &Environment) -> Option<PathBuf> {
    let path = environment.get(vars::PATH)?;
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && access(file, Access::EXEC_OK).is_ok()
}
