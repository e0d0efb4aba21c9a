//! What comes back to the container: credrun's own errors, and AWS's answers without what the
//! container must not have.

mod cbor;
pub(crate) mod endpoints;
pub(crate) mod errors;
pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod refusal;
pub(crate) mod sets;
pub(crate) mod treatment;
pub(crate) mod wording;
