//! Serves containers that credrun has not started: those of a Compose project, and the dev container
//! of a folder.
//!
//! ```text
//! successor ─▶ serving ─▶ follow the Engine's events ─▶ a relay for each container that expects one
//! ```
//!
//! Whoever calls gives the containers a [`Key`] by their variables. How it gets there is the caller's.

mod containers;
mod follow;
mod key;
mod network;
mod pid_file;
mod relays;
mod serving;
mod successor;
mod supplies;
mod variables;
mod warned;
mod warning;

pub(super) use containers::{Containers, Project, Whose};
pub(super) use follow::Caller;
pub(super) use key::Key;
pub(super) use pid_file::PidFile;
pub(super) use serving::Serving;
pub(super) use successor::Successor;
pub(super) use variables::behind_relay;
pub use warning::{NeverServed, Warning};
