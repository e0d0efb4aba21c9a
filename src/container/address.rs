//! IP and MAC addresses, as Go's `net` package reads them.

use std::net::IpAddr;

/// An IP address in its canonical form: an IPv4 address mapped into IPv6 becomes itself.
pub(super) fn parse_ip(text: &str) -> Option<String> {
    text.parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical().to_string())
}

/// Whether `text` is a MAC-48, EUI-64 or 20-byte InfiniBand address: pairs of hex digits split
/// by `:` or `-`, or groups of four split by `.`.
pub(super) fn is_mac(text: &str) -> bool {
    let groups = |separator: char, digits: usize| {
        let mut count = 0;
        for group in text.split(separator) {
            if group.len() != digits || !group.chars().all(|c| c.is_ascii_hexdigit()) {
                return None;
            }
            count += digits / 2;
        }
        Some(count)
    };
    let bytes = [(':', 2), ('-', 2), ('.', 4)]
        .into_iter()
        .find_map(|(separator, digits)| groups(separator, digits));
    matches!(bytes, Some(6 | 8 | 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_put_in_their_canonical_form() {
        assert_eq!(parse_ip("0:0::1").as_deref(), Some("::1"));
        assert_eq!(parse_ip("::ffff:1.2.3.4").as_deref(), Some("1.2.3.4"));
        for bad in [
            "",
            "localhost",
            "1.2.3",
            "01.2.3.4",
            "[::1]",
            "fe80::1%eth0",
        ] {
            assert_eq!(parse_ip(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_mac_has_six_eight_or_twenty_bytes() {
        assert!(is_mac("92:d0:c6:0a:29:33"));
        assert!(is_mac("92-D0-C6-0A-29-33"));
        assert!(is_mac("92d0.c60a.2933"));
        assert!(!is_mac("xyz"));
        assert!(!is_mac("92:d0:c6:0a:29"));
        assert!(!is_mac("92:d0-c6:0a:29:33"));
    }
}
