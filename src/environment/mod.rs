//! What goes into the container's environment, for each way in.

pub mod env;
pub mod live;
pub mod shared_files;
