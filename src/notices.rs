//! What credrun says on stderr beside errors: a line each, and none with `-q`.

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use crate::credentials::{Fetched, iso8601};

/// Says things, unless asked to be quiet.
#[derive(Debug, Clone, Copy)]
pub struct Notices {
    quiet: bool,
}

impl Notices {
    /// With `quiet`, nothing is said.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    fn say(self, line: impl Display) {
        if !self.quiet {
            eprintln!("credrun: {line}");
        }
    }

    /// Where the credentials come from, whose they are, and how long they live.
    pub fn credentials(self, fetched: &Fetched, now: SystemTime) {
        self.say(describe(fetched, now));
    }

    /// No region was found.
    pub fn no_region(self) {
        self.say(
            "warning: no region: give --region, AWS_REGION, AWS_DEFAULT_REGION, or `region` in the profile",
        );
    }

    /// The user's own variables were left alone.
    pub fn left_to_user(self, names: &[&str]) {
        if !names.is_empty() {
            self.say(format_args!("{} of -e or --env-file used, not credrun's", names.join(", ")));
        }
    }

    /// Something odd that a run can live with.
    pub fn warning(self, what: impl Display) {
        self.say(format_args!("warning: {what}"));
    }

    /// The set has ended while the container ran.
    pub fn expired_during_run(self, expiration: SystemTime) {
        self.say(format_args!(
            "note: the credentials expired at {} while the container ran; --live renews them inside it",
            iso8601(expiration)
        ));
    }
}

fn describe(fetched: &Fetched, now: SystemTime) -> String {
    let mut line = format!("credentials from {}", fetched.origin);
    if let Some(identity) = &fetched.identity {
        line.push_str(&format!(" ({identity})"));
    }
    match fetched.credentials.expiration {
        Some(end) => {
            let left = end.duration_since(now).unwrap_or_default();
            line.push_str(&format!(", valid until {} ({})", iso8601(end), rounded(left)));
        }
        None => line.push_str(", long-lived"),
    }
    line
}

/// A duration in the one or two units that a person would say.
#[must_use]
pub fn rounded(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) if minutes < 5 && seconds > 0 => format!("{minutes} min {seconds} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_a_person_would() {
        for (seconds, text) in [
            (42, "42 s"),
            (90, "1 min 30 s"),
            (725, "12 min"),
            (3600, "1 h"),
            (5400, "1 h 30 min"),
        ] {
            assert_eq!(rounded(Duration::from_secs(seconds)), text);
        }
    }
}
