//! Go's durations: `30s`, `1m30s`, `1.5h`, `-1s`.

use std::time::Duration;

use crate::container::FlagError;

/// Part of every refusal.
const FORMS: &str =
    "numbers with units, such as 30s, 10m or 1h30m; the units are ns, us, ms, s, m and h";

/// Reads a duration as signed nanoseconds, the Engine's unit.
///
/// # Errors
/// Not a duration, a number without a unit, an unknown unit, or more than 292 years.
pub(crate) fn parse(value: &str) -> Result<i64, FlagError> {
    let invalid = || FlagError::with_hint(format!("time: invalid duration {value:?}"), FORMS);
    let (sign, mut rest) = match value.as_bytes().first() {
        Some(b'-') => (-1, &value[1..]),
        Some(b'+') => (1, &value[1..]),
        _ => (1, value),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let number_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(invalid());
        }
        if unit.is_empty() {
            return Err(FlagError::with_hint(
                format!("time: missing unit in duration {value:?}"),
                FORMS,
            ));
        }
        let unit_nanos = nanoseconds(unit).ok_or_else(|| {
            FlagError::with_hint(
                format!("time: unknown unit {unit:?} in duration {value:?}"),
                FORMS,
            )
        })?;
        total = add(total, whole, fraction, unit_nanos).ok_or_else(invalid)?;
        rest = after;
    }
    i64::try_from(sign * total).map_err(|_| invalid())
}

/// Reads a duration that may not be negative.
///
/// # Errors
/// As [`parse`], and a negative duration.
pub(crate) fn positive(value: &str) -> Result<Duration, FlagError> {
    let nanos = parse(value)?;
    u64::try_from(nanos)
        .map(Duration::from_nanos)
        .map_err(|_| FlagError::with_hint(format!("duration {value:?} is negative"), FORMS))
}

fn add(total: i128, whole: &str, fraction: &str, unit: i128) -> Option<i128> {
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut sum = total.checked_add(whole.checked_mul(unit)?)?;
    // Digits beyond the nanosecond change nothing; h is the largest unit, 3.6e12 ns.
    let fraction = &fraction[..fraction.len().min(18)];
    if !fraction.is_empty() {
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        sum += fraction.parse::<i128>().ok()? * unit / scale;
    }
    (sum <= i128::from(i64::MAX)).then_some(sum)
}

fn nanoseconds(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units_add_up() {
        assert_eq!(parse("30s"), Ok(30_000_000_000));
        assert_eq!(parse("1m30s"), Ok(90_000_000_000));
        assert_eq!(parse("1.5h"), Ok(5_400_000_000_000));
        assert_eq!(parse(".5s"), Ok(500_000_000));
        assert_eq!(parse("-1s"), Ok(-1_000_000_000));
        assert_eq!(parse("+1s"), Ok(1_000_000_000));
        assert_eq!(parse("1ms2us"), Ok(1_002_000));
        assert_eq!(parse("0"), Ok(0));
        assert_eq!(parse("100us1ns"), Ok(100_001));
    }

    #[test]
    fn each_refusal_says_what_is_missing() {
        let message = |value| parse(value).expect_err("no duration").to_string();
        assert_eq!(message("30"), "time: missing unit in duration \"30\"");
        assert_eq!(message("3x"), "time: unknown unit \"x\" in duration \"3x\"");
        for bad in ["", "-", "s", ".s", "1.2.3s", "9999999999h", "1s-1s"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn each_refusal_shows_the_forms_there_are() {
        for bad in ["", "5", "5x", "x", "-5m", "9999999999h"] {
            let hint = positive(bad).expect_err("no duration").hint();
            assert!(hint.is_some_and(|hint| hint.contains("10m")), "{bad:?}");
        }
    }

    #[test]
    fn a_lifetime_is_never_negative() {
        assert_eq!(positive("10m"), Ok(Duration::from_mins(10)));
        assert!(positive("-10m").is_err());
    }
}
