//! What goes into the container's environment, for each way to deliver credentials. [`variables`] is
//! the one list of the variables that matter; [`injection`], [`live`] and [`keyless`] apply it.

pub(crate) mod behind_relay;
mod entries;
pub mod injection;
pub(crate) mod keyless;
pub mod live;
pub mod shared_files;
pub(crate) mod user;
pub mod variables;

/// `NAME` of `NAME=value`.
fn name_of(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(name, _)| name)
}
