//! credrun runs a container with fresh, temporary AWS credentials.
//!
//! One run is one flow, told in [`run`]:
//!
//! ```text
//! argv → Cli → RunPlan → Credentials → Injection → container id → ExitStatus
//! ```
//!
//! The modules below stand in the order in which that flow meets them.

pub mod cli;
pub mod plugin;
pub mod vars;

pub mod plan;
pub mod run;

pub mod credentials;

pub mod container;
pub mod engine;

pub mod signals;
pub mod streams;
pub mod terminal;

pub mod commands;

pub mod environment;
pub mod exit;
pub mod files;
pub mod live;
pub mod messages;
pub mod panics;
pub mod relay;
pub mod secret_json;
pub mod waits;
