//! Headers of AWS's answers that the container does not get.

use http::header::{CONNECTION, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::credentials::Credentials;

/// What belongs to credrun's own connection, and what would lead a client past the proxy.
const DROPPED: [&str; 14] = [
    // Of this connection.
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    // A browser would keep these for 127.0.0.1, whatever listens there later.
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "public-key-pins",
    // They name other addresses of the server, and where to report to.
    "alt-svc",
    "nel",
    "report-to",
    "reporting-endpoints",
];

/// Removes headers that have a real secret in them.
pub(crate) fn remove_secrets(headers: &mut HeaderMap, real: &Credentials) {
    let secret: Vec<_> = headers
        .iter()
        .filter(|(_, value)| real.is_in(value.as_bytes()))
        .map(|(name, _)| name.clone())
        .collect();
    for name in secret {
        headers.remove(name);
    }
}

/// Removes them. What remains is AWS's: `date`, `x-amz-*`, `etag`, `content-*`, …
pub(crate) fn clean(headers: &mut HeaderMap) {
    for name in named_by_connection(headers) {
        headers.remove(name);
    }
    let dropped: Vec<_> = headers
        .keys()
        .filter(|name| is_dropped(name))
        .cloned()
        .collect();
    for name in dropped {
        headers.remove(name);
    }
    let locations = headers.get_all(LOCATION);
    if !locations.iter().all(|value| is_relative(value.as_bytes())) {
        headers.remove(LOCATION);
    }
}

/// Whether it never goes on.
pub(crate) fn is_dropped(name: &HeaderName) -> bool {
    let name = name.as_str();
    DROPPED.contains(&name) || name.starts_with("proxy-")
}

/// Of the address of what was created, as Route 53 and CloudFront answer, the path remains: their
/// SDKs give it to the program. `upstream` is where the call went, `https://HOST`.
pub(crate) fn keep_path_of_location(headers: &mut HeaderMap, upstream: &str) {
    let mut locations = headers.get_all(LOCATION).iter();
    let (Some(location), None) = (locations.next(), locations.next()) else {
        return;
    };
    let location = location.to_str().unwrap_or_default();
    let path = location.strip_prefix(upstream).map(HeaderValue::from_str);
    if let Some(Ok(path)) = path {
        headers.insert(LOCATION, path);
    }
}

fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(CONNECTION).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        // AWS would not, but who names it must not take the length away from the body.
        .filter(|name| !name.as_str().starts_with("content-"))
        .collect()
}

/// A path on the same host. `//host/path` is another host, and so is `/\host/path` to some clients.
fn is_relative(location: &[u8]) -> bool {
    match location {
        [b'/', rest @ ..] => !matches!(rest.first(), Some(b'/' | b'\\')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that remain.
    fn cleaned(headers: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        clean(&mut map);
        map.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn what_belongs_to_the_connection_or_leads_elsewhere_is_removed() {
        let remaining = cleaned(&[
            ("connection", "close, X-Hop"),
            ("connection", "content-length"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("trailer", "x"),
            ("upgrade", "h2c"),
            ("proxy-authenticate", "Basic"),
            ("proxy-connection", "close"),
            ("set-cookie", "a=b"),
            ("set-cookie", "c=d"),
            ("alt-svc", "h3=\":443\""),
            ("strict-transport-security", "max-age=1"),
            ("content-length", "5"),
        ]);
        assert_eq!(remaining, ["content-length"]);
    }

    #[test]
    fn what_an_sdk_reads_remains() {
        let names = [
            "date",
            "etag",
            "server",
            "retry-after",
            "content-type",
            "content-encoding",
            "last-modified",
            "x-amz-request-id",
            "x-amz-bucket-region",
            "x-amzn-requestid",
            "x-amz-checksum-crc32",
        ];
        let headers: Vec<_> = names.iter().map(|name| (*name, "x")).collect();
        let mut remaining = cleaned(&headers);
        remaining.sort();
        let mut expected = names.map(ToOwned::to_owned);
        expected.sort();
        assert_eq!(remaining, expected);
    }

    #[test]
    fn of_what_was_created_at_the_same_host_the_path_remains() {
        let upstream = "https://route53.amazonaws.com";
        let remaining = |location: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, HeaderValue::from_static(location));
            keep_path_of_location(&mut headers, upstream);
            clean(&mut headers);
            let location = headers.get(LOCATION)?.to_str().expect("text");
            Some(location.to_owned())
        };
        assert_eq!(
            remaining("https://route53.amazonaws.com/2013-04-01/hostedzone/Z1").as_deref(),
            Some("/2013-04-01/hostedzone/Z1")
        );
        assert_eq!(remaining("/bucket").as_deref(), Some("/bucket"));
        for elsewhere in [
            "https://route53.amazonaws.com.evil.example/x",
            "https://route53.amazonaws.com@evil.example/x",
            "https://route53.amazonaws.com//evil.example/x",
            "https://route53.amazonaws.com",
            "http://route53.amazonaws.com/x",
        ] {
            assert_eq!(remaining(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_location_remains_if_it_is_a_path() {
        assert_eq!(cleaned(&[("location", "/bucket")]), ["location"]);
        for location in [
            "https://bkt.s3-eu-west-1.amazonaws.com/",
            "//host/path",
            "/\\host",
            "relative",
            "",
            "javascript:x",
        ] {
            assert!(cleaned(&[("location", location)]).is_empty(), "{location}");
        }
        let two = [("location", "/a"), ("location", "https://h/")];
        assert!(cleaned(&two).is_empty());
    }
}
