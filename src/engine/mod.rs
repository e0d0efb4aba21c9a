//! The Docker Engine: where it is, how it is spoken to, and each step of a container's life.

mod error;

mod address;
pub mod config_file;
pub mod connect;
mod context;
pub mod credential_helper;
pub mod ecr;
pub mod endpoint;
mod program;
pub mod registry_auth;
pub mod ssh;
pub mod tls;

pub use endpoint::Endpoint;
pub use error::{EngineError, Refusal};
