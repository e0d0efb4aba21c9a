//! `--cpus`: a number of CPUs, which the Engine stores in billionths.

use super::number;
use crate::container::FlagError;

const BILLION: i128 = 1_000_000_000;

/// Reads a decimal (`1.5`, `5e-1`) or a fraction (`1/2`) as billionths of a CPU.
///
/// # Errors
/// Not a number, or one finer than a billionth.
pub(crate) fn parse(value: &str) -> Result<i64, FlagError> {
    let (numerator, denominator) = parse_rational(value)
        .ok_or_else(|| FlagError::new(format!("failed to parse {value} as a rational number")))?;
    let scaled = numerator
        .checked_mul(BILLION)
        .ok_or_else(|| FlagError::new("value is too large"))?;
    if scaled % denominator != 0 {
        return Err(FlagError::new("value is too precise"));
    }
    i64::try_from(scaled / denominator).map_err(|_| FlagError::new("value is too large"))
}

fn parse_rational(value: &str) -> Option<(i128, i128)> {
    if let Some((numerator, denominator)) = value.split_once('/') {
        // Both are integers with their own base, as in other flags.
        let numerator = number::parse_int(numerator).ok()?;
        let denominator = number::parse_int(denominator).ok()?;
        let signed = denominator < 1 || value.contains("/+");
        return (!signed).then_some((i128::from(numerator), i128::from(denominator)));
    }
    let (mantissa, exponent) = match value.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (value, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.trim_start_matches(['+', '-']).is_empty() && fraction.is_empty() {
        return None;
    }
    if !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let digits = parse_signed(&format!("{whole}{fraction}"))?;
    let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    if exponent < 0 {
        Some((digits, power))
    } else {
        Some((digits.checked_mul(power)?, 1))
    }
}

fn parse_signed(digits: &str) -> Option<i128> {
    match digits.strip_prefix('-') {
        Some(digits) => parse_digits(digits).map(|number| -number),
        None => parse_digits(digits.strip_prefix('+').unwrap_or(digits)),
    }
}

fn parse_digits(digits: &str) -> Option<i128> {
    if !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_fractions_are_billionths() {
        assert_eq!(parse("1.5"), Ok(1_500_000_000));
        assert_eq!(parse("1/2"), Ok(500_000_000));
        assert_eq!(parse("3/1"), Ok(3_000_000_000));
        assert_eq!(parse(".5"), Ok(500_000_000));
        assert_eq!(parse("2."), Ok(2_000_000_000));
        assert_eq!(parse("5e-1"), Ok(500_000_000));
        assert_eq!(parse("-1"), Ok(-1_000_000_000));
    }

    #[test]
    fn what_a_billionth_cannot_hold_is_too_precise() {
        let message = |value| parse(value).expect_err("refused").to_string();
        assert_eq!(message("0.0000000001"), "value is too precise");
        assert_eq!(message("1/3"), "value is too precise");
        assert_eq!(message("abc"), "failed to parse abc as a rational number");
        for bad in ["", ".", "-", "1/0", "1/-2", "1e", "--1", "1.-5", "1e99"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
