//! Go's grammars of booleans and integers (`strconv`), as docker's flags use them.

use crate::container::FlagError;

/// `1 t T TRUE true True`, `0 f F FALSE false False`.
///
/// # Errors
/// Anything else.
pub(crate) fn parse_bool(value: &str) -> Result<bool, FlagError> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(invalid_syntax("ParseBool", value)),
    }
}

/// A signed integer, in the base of its prefix: `0x10`, `0b1`, `0o17`, `017`, `1_000`.
///
/// # Errors
/// Not a number, or one beyond 64 bits.
pub(crate) fn parse_int(value: &str) -> Result<i64, FlagError> {
    let (negative, digits) = split_sign(value);
    let magnitude = parse_magnitude(digits).map_err(|kind| kind.into_error("ParseInt", value))?;
    signed(negative, magnitude).ok_or_else(|| out_of_range("ParseInt", value))
}

/// A signed integer in base ten.
///
/// # Errors
/// Not a number, or one beyond 64 bits.
pub(crate) fn parse_decimal_int(value: &str) -> Result<i64, FlagError> {
    let (negative, digits) = split_sign(value);
    let magnitude = from_radix(digits, 10).map_err(|kind| kind.into_error("ParseInt", value))?;
    signed(negative, magnitude).ok_or_else(|| out_of_range("ParseInt", value))
}

/// An integer from 0 to 65535, in the base of its prefix.
///
/// # Errors
/// Not a number, or one out of range.
pub(crate) fn parse_u16(value: &str) -> Result<u16, FlagError> {
    let magnitude = parse_magnitude(value).map_err(|kind| kind.into_error("ParseUint", value))?;
    u16::try_from(magnitude).map_err(|_| out_of_range("ParseUint", value))
}

/// Digits only, as Go's `ParseUint(value, 10, …)`.
pub(crate) fn parse_decimal<T: TryFrom<u64>>(value: &str) -> Option<T> {
    from_radix(value, 10)
        .ok()
        .and_then(|number| T::try_from(number).ok())
}

fn split_sign(value: &str) -> (bool, &str) {
    match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value.strip_prefix('+').unwrap_or(value)),
    }
}

fn signed(negative: bool, magnitude: u64) -> Option<i64> {
    if negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

enum BadNumber {
    Syntax,
    Range,
}

impl BadNumber {
    fn into_error(self, function: &str, value: &str) -> FlagError {
        match self {
            Self::Syntax => invalid_syntax(function, value),
            Self::Range => out_of_range(function, value),
        }
    }
}

fn parse_magnitude(digits: &str) -> Result<u64, BadNumber> {
    let lower = digits.to_ascii_lowercase();
    let (radix, rest) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some(_) if lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    // An underscore may be between digits, and after a prefix.
    let prefixed = rest.len() < lower.len();
    if rest.ends_with('_') || rest.contains("__") || (rest.starts_with('_') && !prefixed) {
        return Err(BadNumber::Syntax);
    }
    from_radix(&rest.replace('_', ""), radix)
}

fn from_radix(digits: &str, radix: u32) -> Result<u64, BadNumber> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(BadNumber::Syntax);
    }
    u64::from_str_radix(digits, radix).map_err(|_| BadNumber::Range)
}

fn invalid_syntax(function: &str, value: &str) -> FlagError {
    let hint = match function {
        "ParseBool" => "write true or false",
        _ => "a whole number in digits, such as 10",
    };
    FlagError::with_hint(
        format!("strconv.{function}: parsing {value:?}: invalid syntax"),
        hint,
    )
}

fn out_of_range(function: &str, value: &str) -> FlagError {
    FlagError::new(format!(
        "strconv.{function}: parsing {value:?}: value out of range"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_gives_the_base() {
        assert_eq!(parse_int("0x10"), Ok(16));
        assert_eq!(parse_int("-010"), Ok(-8));
        assert_eq!(parse_int("0b11"), Ok(3));
        assert_eq!(parse_int("0o17"), Ok(15));
        assert_eq!(parse_int("1_000"), Ok(1000));
        assert_eq!(parse_int("0x_10"), Ok(16));
        assert!(parse_int("_10").is_err());
        assert_eq!(parse_int("0"), Ok(0));
    }

    #[test]
    fn limits_are_those_of_the_type() {
        assert_eq!(parse_int("-9223372036854775808"), Ok(i64::MIN));
        assert!(parse_int("9223372036854775808").is_err());
        assert_eq!(parse_u16("65535"), Ok(65535));
        assert!(parse_u16("65536").is_err());
    }

    #[test]
    fn gos_words_are_explained() {
        let hint = |refused: FlagError| refused.hint().unwrap_or_default();
        assert!(hint(parse_int("abc").expect_err("refused")).contains("number"));
        assert!(hint(parse_bool("yes").expect_err("refused")).contains("true"));
    }

    #[test]
    fn what_is_no_number_is_named_as_go_names_it() {
        let message = |error: FlagError| error.to_string();
        assert_eq!(
            parse_int("abc").map_err(message),
            Err("strconv.ParseInt: parsing \"abc\": invalid syntax".into())
        );
        assert_eq!(
            parse_u16("-1").map_err(message),
            Err("strconv.ParseUint: parsing \"-1\": invalid syntax".into())
        );
        for bad in ["", "-", "0x", "1_", "_1", "1__0", "09"] {
            assert!(parse_int(bad).is_err(), "{bad:?}");
        }
        assert!(parse_decimal_int("0x10").is_err());
    }
}
