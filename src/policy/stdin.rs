//! `-`: stdin in the place of a file.

use std::path::Path;

const STDIN: &str = "-";

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == STDIN
}
