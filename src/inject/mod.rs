//! How credentials get into a container: as variables ([`env`]), or renewed at a door of its own.

pub mod env;
