//! The commands beside `run`, one file each.

pub mod role_template;
