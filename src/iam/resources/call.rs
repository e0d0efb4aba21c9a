//! A call, as the rules for its resources see it.

use super::members::Members;
use crate::iam::operation::Operation;
use crate::iam::place::Place;
use crate::iam::request::Request;

#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) operation: &'a Operation,
    pub(super) request: &'a Request<'a>,
    pub(super) members: &'a Members,
    /// Which of the members name resources, and which ask for tags: the operation's in the tables.
    pub(super) naming: &'a [&'static str],
    pub(super) place: &'a Place<'a>,
}
