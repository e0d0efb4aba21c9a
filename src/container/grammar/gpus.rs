//! `--gpus`.

use bollard::models::DeviceRequest;

use super::labels::key_value_map;
use super::{csv, number};
use crate::container::FlagError;

/// Reads `all`, a count, or a record of `count`, `driver`, `device`, `capabilities`, `options`.
///
/// # Errors
/// An unknown or repeated key, or an invalid count.
pub(crate) fn parse(record: &str) -> Result<DeviceRequest, FlagError> {
    let mut seen: Vec<String> = Vec::new();
    let mut request = DeviceRequest::default();
    for field in csv::parse(record)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (field.as_str(), None),
        };
        if seen.iter().any(|earlier| earlier == key) {
            return Err(FlagError::new(format!(
                "gpu request key '{key}' can be specified only once"
            )));
        }
        seen.push(key.to_owned());
        match value {
            Some(value) => set(&mut request, key, value, &field)?,
            // A bare word is a count.
            None => {
                seen.push("count".to_owned());
                request.count = Some(parse_count(key)?);
            }
        }
    }
    if request.count.is_none() && request.device_ids.is_none() {
        request.count = Some(1);
    }
    request.options.get_or_insert_default();
    request
        .capabilities
        .get_or_insert_with(|| vec![vec!["gpu".to_owned()]]);
    Ok(request)
}

fn set(request: &mut DeviceRequest, key: &str, value: &str, field: &str) -> Result<(), FlagError> {
    let words = || value.split(',').map(str::to_owned);
    match key {
        "driver" => request.driver = Some(value.to_owned()),
        "count" => request.count = Some(parse_count(value)?),
        "device" => request.device_ids = Some(words().collect()),
        "capabilities" => {
            request.capabilities = Some(vec![words().chain(["gpu".to_owned()]).collect()]);
        }
        "options" => {
            let options = csv::parse(value)
                .map_err(|error| FlagError::new(format!("failed to read gpu options: {error}")))?;
            request.options = Some(key_value_map(&options));
        }
        _ => {
            return Err(FlagError::new(format!(
                "unexpected key '{key}' in '{field}'"
            )));
        }
    }
    Ok(())
}

/// The Engine writes -1 for all.
fn parse_count(text: &str) -> Result<i64, FlagError> {
    if text == "all" {
        return Ok(-1);
    }
    number::parse_decimal_int(text).map_err(|_| {
        FlagError::new(format!(
            "invalid count ({text}): value must be either \"all\" or an integer: invalid syntax"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_word_is_a_count() {
        assert_eq!(parse("all").expect("valid").count, Some(-1));
        assert_eq!(parse("2").expect("valid").count, Some(2));
        assert_eq!(parse("driver=nvidia").expect("valid").count, Some(1));
        assert!(parse("foo").is_err());
    }

    #[test]
    fn devices_need_inner_quotes_for_commas() {
        let request = parse("\"device=0,1\"").expect("valid");
        assert_eq!(request.device_ids, Some(vec!["0".into(), "1".into()]));
        assert_eq!(request.count, None);
    }

    #[test]
    fn every_request_has_the_gpu_capability() {
        let request = parse("all,\"capabilities=utility,compute\"").expect("valid");
        let capabilities: Vec<String> = ["utility", "compute", "gpu"].map(String::from).into();
        assert_eq!(request.capabilities, Some(vec![capabilities]));
    }

    #[test]
    fn a_key_comes_once() {
        assert_eq!(
            parse("all,count=1").expect_err("twice").to_string(),
            "gpu request key 'count' can be specified only once"
        );
        assert!(parse("foo=1").is_err());
    }
}
