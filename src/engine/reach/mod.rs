//! Which Engine, and the bytes to it.

pub(crate) mod address;
pub mod config_file;
pub mod connect;
pub(crate) mod context;
pub mod endpoint;
pub(crate) mod program;
pub mod ssh;
pub mod tls;
