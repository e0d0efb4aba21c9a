//! What may be logged: credrun's own events, as far as asked; of others, warnings.
//!
//! Libraries below log requests and responses, credentials included, at debug and trace. No
//! filter of the user's reaches them: the cap is part of the subscriber, and `--log-level` is a
//! level, not a list of targets.

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The target of credrun's own events.
const OWN: &str = "credrun";

/// Logs to stderr from now on. Without a level, nothing is set up at all.
pub fn start(level: Option<Level>) {
    let Some(level) = level else { return };
    let filter = Targets::new()
        .with_target(OWN, level)
        .with_default(LevelFilter::from_level(Level::WARN.min(level)));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time();
    // A second call has no effect; the first level stays.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init();
}
