//! Dates of signatures: `20251125T100000Z`.

use std::borrow::Cow;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::credentials::{from_iso8601, iso8601};

/// How the header `Date` writes UTC: HTTP's own form, and those of mail, of which botocore sends the last.
const UTC: [&str; 3] = [" GMT", " +0000", " -0000"];

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

/// The date of a header `Date`, in the form that is signed: `Tue, 25 Nov 2025 10:00:00 GMT` is
/// `20251125T100000Z`. Any other text stays as it is.
pub(super) fn of_header(text: &str) -> Cow<'_, str> {
    let time = UTC.iter().find_map(|utc| text.strip_suffix(utc));
    let time = time.and_then(|time| of_http(&format!("{time} GMT")));
    time.map_or(text.into(), |time| format(time).into())
}

/// Whole seconds, with the right day of the week.
fn of_http(text: &str) -> Option<SystemTime> {
    let date = DateTime::from_str(text, Format::HttpDate).ok()?;
    let is_the_one_form = date.fmt(Format::HttpDate).ok()? == text && date.subsec_nanos() == 0;
    SystemTime::try_from(date).ok().filter(|_| is_the_one_form)
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
    fn the_header_date_has_one_of_three_zones_or_the_form_of_a_signature() {
        for text in [
            "Tue, 25 Nov 2025 10:00:00 GMT",
            "Tue, 25 Nov 2025 10:00:00 +0000",
            "Tue, 25 Nov 2025 10:00:00 -0000",
            "20251125T100000Z",
        ] {
            assert_eq!(of_header(text), "20251125T100000Z", "{text}");
        }
        for text in [
            "",
            " GMT",
            "Tue, 25 Nov 2025 10:00:00",
            "Tue, 25 Nov 2025 10:00:00 UTC",
            "Tue, 25 Nov 2025 11:00:00 +0100",
            "Tue, 25 Nov 2025 10:00:00 GMT GMT",
            "Tue, 25 Nov 2025 10:00:00.5 GMT",
            "Tue, 25 Nov 2025 10:00:00.000 GMT",
            "Tue, 25 Nov 2025  10:00:00 GMT",
            "Mon, 25 Nov 2025 10:00:00 GMT",
            "Tuesday, 25-Nov-25 10:00:00 GMT",
            "Tue, 31 Nov 2025 10:00:00 GMT",
            "Tue, 25 Nov 2025 25:00:00 GMT",
            "tue, 25 nov 2025 10:00:00 GMT",
            "2025-11-25T10:00:00Z",
        ] {
            assert_eq!(parse(&of_header(text)), None, "{text:?}");
        }
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
