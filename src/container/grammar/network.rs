//! One `--network`, and the addresses of related flags.

use std::collections::HashMap;
use std::net::IpAddr;

use super::address::parse_ip;
use super::{csv, number};
use crate::container::error::FlagError;

/// One `--network`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NetworkFlag {
    pub(crate) target: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) links: Vec<String>,
    pub(crate) driver_opts: Option<HashMap<String, String>>,
    pub(crate) ipv4: Option<IpAddr>,
    pub(crate) ipv6: Option<IpAddr>,
    pub(crate) link_local_ips: Vec<IpAddr>,
    pub(crate) mac_address: Option<String>,
    pub(crate) gateway_priority: i64,
}

/// Reads a network's name, or `name=…,alias=…,ip=…`.
///
/// # Errors
/// A record without a name, with an unknown key, or with a malformed field.
pub(crate) fn parse(value: &str) -> Result<NetworkFlag, FlagError> {
    if !is_record(value) {
        return Ok(NetworkFlag {
            target: value.to_owned(),
            ..NetworkFlag::default()
        });
    }
    let mut network = NetworkFlag::default();
    for field in csv::parse(value)? {
        network.set(&field)?;
    }
    if network.target.is_empty() {
        return Err(FlagError::new("network name/id is not specified"));
    }
    Ok(network)
}

/// docker's rule: an equals sign between two word characters, anywhere.
fn is_record(value: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    value
        .as_bytes()
        .windows(3)
        .any(|window| window[1] == b'=' && is_word(&window[0]) && is_word(&window[2]))
}

impl NetworkFlag {
    fn set(&mut self, field: &str) -> Result<(), FlagError> {
        // Values are lower-cased too: docker does so, and finds its networks by that name.
        let lower = field.to_lowercase();
        let Some((key, value)) = lower.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(FlagError::new(format!("invalid field {lower}")));
        };
        let value = value.trim();
        match key.trim() {
            "name" => value.clone_into(&mut self.target),
            "alias" => self.aliases.push(value.to_owned()),
            "ip" => self.ipv4 = Some(field_address(value)?),
            "ip6" => self.ipv6 = Some(field_address(value)?),
            "mac-address" => self.mac_address = non_empty(value),
            "link-local-ip" => self.link_local_ips.push(field_address(value)?),
            "driver-opt" => {
                let (key, value) = value
                    .split_once('=')
                    .filter(|(key, _)| !key.is_empty())
                    .ok_or_else(|| {
                        FlagError::new("invalid key value pair format in driver options")
                    })?;
                self.driver_opts
                    .get_or_insert_default()
                    .insert(key.trim().to_owned(), value.trim().to_owned());
            }
            "gw-priority" => {
                self.gateway_priority = number::parse_decimal_int(value).map_err(|_| {
                    FlagError::new(format!("invalid gw-priority ({value}): invalid syntax"))
                })?;
            }
            key => return Err(FlagError::new(format!("invalid field key {key}"))),
        }
        Ok(())
    }
}

/// Checks `CONTAINER[:ALIAS]`.
///
/// # Errors
/// No container, or more than two parts.
pub(crate) fn parse_link(link: &str) -> Result<String, FlagError> {
    if link.is_empty() {
        return Err(FlagError::new("empty string specified for links"));
    }
    if link.split(':').count() > 2 {
        return Err(FlagError::new(format!("bad format for links: {link}")));
    }
    Ok(link.to_owned())
}

/// The address of a flag; docker treats an empty value as none.
pub(crate) type FlagAddress = Option<IpAddr>;

/// `--ip`: an IPv4 address, also in IPv4-mapped IPv6 form.
///
/// # Errors
/// Not an IPv4 address. docker silently drops an IPv6 one here.
pub(crate) fn parse_ipv4(value: &str) -> Result<FlagAddress, FlagError> {
    let Some(address) = flag_address(value)? else {
        return Ok(None);
    };
    match address.to_canonical() {
        IpAddr::V4(address) => Ok(Some(address.into())),
        IpAddr::V6(_) => Err(FlagError::with_hint(
            format!("not an IPv4 address: {value:?}"),
            "an IPv6 address is for --ip6",
        )),
    }
}

/// `--ip6`: an address; an IPv4 one becomes IPv4-mapped IPv6.
///
/// # Errors
/// Not an IP address.
pub(crate) fn parse_ipv6(value: &str) -> Result<FlagAddress, FlagError> {
    let address = flag_address(value)?;
    Ok(address.map(|address| match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(_) => address,
    }))
}

/// `--link-local-ip`.
///
/// # Errors
/// Not an IP address. docker silently drops such a value.
pub(crate) fn parse_link_local(value: &str) -> Result<IpAddr, FlagError> {
    parse_ip(value).ok_or_else(|| unparsable(value))
}

fn flag_address(value: &str) -> Result<FlagAddress, FlagError> {
    match value.trim() {
        "" => Ok(None),
        address => parse_ip(address).map(Some).ok_or_else(|| unparsable(value)),
    }
}

fn unparsable(value: &str) -> FlagError {
    FlagError::new(format!("failed to parse IP: {value:?}"))
}

/// The address in a field of `--network`, of either kind.
fn field_address(value: &str) -> Result<IpAddr, FlagError> {
    parse_ip(value)
        .ok_or_else(|| FlagError::new(format!("ParseAddr({value:?}): unable to parse IP")))
}

fn non_empty(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_other_kind_is_mapped_or_refused() {
        let text = |address: Option<IpAddr>| address.map(|address| address.to_string());
        let mapped = parse_ipv6("1.2.3.4").expect("an address");
        assert_eq!(text(mapped).as_deref(), Some("::ffff:1.2.3.4"));
        let unmapped = parse_ipv4("::ffff:1.2.3.4").expect("an address");
        assert_eq!(text(unmapped).as_deref(), Some("1.2.3.4"));
        assert!(parse_ipv4("2001:db8::33").is_err());
        assert!(parse_link_local("169.254.1.1,169.254.1.2").is_err());
        assert_eq!(parse_ipv4(""), Ok(None));
    }

    #[test]
    fn a_name_without_an_equals_sign_between_words_is_no_list_of_fields() {
        for name in ["net", "a=", "=b", "a=-b", "a-=b"] {
            assert!(!is_record(name), "{name}");
        }
        for fields in ["name=net", "_=_"] {
            assert!(is_record(fields), "{fields}");
        }
    }

    #[test]
    fn options_of_a_driver_have_a_name() {
        let options = parse("name=x,driver-opt=a=b")
            .expect("a network")
            .driver_opts;
        assert_eq!(options.expect("options")["a"], "b");
        let refused = parse("name=x,driver-opt==b").expect_err("refused");
        assert_eq!(
            refused.to_string(),
            "invalid key value pair format in driver options"
        );
    }

    #[test]
    fn unknown_fields_are_refused() {
        let message = |value| parse(value).expect_err("refused").to_string();
        assert_eq!(message("name=x,foo=bar"), "invalid field key foo");
        assert_eq!(message("alias=x"), "network name/id is not specified");
        assert!(parse_link("a:b:c").is_err());
        assert_eq!(parse_link("a:b").as_deref(), Ok("a:b"));
    }
}
