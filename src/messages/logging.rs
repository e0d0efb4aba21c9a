//! What may be logged: credrun's own events up to the chosen level, and libraries' warnings.
//!
//! Libraries log requests and responses, including credentials, at debug and trace. The user cannot
//! enable that: the cap is part of the subscriber, and `--log-level` is a level, not a list of
//! targets.

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::messages::stderr::Stderr;

/// The target of credrun's own events.
const OWN: &str = "credrun";

/// Logs to stderr from now on. Without a level, it sets up nothing.
pub fn start(level: Option<Level>) {
    let Some(level) = level else { return };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| Stderr)
        .with_ansi(false)
        .without_time();
    // A second call has no effect; the first level stays.
    let _ = tracing_subscriber::registry()
        .with(what_may_be_logged(level))
        .with(lines)
        .try_init();
}

fn what_may_be_logged(level: Level) -> Targets {
    Targets::new()
        .with_target(OWN, level)
        .with_default(LevelFilter::from_level(Level::WARN.min(level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_lets_a_library_say_more_than_warnings() {
        for level in [Level::INFO, Level::DEBUG, Level::TRACE] {
            let filter = what_may_be_logged(level);
            assert!(filter.would_enable("credrun::engine", &level), "{level}");
            for library in [
                "bollard",
                "hyper::proto",
                "aws_smithy_runtime::client",
                "reqwest",
            ] {
                assert!(filter.would_enable(library, &Level::WARN), "{level}");
                assert!(!filter.would_enable(library, &Level::INFO), "{level}");
            }
        }
    }

    #[test]
    fn a_level_below_warnings_counts_for_libraries_too() {
        let filter = what_may_be_logged(Level::ERROR);
        assert!(filter.would_enable("hyper", &Level::ERROR));
        assert!(!filter.would_enable("hyper", &Level::WARN));
    }
}
