//! What goes into the container's environment, for each way in. [`variables`] is the one list of
//! what outranks what; [`injection`] and [`live`] carry it out.

pub(crate) mod injection;
pub mod live;
pub mod shared_files;
pub(crate) mod user;
pub mod variables;

/// `NAME` of `NAME=value`.
fn name_of(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(name, _)| name)
}
