//! Sizes in bytes, as docker's go-units reads them: `512m`, `1.5gb`, `64KiB`, `1 g`.

use crate::container::FlagError;

/// Reads a size; units are powers of 1024.
///
/// # Errors
/// Not a number, a negative one, or an unknown unit.
pub(crate) fn parse(value: &str) -> Result<i64, FlagError> {
    let invalid_size = || FlagError::new(format!("invalid size: '{value}'"));
    let last = value
        .rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')
        .ok_or_else(invalid_size)?;
    let suffix = &value[last + 1..];
    let number = value[..=last].strip_suffix(' ').unwrap_or(&value[..=last]);
    let size = parse_float(number)?;
    if size < 0.0 {
        return Err(invalid_size());
    }
    let factor = factor(&suffix.to_ascii_lowercase())
        .ok_or_else(|| FlagError::new(format!("invalid suffix: '{}'", suffix.to_lowercase())))?;
    let bytes = size * factor;
    // 2^63 is the first double that an i64 cannot hold.
    if bytes >= 9_223_372_036_854_775_808.0 {
        return Err(FlagError::new(format!("size is too large: '{value}'")));
    }
    #[allow(clippy::cast_possible_truncation)]
    Ok(bytes as i64)
}

/// Reads the size of `--memory-swap`, where `-1` means unlimited.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_swap(value: &str) -> Result<i64, FlagError> {
    if value == "-1" {
        return Ok(-1);
    }
    parse(value)
}

/// Rust also parses `inf` and `nan`; a size ends in a digit, so they cannot get here.
fn parse_float(number: &str) -> Result<f64, FlagError> {
    number.parse().map_err(|_| {
        FlagError::new(format!(
            "strconv.ParseFloat: parsing {number:?}: invalid syntax"
        ))
    })
}

fn factor(suffix: &str) -> Option<f64> {
    let (unit, rest) = match suffix.chars().next() {
        None => return Some(1.0),
        Some('b') => return (suffix == "b").then_some(1.0),
        Some(unit) => (unit, &suffix[unit.len_utf8()..]),
    };
    let power = match unit {
        'k' => 1,
        'm' => 2,
        'g' => 3,
        't' => 4,
        'p' => 5,
        _ => return None,
    };
    matches!(rest, "" | "b" | "ib").then(|| 1024_f64.powi(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024_in_any_case() {
        assert_eq!(parse("512m"), Ok(512 << 20));
        assert_eq!(parse("1.5gb"), Ok(3 << 29));
        assert_eq!(parse("64KiB"), Ok(65536));
        assert_eq!(parse("1 g"), Ok(1 << 30));
        assert_eq!(parse("10b"), Ok(10));
        assert_eq!(parse("7"), Ok(7));
        assert_eq!(parse("0"), Ok(0));
        assert_eq!(parse("2t"), Ok(2 << 40));
        assert_eq!(parse("3P"), Ok(3 << 50));
    }

    #[test]
    fn what_is_no_size_is_named() {
        let message = |value| parse(value).expect_err("no size").to_string();
        assert_eq!(message("5x"), "invalid suffix: 'x'");
        assert_eq!(message("-1"), "invalid size: '-1'");
        assert_eq!(message("m"), "invalid size: 'm'");
        for bad in ["", "1kbb", "1bb", "1mib2", "1..2", "inf", "100000p"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_swap_may_be_unlimited() {
        assert_eq!(parse_swap("-1"), Ok(-1));
        assert!(parse_swap("-2").is_err());
    }
}
