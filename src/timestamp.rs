//! Timestamps as AWS reads and writes them: RFC 3339.
//!
//! Parsing accepts a fraction or an offset. Output has `Z` and whole seconds, the only form that
//! every SDK accepts (the JS and Rust SDKs refuse `+00:00`).

use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Parses a timestamp from AWS.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    DateTime::from_str(text, Format::DateTimeWithOffset)
        .ok()?
        .try_into()
        .ok()
}

/// `2030-01-01T00:00:00Z`. A fraction is cut off, so that the set's lifetime is never overstated.
#[must_use]
pub fn iso8601(time: SystemTime) -> String {
    let seconds = DateTime::from(time).secs();
    // Out of range only beyond the year 9999.
    DateTime::from_secs(seconds)
        .fmt(Format::DateTime)
        .unwrap_or_default()
}

/// `2030-01-01T00:00:00.123Z`, for readers that are no SDKs.
#[must_use]
pub(crate) fn iso8601_millis(time: SystemTime) -> String {
    let seconds = iso8601(time);
    let millis = DateTime::from(time).subsec_nanos() / 1_000_000;
    format!("{}.{millis:03}Z", seconds.trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn times_are_read_with_fractions_and_offsets() {
        let at = Some(UNIX_EPOCH + Duration::from_secs(1_728_549_858));
        assert_eq!(parse("2024-10-10T08:44:18Z"), at);
        assert_eq!(parse("2024-10-10T08:44:18+00:00"), at);
        assert_eq!(parse("2024-10-10T17:44:18+09:00"), at);
        assert!(parse("2024-10-10T08:44:18.123456Z") > at);
        assert_eq!(parse("tomorrow"), None);
        assert_eq!(parse("1728549858"), None);
    }

    #[test]
    fn times_are_written_in_whole_seconds_with_a_z() {
        let at = UNIX_EPOCH + Duration::from_millis(1_728_549_858_999);
        assert_eq!(iso8601(at), "2024-10-10T08:44:18Z");
        assert_eq!(iso8601_millis(at), "2024-10-10T08:44:18.999Z");
        assert_eq!(iso8601_millis(UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
