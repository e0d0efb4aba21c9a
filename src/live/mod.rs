//! `--live`: credentials that renew inside the container for as long as credrun runs.
//!
//! ```text
//! container ──127.0.0.1:PORT──▶ relay ══ its stdin/stdout, attached ══▶ credrun ──▶ AWS
//! ```
//!
//! SDKs accept credentials over plain http from loopback only, so the endpoint must be inside the
//! container's network namespace. A relay container owns that namespace; the target joins it. The
//! relay passes bytes, credrun answers them:
//!
//! * [`crate::relay::image`], [`crate::relay::request`]: the relay's image and create request.
//! * [`crate::relay::network`]: which part of the target's request the relay takes over.
//! * [`crate::relay::mux`]: the relay's frames → one stream for each connection;
//!   [`crate::relay::credit`]: how much each may send; [`crate::relay::places`]: which of them are
//!   closed when there are too many.
//! * [`endpoint`]: the answer on such a stream; [`pace`]: how often.
//! * [`monitoring`]: what SDKs tell of their calls.
//! * [`renewal`]: keeps the served set fresh.
//! * [`countdown`]: the warnings before a set expires that cannot be renewed.
//! * [`crate::environment::live`]: the variables that point the container's SDKs to the endpoint.
//! * [`crate::environment::shared_files`]: files in the container that SDKs prefer to the endpoint.
//! * [`crate::relay::owner`]: which credrun owns all this, so that the next one can clean up after
//!   it.
//!
//! # When something other than the container ends
//!
//! | what happens | what becomes of the run |
//! |---|---|
//! | credrun is killed | the relay reads end of file and ends; the container goes on without credentials and network |
//! | … before the start | what was created is removed by the next run of this machine |
//! | the relay is killed | a new one joins the target and listens on the same port; a network that was the relay's is lost, and credrun says so |
//! | the Engine restarts | it ends its containers; credrun ends with the container's status, or 125 |
//! | the terminal hangs up | SIGHUP goes to the container, as with docker; with `-d`, no process is left in the terminal |
//! | the container is paused | nothing: the relay is not, and renewal goes on |
//! | a restart policy starts it again | with `-d`, credrun serves it until it stays ended; without, credrun refuses the policy |
//! | the machine sleeps | the wall clock shows it: if the set has expired, the first request waits for a new one |
//! | the clock is set back | nothing: the monotonic clock decides when the next fetch is due |
//! | credrun is stopped (SIGSTOP) | requests wait; if the set has expired, the first one waits for a new one |
//!
//! Nothing here calls the Engine or AWS: callers pass in streams and a fetching closure, and
//! receive [`Event`]s.

pub(crate) mod countdown;
pub mod endpoint;
pub mod event;
pub(crate) mod monitoring;
pub(crate) mod pace;
pub mod renewal;

pub use event::{Event, Report};
