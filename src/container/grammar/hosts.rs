//! `--add-host`, `--dns`, `--dns-search`.

use super::address::parse_ip;
use crate::container::FlagError;

/// Reads `HOST:IP` or `HOST=IP`, returns `HOST:IP`. The address stays as typed, without brackets.
///
/// # Errors
/// No separator, no host, a colon in the host, or an invalid address.
pub(crate) fn parse_extra_host(value: &str) -> Result<String, FlagError> {
    let split = match value.contains('=') {
        true => value.split_once('='),
        // Only the first colon: the address may be IPv6.
        false => value.split_once(':'),
    };
    let Some((host, address)) = split.filter(|(host, _)| !host.is_empty() && !host.contains(':'))
    else {
        return Err(FlagError::with_hint(
            format!("bad format for add-host: {value:?}"),
            "write it as HOST:IP",
        ));
    };
    // The Engine inserts its own address there.
    if address == "host-gateway" {
        return Ok(format!("{host}:{address}"));
    }
    let address = match address.strip_prefix('[').and_then(|a| a.strip_suffix(']')) {
        Some(inner) if !inner.is_empty() => inner,
        _ => address,
    };
    if parse_ip(address.trim()).is_none() {
        return Err(FlagError::new(format!(
            "invalid IP address in add-host: {address:?}"
        )));
    }
    Ok(format!("{host}:{address}"))
}

/// The address of a DNS server in canonical form: an IPv4-mapped IPv6 address becomes IPv4.
///
/// # Errors
/// Not an IP address.
pub(crate) fn parse_dns(value: &str) -> Result<String, FlagError> {
    parse_ip(value.trim())
        .map(|address| address.to_canonical().to_string())
        .ok_or_else(|| FlagError::new(format!("IP address is not correctly formatted: {value}")))
}

/// A search domain; `.` means none at all.
///
/// # Errors
/// Not a domain name.
pub(crate) fn parse_dns_search(value: &str) -> Result<String, FlagError> {
    let domain = value.trim_matches(' ');
    if domain == "." {
        return Ok(domain.to_owned());
    }
    let name = domain.trim_end();
    let name = name.strip_suffix('.').unwrap_or(name);
    let valid = name.len() < 255
        && name.chars().any(|c| c.is_ascii_alphabetic())
        && name.split('.').all(is_domain_label);
    if valid {
        Ok(name.to_owned())
    } else {
        Err(FlagError::new(format!("{domain} is not a valid domain")))
    }
}

fn is_domain_label(label: &str) -> bool {
    label.starts_with(|c: char| c.is_ascii_alphanumeric())
        && label.ends_with(|c: char| c.is_ascii_alphanumeric())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_split_at_the_equals_sign_or_the_first_colon() {
        let hosts = [
            ("a:1.2.3.4", "a:1.2.3.4"),
            ("b=::1", "b:::1"),
            ("c:::1", "c:::1"),
            ("d=[::1]", "d:::1"),
            ("e:host-gateway", "e:host-gateway"),
        ];
        for (typed, sent) in hosts {
            assert_eq!(parse_extra_host(typed).as_deref(), Ok(sent));
        }
    }

    #[test]
    fn hosts_without_an_address_are_refused() {
        let message = |value| parse_extra_host(value).expect_err("refused").to_string();
        assert_eq!(message("foo"), "bad format for add-host: \"foo\"");
        assert_eq!(message("a:[]"), "invalid IP address in add-host: \"[]\"");
        assert_eq!(
            message("foo:bar"),
            "invalid IP address in add-host: \"bar\""
        );
        assert_eq!(message(":1.2.3.4"), "bad format for add-host: \":1.2.3.4\"");
        assert_eq!(message("a:b=::1"), "bad format for add-host: \"a:b=::1\"");
    }

    #[test]
    fn a_search_domain_is_shorter_than_255_characters() {
        let domain = |length: usize| "a.".repeat(length / 2) + &"a".repeat(length % 2 + 1);
        let longest = domain(253);
        assert_eq!(longest.len(), 254);
        assert_eq!(parse_dns_search(&longest), Ok(longest));
        assert!(parse_dns_search(&("a".to_owned() + &domain(253))).is_err());
    }

    #[test]
    fn dns_servers_are_addresses_and_search_domains_are_names() {
        assert_eq!(parse_dns(" 1.1.1.1 ").as_deref(), Ok("1.1.1.1"));
        assert!(parse_dns("foo").is_err());
        assert_eq!(
            parse_dns_search("example.com.").as_deref(),
            Ok("example.com")
        );
        assert_eq!(parse_dns_search(".").as_deref(), Ok("."));
        for bad in ["", "1.2", "-a.b", "a..b", "a b"] {
            assert!(parse_dns_search(bad).is_err(), "{bad:?}");
        }
    }
}
