//! IP and MAC addresses, as Go's `net` package reads them.

use std::net::IpAddr;

/// An IP address, without a zone.
pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// A MAC-48, EUI-64 or 20-byte InfiniBand address, returned with `:` between the bytes. Accepts
/// pairs of hex digits split by `:` or `-`, groups of four split by `.`, or digits alone.
pub(crate) fn parse_mac(text: &str) -> Option<String> {
    let digits = [(':', 2), ('-', 2), ('.', 4)]
        .into_iter()
        .find_map(|(separator, size)| joined(text, separator, size))
        .unwrap_or_else(|| text.to_owned());
    let is_mac = matches!(digits.len(), 12 | 16 | 40) && is_hex(&digits);
    is_mac.then(|| {
        let bytes: Vec<&str> = (0..digits.len())
            .step_by(2)
            .map(|at| &digits[at..at + 2])
            .collect();
        bytes.join(":").to_lowercase()
    })
}

/// The digits of groups of equal size; none if the sizes differ.
fn joined(text: &str, separator: char, size: usize) -> Option<String> {
    let is_split = text.contains(separator)
        && text
            .split(separator)
            .all(|group| group.len() == size && is_hex(group));
    is_split.then(|| text.replace(separator, ""))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_whole_and_have_no_zone() {
        let canonical = |text| parse_ip(text).map(|address| address.to_string());
        assert_eq!(canonical("0:0::1").as_deref(), Some("::1"));
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
    fn a_mac_is_of_hexadecimal_digits() {
        for bad in [
            "0g:00:00:00:00:00",
            "02:42:ac:11:00:0\u{e9}",
            "zzzzzzzzzzzz",
            "02:42:ac:11:00",
        ] {
            assert_eq!(parse_mac(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_mac_has_six_eight_or_twenty_bytes_in_any_of_gos_spellings() {
        for typed in [
            "92:D0:c6:0a:29:33",
            "92-d0-c6-0A-29-33",
            "92d0.c60a.2933",
            "92d0c60a2933",
        ] {
            assert_eq!(
                parse_mac(typed).as_deref(),
                Some("92:d0:c6:0a:29:33"),
                "{typed}"
            );
        }
        assert_eq!(
            parse_mac("0200.5e10.0000.0001").as_deref(),
            Some("02:00:5e:10:00:00:00:01")
        );
        for bad in [
            "",
            "xyz",
            "92:d0:c6:0a:29",
            "92:d0-c6:0a:29:33",
            "9:2d:0c:60:a2:93:3",
            "92d0c60a293ä",
        ] {
            assert_eq!(parse_mac(bad), None, "{bad:?}");
        }
    }
}
