//! Docker's flag grammars: what was typed for the container → the Engine's create request.
//!
//! No network, and of the host only what [`Host`] holds and the files that flags name. One file
//! a grammar. Refusals are docker's, in docker's words, and all of them come before anything is
//! created. [`plan`] puts the grammars together.

mod address;
mod api_version;
pub(crate) mod csv;
mod detach_keys;
mod error;
mod host_config;
mod key_value_file;
mod namespaces;
mod platform;
mod ports;
mod pull;
mod request;
mod restart;
mod volumes;

pub mod blkio;
pub mod cpus;
pub mod devices;
pub mod duration;
pub mod env;
pub mod exec;
pub mod gpus;
pub mod health;
pub mod hosts;
pub mod labels;
pub mod mounts;
pub mod network;
pub mod number;
pub mod plan;
pub mod reference;
pub mod security;
pub mod size;
pub mod streams;
pub mod ulimits;

pub use api_version::ApiVersion;
pub use detach_keys::DetachKeys;
pub use error::FlagError;
pub use plan::{ContainerPlan, Host};
pub use pull::PullPolicy;
pub use request::CreateRequest;
