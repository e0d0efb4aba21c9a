//! One file a value grammar of docker's flags. Pure: nothing here reads a file but the ones that a flag names.

pub(crate) mod address;
pub mod blkio;
pub mod cpus;
pub(crate) mod csv;
pub(crate) mod detach_keys;
pub mod devices;
pub mod duration;
pub mod env;
pub mod gpus;
pub mod hosts;
pub(crate) mod key_value_file;
pub mod labels;
pub mod mounts;
pub(crate) mod namespaces;
pub mod network;
pub mod number;
pub(crate) mod platform;
pub(crate) mod ports;
pub(crate) mod pull;
pub mod reference;
pub(crate) mod restart;
pub mod security;
pub mod size;
pub(crate) mod stream;
pub mod ulimits;
pub(crate) mod volumes;
