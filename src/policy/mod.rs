//! Policies from what a run called. [`crate::record`] has the calls; `credrun policy` and
//! `--policy-from` ask.

pub(crate) mod check;
pub(crate) mod document;
