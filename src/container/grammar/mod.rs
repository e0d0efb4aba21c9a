//! One file a value grammar of docker's flags. Pure: nothing here reads a file but the ones that a flag names.

pub(crate) mod address;
pub(crate) mod blkio;
pub(crate) mod cpus;
pub(crate) mod csv;
pub(crate) mod detach_keys;
pub(crate) mod devices;
pub(crate) mod duration;
pub mod env;
pub(crate) mod gpus;
pub(crate) mod hosts;
pub(crate) mod key_value_file;
pub(crate) mod labels;
pub(crate) mod mounts;
pub(crate) mod namespaces;
pub(crate) mod network;
pub(crate) mod number;
pub(crate) mod platform;
pub(crate) mod ports;
pub(crate) mod pull;
pub(crate) mod reference;
pub(crate) mod restart;
pub(crate) mod security;
pub(crate) mod size;
pub(crate) mod stream;
pub(crate) mod ulimits;
pub(crate) mod volumes;
