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
pub mod inject;

pub mod signals;
pub mod streams;
pub mod terminal;

pub mod commands;

pub mod error;
pub mod exit;
pub mod files;
pub mod logging;
pub mod notices;
pub mod panics;
pub mod secret_json;
pub mod stderr;
pub mod waits;
