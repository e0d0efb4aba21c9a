//! `--cidfile`: the container's ID, for scripts.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::container::FlagError;
use crate::messages::error::Error;

/// A file that was created and is still empty. It is removed again, unless an ID is written to it.
#[derive(Debug)]
pub(super) struct CidFile {
    path: PathBuf,
    file: File,
    written: bool,
}

impl CidFile {
    /// Creates the file first, so that no container exists whose ID cannot be written.
    pub(super) fn reserve(path: &Path) -> Result<Self, Error> {
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                file,
                written: false,
            }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(FlagError::with_hint(
                    format!("the container ID file {} exists already", path.display()),
                    "make sure that no other container uses it, and delete it",
                )
                .into())
            }
            Err(source) => Err(failed(path, source)),
        }
    }

    /// Writes the ID, without a newline, as docker does.
    pub(super) fn write(mut self, id: &str) -> Result<(), Error> {
        self.file
            .write_all(id.as_bytes())
            .map_err(|source| failed(&self.path, source))?;
        self.written = true;
        Ok(())
    }
}

impl Drop for CidFile {
    fn drop(&mut self) {
        if !self.written {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Local {
        action: format!("write the container ID file {}", path.display()),
        source,
    }
}
