//! `--live`: credentials that renew inside the container for as long as credrun runs.
//!
//! ```text
//! container ──127.0.0.1:PORT──▶ relay ══ its stdin/stdout, attached ══▶ credrun ──▶ AWS
//! ```
//!
//! SDKs take credentials over plain http from loopback only, so the door must be inside the
//! container's network namespace. A relay container owns that namespace; the target joins it.
//! The relay passes bytes, credrun answers them:
//!
//! * [`relay_image`]: the relay's image and create request.
//! * [`network`]: which part of the target's request the relay takes over.
//! * [`mux`]: the relay's frames → one stream for each connection.
//! * [`endpoint`]: what is answered on such a stream.
//! * [`renewal`]: the set that is answered with, kept fresh.
//! * [`environment`]: the variables that point the container's SDKs to the door.
//! * [`owner`]: which credrun all this belongs to, so that the next one tidies up after it.
//!
//! Nothing here calls the Engine or AWS: streams and a fetching closure are handed in, what
//! happens is handed out as [`Event`]s.

pub mod endpoint;
pub mod environment;
mod event;
pub mod mux;
pub mod network;
pub mod owner;
pub mod relay_image;
pub mod renewal;

/// The protocol with the relay; the relay compiles the same file.
#[path = "../../../relay/src/frame.rs"]
pub mod frame;

pub use event::{Event, Report};
