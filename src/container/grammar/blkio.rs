//! `--blkio-weight-device` and `--device-{read,write}-{bps,iops}`: `DEVICE:NUMBER`.

use bollard::models::{ResourcesBlkioWeightDevice, ThrottleDevice};

use super::number::parse_decimal;
use super::size;
use crate::container::FlagError;

/// Reads a device and its weight: 0, or 10 to 1000.
///
/// # Errors
/// Not a device below /dev, or an invalid weight.
pub(crate) fn parse_weight(value: &str) -> Result<ResourcesBlkioWeightDevice, FlagError> {
    let (path, weight) = split(value)?;
    let weight = parse_decimal::<u16>(weight)
        .filter(|weight| *weight == 0 || (10..=1000).contains(weight))
        .ok_or_else(|| FlagError::new(format!("invalid weight for device: {value}")))?;
    Ok(ResourcesBlkioWeightDevice {
        path: Some(path.to_owned()),
        weight: Some(usize::from(weight)),
    })
}

/// Reads a device and bytes per second.
///
/// # Errors
/// Not a device below /dev, or an invalid size.
pub(crate) fn parse_bps(value: &str) -> Result<ThrottleDevice, FlagError> {
    let (path, rate) = split(value)?;
    let rate = size::parse(rate).map_err(|_| {
        FlagError::new(format!(
            "invalid rate for device: {value}. The correct format is \
             <device-path>:<number>[<unit>]. Number must be a positive integer. \
             Unit is optional and can be kb, mb, or gb"
        ))
    })?;
    Ok(throttle(path, rate))
}

/// Reads a device and operations per second.
///
/// # Errors
/// Not a device below /dev, or an invalid number.
pub(crate) fn parse_iops(value: &str) -> Result<ThrottleDevice, FlagError> {
    let (path, rate) = split(value)?;
    let rate = parse_decimal::<i64>(rate).ok_or_else(|| {
        FlagError::new(format!(
            "invalid rate for device: {value}. The correct format is \
             <device-path>:<number>. Number must be a positive integer"
        ))
    })?;
    Ok(throttle(path, rate))
}

fn split(value: &str) -> Result<(&str, &str), FlagError> {
    let (path, number) = value
        .split_once(':')
        .filter(|(path, _)| !path.is_empty())
        .ok_or_else(|| FlagError::new(format!("bad format: {value}")))?;
    if !path.starts_with("/dev/") {
        return Err(FlagError::new(format!(
            "bad format for device path: {value}"
        )));
    }
    Ok((path, number))
}

fn throttle(path: &str, rate: i64) -> ThrottleDevice {
    ThrottleDevice {
        path: Some(path.to_owned()),
        rate: Some(rate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_weights_belong_to_a_device() {
        let rate = |device: ThrottleDevice| (device.path, device.rate);
        let of_sda = |rate| Ok((Some("/dev/sda".to_owned()), Some(rate)));
        assert_eq!(parse_bps("/dev/sda:1mb").map(rate), of_sda(1 << 20));
        assert_eq!(parse_iops("/dev/sda:100").map(rate), of_sda(100));
        assert_eq!(parse_weight("/dev/sda:0").expect("valid").weight, Some(0));
        assert!(parse_weight("/dev/sda:9").is_err());
        assert!(parse_weight("/dev/sda:1001").is_err());
        assert!(parse_iops("/dev/sda:1k").is_err());
        assert_eq!(
            parse_bps("sda:1mb").expect_err("refused").to_string(),
            "bad format for device path: sda:1mb"
        );
        assert!(parse_bps("/dev/sda").is_err());
    }
}
