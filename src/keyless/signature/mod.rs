//! Signature Version 4, both ways: is a request signed with a key of this run, all of it, and the
//! same request signed with the real set. No IO.
//!
//! | file | what it does |
//! |---|---|
//! | [`claim`] | what a request's signature claims: key, day, region, service, body |
//! | [`authorization`], [`presigned`] | the two forms of it, as text |
//! | [`unacceptable`] | requests without a signature that credrun verifies |
//! | [`verify`] | whether the claim is true |
//! | [`sign`] | a new request, signed with the real set |
//! | [`chunks`] | a body whose chunks are signed: verified and signed again while it streams |
//! | [`coding`] | how such a body is written |
//! | [`canonical`], [`query`], [`headers`] | the forms that are signed, the same in both directions |
//! | [`secrets`], [`chain`], [`time`] | keys, signatures that follow from one another, dates |

mod authorization;
mod canonical;
pub(crate) mod chain;
pub(crate) mod chunks;
pub(crate) mod claim;
pub(crate) mod coding;
pub(super) mod headers;
mod presigned;
mod query;
mod secrets;
pub(crate) mod sign;
mod time;
pub(crate) mod unacceptable;
pub(crate) mod verify;

#[cfg(test)]
mod tests;
