//! What may be typed. No IO, no meaning: [`crate::plan`] gives it that.

pub mod aws;
pub mod engine;
pub mod export;
