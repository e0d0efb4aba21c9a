//! Dates of signatures: `20251125T100000Z`.

use std::time::SystemTime;

use crate::credentials::{from_iso8601, iso8601};

pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (day, rest) = text.split_once('T')?;
    let time = rest.strip_suffix('Z')?;
    let [year, month, date] = [day.get(..4)?, day.get(4..6)?, day.get(6..)?];
    let [hour, minute, second] = [time.get(..2)?, time.get(2..4)?, time.get(4..)?];
    let are_digits = [day, time]
        .concat()
        .bytes()
        .all(|byte| byte.is_ascii_digit());
    if !are_digits || day.len() != 8 || time.len() != 6 {
        return None;
    }
    from_iso8601(&format!("{year}-{month}-{date}T{hour}:{minute}:{second}Z"))
}

pub(super) fn format(time: SystemTime) -> String {
    iso8601(time).replace(['-', ':'], "")
}

/// The day of a date.
pub(super) fn day(date: &str) -> &str {
    date.split('T').next().unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_date_is_read_as_it_is_written() {
        let time = UNIX_EPOCH + Duration::from_secs(1_728_549_858);
        assert_eq!(format(time), "20241010T084418Z");
        assert_eq!(parse("20241010T084418Z"), Some(time));
        assert_eq!(day("20241010T084418Z"), "20241010");
    }

    #[test]
    fn nothing_else_is_a_date() {
        for text in [
            "",
            "T",
            "TZ",
            "20241010",
            "20241010T084418",
            "2024-10-10T08:44:18Z",
            "20241310T084418Z",
            "20241010T254418Z",
            "+2241010T084418Z",
            "202410100T84418Z",
            "20241010T0844180Z",
            "2024é010T084418Z",
            "20241010T084418Z ",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
