//! How credentials get into the container.

pub mod live;
