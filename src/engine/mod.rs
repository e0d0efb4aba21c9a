//! The Docker Engine: where it is, how it is spoken to, and each step of a container's life.

mod error;

pub mod connect;
pub mod endpoint;

pub use endpoint::Endpoint;
pub use error::{EngineError, Refusal};
