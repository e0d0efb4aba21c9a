//! The relay from outside: its image, the network that it takes over, its frames, and its owner.

// The relay compiles this file and the two others of its directory, too.
#[path = "../../relay/src/credit.rs"]
pub mod credit;
#[path = "../../relay/src/frame.rs"]
pub mod frame;
pub mod image;
pub mod labels;
pub mod mux;
pub mod network;
pub mod owner;
pub(crate) mod places;
#[path = "../../relay/src/queue.rs"]
pub(crate) mod queue;
pub mod request;
