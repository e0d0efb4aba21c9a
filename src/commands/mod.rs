//! The commands beside `run`, one file each.

pub mod export;
pub mod role_template;
