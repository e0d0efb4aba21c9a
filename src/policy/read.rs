//! The lines of `--record` files. Several files are several runs; a file that was put aside with `.1`
//! at the end of its name is the beginning of its run.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::error::{BadLine, PolicyError};
use super::stdin::is_stdin;
use crate::files;
use crate::record::former;
use crate::record::line::{LONGEST_LINE, Line};

/// A newer credrun's lines can be longer than this one's.
const LONGEST: usize = 8 * LONGEST_LINE;

/// What is not read as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skipped {
    /// The last line is cut, as of a run that was killed.
    CutLine { path: PathBuf, number: usize },
    /// A file that was put aside is read, too.
    Earlier { path: PathBuf },
}

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutLine { path, number } => write!(
                formatter,
                "{}:{number} is truncated and was skipped",
                path.display()
            ),
            Self::Earlier { path } => write!(
                formatter,
                "also reading {}: the run began there",
                path.display()
            ),
        }
    }
}

/// Hands each line to `each`, with the number of its run.
///
/// # Errors
/// A file cannot be read, or has a line that is none of a record.
pub(crate) fn read(
    files: &[PathBuf],
    mut each: impl FnMut(usize, Line<'_>),
) -> Result<Vec<Skipped>, PolicyError> {
    let mut skipped = Vec::new();
    let places: Vec<_> = files.iter().map(|path| place(path)).collect();
    for (run, path) in files.iter().enumerate() {
        let is_there = |(at, other): (usize, &PathBuf)| match other == &places[run] {
            true => at < run,
            // A pattern of the shell, `calls*`, names both: it is read with the rest of its run.
            false => earlier(other).is_some_and(|earlier| place(&earlier) == places[run]),
        };
        if places.iter().enumerate().any(is_there) {
            continue;
        }
        if let Some(earlier) = earlier(path) {
            skipped.extend(lines(&earlier, |line| each(run, line))?);
            if !places.contains(&place(&earlier)) {
                skipped.push(Skipped::Earlier { path: earlier });
            }
        }
        skipped.extend(lines(path, |line| each(run, line))?);
    }
    Ok(skipped)
}

/// The same for each name of a file.
fn place(path: &Path) -> PathBuf {
    match is_stdin(path) {
        true => path.to_owned(),
        false => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
    }
}

/// The file that the record's run has put aside, if it has. The record says so in its first line: a file
/// with that name can be another's.
fn earlier(path: &Path) -> Option<PathBuf> {
    let is_file = !is_stdin(path) && path.is_file();
    let file = is_file.then(|| File::open(path).ok()).flatten()?;
    let mut first = Vec::new();
    let mut file = BufReader::new(file).take(LONGEST as u64);
    file.read_until(b'\n', &mut first).ok()?;
    let line: Line<'_> = serde_json::from_slice(&first).ok()?;
    (line.lines_put_aside > 0).then(|| former(path))
}

fn lines(path: &Path, mut each: impl FnMut(Line<'_>)) -> Result<Option<Skipped>, PolicyError> {
    let failed = |source| PolicyError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = open(path).map_err(failed)?;
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        let most = LONGEST as u64 + 1;
        let length = file.by_ref().take(most).read_until(b'\n', &mut text);
        if length.map_err(failed)? == 0 {
            break;
        }
        if text.len() > LONGEST {
            return Err(PolicyError::Long {
                path: path.to_owned(),
                number,
                most: LONGEST,
            });
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<Line<'_>>(&text) {
            Ok(line) => each(line),
            Err(_) if !is_text(&text) => {
                return Err(PolicyError::Line {
                    path: path.to_owned(),
                    number,
                    source: BadLine::Binary,
                });
            }
            // Only the last line can be without an end.
            Err(_) if !text.ends_with(b"\n") => {
                return Ok(Some(Skipped::CutLine {
                    path: path.to_owned(),
                    number,
                }));
            }
            Err(source) => {
                return Err(PolicyError::Line {
                    path: path.to_owned(),
                    number,
                    source: BadLine::of(&source),
                });
            }
        }
    }
    Ok(None)
}

/// Whether it can be text: a character that is cut at the end can.
fn is_text(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(text) => !text.contains('\0'),
        Err(error) => error.error_len().is_none(),
    }
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if is_stdin(path) {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = files::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(Box::new(BufReader::new(file)))
}

#[cfg(test)]
mod tests;
