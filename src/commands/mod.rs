//! What credrun does besides running a container: one file a command.

pub mod export;
