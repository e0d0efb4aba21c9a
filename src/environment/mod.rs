//! What goes into the container's environment, with `--live` or without. [`variables`] is the one
//! list of the variables that matter; [`injection`] and [`live`] apply it.

pub mod injection;
pub mod live;
pub mod shared_files;
pub(crate) mod user;
pub mod variables;

/// `NAME` of `NAME=value`.
fn name_of(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(name, _)| name)
}
