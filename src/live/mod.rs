//! `--live`: credentials that renew inside the container for as long as credrun runs.
//!
//! ```text
//! container ──127.0.0.1:PORT──▶ relay ══ its stdin/stdout, attached ══▶ credrun ──▶ AWS
//! ```
//!
//! SDKs take credentials over plain http from loopback only, so the endpoint must be inside the
//! container's network namespace. A relay container owns that namespace; the target joins it.
//! The relay passes bytes, credrun answers them:
//!
//! * [`crate::relay::image`], [`relay_request`]: the relay's image and create request.
//! * [`crate::relay::network`]: which part of the target's request the relay takes over.
//! * [`crate::relay::mux`]: the relay's frames → one stream for each connection; [`places`]: which of them goes
//!   when there are too many.
//! * [`endpoint`]: what is answered on such a stream; [`pace`]: how often.
//! * [`renewal`]: the set that is answered with, kept fresh.
//! * [`countdown`]: what is told before the end of a set that nobody can renew.
//! * [`crate::environment::live`]: the variables that point the container's SDKs to the endpoint.
//! * [`shared_files`]: which files in the container SDKs prefer to the endpoint.
//! * [`crate::relay::owner`]: which credrun all this belongs to, so that the next one tidies up after it.
//!
//! # When something else ends than the container
//!
//! | what | what becomes of the run |
//! |---|---|
//! | credrun is killed | the relay reads end of file and ends; the container goes on without credentials and network |
//! | … before the start | what was created is removed by the next run of this machine |
//! | the relay is killed | a new one joins the target and listens on the same port; a network that was the relay's is lost, which is told |
//! | the Engine is started again | it ends its containers; credrun ends with the container's status, or 125 |
//! | the terminal hangs up | SIGHUP goes to the container, as with docker; with `-d`, nobody is left in the terminal |
//! | the container is paused | nothing: the relay is not, and renewal goes on |
//! | a restart policy starts it again | with `-d`, it is served until it stays ended; without, it is refused |
//! | the machine sleeps | the wall clock tells: the first request after it waits for a new set |
//! | the clock is set back | nothing: the next fetch comes when the monotonic clock says so |
//! | credrun stands still (SIGSTOP) | requests wait; the first one after it waits for a new set |
//!
//! Nothing here calls the Engine or AWS: streams and a fetching closure are handed in, what
//! happens is handed out as [`Event`]s.

pub(crate) mod countdown;
pub mod endpoint;
pub mod event;
pub(crate) mod pace;
pub mod renewal;

pub use event::{Event, Report};
