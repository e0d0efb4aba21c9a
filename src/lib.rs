//! credrun runs a container with fresh, temporary AWS credentials.
//!
//! One run is one flow, told in [`run`]:
//!
//! ```text
//! argv → Cli → RunPlan → Credentials → Injection → container id → ExitStatus
//! ```
//!
//! The modules below stand in the order in which that flow meets them.

pub mod causes;
pub mod cli;
pub mod commands;
pub mod container;
pub mod credentials;
pub mod engine;
pub mod environment;
pub mod exit;
pub mod files;
pub mod live;
pub mod messages;
pub mod panics;
pub mod plan;
pub mod plugin;
pub mod relay;
pub mod run;
pub mod secret_json;
pub mod signals;
pub(crate) mod stdout;
pub mod streams;
pub mod terminal;
pub mod vars;
pub mod waits;
