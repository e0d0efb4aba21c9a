//! A policy document of IAM.

pub(crate) mod read;

use std::collections::BTreeMap;

/// `{"Version": "2012-10-17", "Statement": […]}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) statements: Vec<Statement>,
}

/// One statement of an identity-based policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) actions: Which,
    pub(crate) resources: Which,
    /// Operator (`StringEquals`) → key (`aws:RequestedRegion`) → values.
    pub(crate) conditions: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    These(Vec<String>),
    AllBut(Vec<String>),
}
