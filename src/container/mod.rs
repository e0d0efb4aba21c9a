//! Docker's flag grammars: the typed flags of the container → the Engine's create request.
//!
//! They use no network, and of the host only what [`Host`] holds and the files that flags name.
//! There is one file per grammar. Refusals are docker's, in docker's words, and all of them come
//! before anything is created. [`plan`] puts the grammars together.

mod api_version;
mod error;
mod host_config;
mod mounts;
mod request;

pub(crate) mod exec;
pub mod grammar;
pub(crate) mod health;
pub(crate) mod host;
pub(crate) mod mount;
pub(crate) mod network;
pub(crate) mod plan;
pub(crate) mod streams;

pub use crate::container::host::Host;
pub use api_version::ApiVersion;
pub use error::FlagError;
pub use grammar::detach_keys::DetachKeys;
pub use grammar::pull::PullPolicy;
pub use plan::ContainerPlan;
pub use request::CreateRequest;
