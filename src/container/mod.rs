//! Docker's flag grammars: what was typed for the container → the Engine's create request.
//!
//! Pure: no network, and of the host only what [`Host`] holds. One file a grammar.

mod error;

pub use error::FlagError;
