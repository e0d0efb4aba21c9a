//! Chooses the Engine, and carries bytes to it.

pub(crate) mod address;
pub mod config_file;
pub mod connect;
pub(crate) mod context;
pub mod endpoint;
pub(crate) mod host_port;
pub(crate) mod local_sockets;
pub(crate) mod program;
pub(crate) mod ssh;
pub(crate) mod ssh_target;
pub(crate) mod tls;

pub use crate::engine::reach::tls::error::TlsError;
