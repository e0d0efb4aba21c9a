//! Files that a user names for output and that a new file must not replace: pipes, devices, and where
//! credrun's own output goes.

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

/// Whether `path` is a pipe, a device, or the file that stdout or stderr goes to.
pub(crate) fn is_one(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|what| !what.is_dir() && (!what.is_file() || is_own_output(&what)))
}

/// Whether `path` is a pipe, with a name or without.
pub(crate) fn is_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|what| what.file_type().is_fifo())
}

/// A new file that replaced it would lose the container's output.
fn is_own_output(file: &fs::Metadata) -> bool {
    [rustix::stdio::stdout(), rustix::stdio::stderr()]
        .into_iter()
        .filter_map(|own| File::from(own.try_clone_to_owned().ok()?).metadata().ok())
        .any(|own| (own.dev(), own.ino()) == (file.dev(), file.ino()))
}
