//! `--keyless`: the container makes AWS calls and never gets a key.
//!
//! ```text
//! container ──127.0.0.1:PORT──▶ relay ══ its stdin/stdout, attached ══▶ credrun ──TLS──▶ AWS
//! ```
//!
//! The container has a key that was made for this run. Its SDKs sign with it and send their calls to
//! the relay's port, as `AWS_ENDPOINT_URL` tells them. Behind the relay, each call takes these steps:
//!
//! | step | file | what it does |
//! |---|---|---|
//! | accept | [`connection`] | HTTP/1.1 or HTTP/2 on a stream of the relay, strictly, within limits |
//! | verify | [`check`], [`signature`] | is it signed with a key of this run, all of it? |
//! | operation | [`check`], [`crate::iam`] | which operation of AWS is it? |
//! | authorize | [`authorize`] | do `--allow` and `--deny` let it through, and may the container have the answer? |
//! | upstream | [`upstream`] | which host, signing name and region; never from the request |
//! | sign | [`forward`], [`signature::sign`] | a new request, signed with the real set |
//! | forward | [`forward`] | over TLS, streaming both ways; once more where that helps |
//! | filter | [`filter`], [`answer`] | nothing goes back that is a key, a token, or a way around |
//! | note | [`note`], [`crate::record`] | one line of `--record`, and the counts of the summary |
//!
//! [`call`] takes a call through them; each may stop it ([`stop`]). [`keys`] has the sets that the
//! container holds. [`body`] says which bodies are held and which stream, [`copy`] which are read while
//! they stream, [`trailers`] what may come behind them, [`deadline`] how long an answer may take, [`turn`] which connection may be ended for another, [`heads`] how many long heads are in memory at a time,
//! [`file_limit`] how many files may be open.

pub(crate) mod account;
pub(crate) mod answer;
pub mod any_bytes;
mod authorize;
mod body;
mod call;
mod check;
mod connection;
mod copy;
mod deadline;
pub(crate) mod edits;
pub mod event;
mod file_limit;
mod filter;
mod forward;
mod from_aws;
mod heads;
pub(crate) mod keys;
mod note;
pub(crate) mod proxy;
pub(crate) mod queue_url;
mod shared;
pub(crate) mod signature;
mod stop;
mod trailers;
mod turn;
pub(crate) mod upstream;
