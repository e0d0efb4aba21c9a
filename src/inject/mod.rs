//! How credentials get into a container: as variables ([`mod@env`]), or renewed at a door of its own
//! ([`live`]).

pub mod env;
pub mod live;
