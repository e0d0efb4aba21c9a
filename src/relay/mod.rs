//! The relay from outside: its image, the network that it takes over, its frames, and its owner.

/// How many bytes a connection may send; the relay compiles the same file.
#[path = "../../relay/src/credit.rs"]
pub mod credit;
/// The protocol with the relay; the relay compiles the same file.
#[path = "../../relay/src/frame.rs"]
pub mod frame;
pub mod image;
pub mod labels;
pub mod mux;
pub mod network;
pub mod owner;
pub(crate) mod places;
pub mod request;
