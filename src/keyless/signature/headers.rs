//! What becomes of each header of a request.

use http::HeaderName;

/// What becomes of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is about the container's connection or signature, or is written anew.
    Dropped,
    /// It is kept and signed.
    Signed,
    /// It is kept. Signatures leave it out, because clients send it in many forms.
    Passed,
}

/// Headers of one connection, which is not the one to AWS.
const OF_THE_CONNECTION: [&str; 9] = [
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "http2-settings",
    "proxy-connection",
];

/// What says who asked, and through whom.
const OF_OTHERS: [&str; 3] = ["forwarded", "via", "cookie"];

/// Written anew for AWS.
const REPLACED: [&str; 8] = [
    "host",
    "authorization",
    "date",
    "content-length",
    "x-amz-date",
    "x-amz-content-sha256",
    SECURITY_TOKEN,
    S3_SESSION_TOKEN,
];

pub(super) const SECURITY_TOKEN: &str = "x-amz-security-token";
/// The token of a session that S3's CreateSession made.
pub(super) const S3_SESSION_TOKEN: &str = "x-amz-s3session-token";

/// Signed although the name does not start with `x-amz-`.
const SIGNED: [&str; 4] = ["content-type", "content-encoding", "content-md5", "range"];

/// No SDK signs it, because proxies write it.
const TRACE_ID: &str = "x-amzn-trace-id";

pub(super) fn treatment(name: &HeaderName) -> Treatment {
    let name = name.as_str();
    let is_dropped = OF_THE_CONNECTION.contains(&name)
        || OF_OTHERS.contains(&name)
        || REPLACED.contains(&name)
        || ["proxy-", "x-forwarded-"]
            .iter()
            .any(|start| name.starts_with(start));
    if is_dropped {
        return Treatment::Dropped;
    }
    if SIGNED.contains(&name) || is_amz(name) {
        return Treatment::Signed;
    }
    Treatment::Passed
}

/// Whether it must be signed by the container: it changes what a call does.
pub(super) fn must_be_signed(name: &HeaderName) -> bool {
    is_amz(name.as_str()) && treatment(name) == Treatment::Signed
}

/// Whether it goes on to AWS as it is, signed or not.
pub(in crate::keyless) fn may_be_unsigned(name: &HeaderName) -> bool {
    treatment(name) == Treatment::Passed
}

fn is_amz(name: &str) -> bool {
    name != TRACE_ID && (name.starts_with("x-amz-") || name.starts_with("x-amzn-"))
}

/// Whether `Connection` may have this word. A proxy drops what is named there; a header that was
/// read here must not be dropped behind.
pub(super) fn is_of_the_connection(word: &str) -> bool {
    let mut words = OF_THE_CONNECTION.iter().chain(&["close"]);
    words.any(|one| word.eq_ignore_ascii_case(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &'static str) -> Treatment {
        treatment(&HeaderName::from_static(name))
    }

    #[test]
    fn each_header_is_treated_as_the_table_of_headers_says() {
        for name in [
            "host",
            "authorization",
            "x-amz-date",
            "date",
            "x-amz-security-token",
            "x-amz-s3session-token",
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "proxy-authorization",
            "expect",
            "http2-settings",
            "forwarded",
            "x-forwarded-for",
            "via",
            "cookie",
        ] {
            assert_eq!(of(name), Treatment::Dropped, "{name}");
        }
        for name in [
            "content-md5",
            "x-amz-checksum-crc32",
            "x-amz-sdk-checksum-algorithm",
            "x-amz-trailer",
            "x-amz-decoded-content-length",
            "content-encoding",
            "content-type",
            "range",
            "x-amz-acl",
            "x-amzn-query-mode",
        ] {
            assert_eq!(of(name), Treatment::Signed, "{name}");
        }
        for name in [
            "accept-encoding",
            "user-agent",
            "amz-sdk-invocation-id",
            "amz-sdk-request",
            "accept",
            "cache-control",
            "if-match",
            "content-disposition",
            "x-amzn-trace-id",
        ] {
            assert_eq!(of(name), Treatment::Passed, "{name}");
        }
    }

    #[test]
    fn what_changes_a_call_must_be_signed() {
        let must = |name| must_be_signed(&HeaderName::from_static(name));
        assert!(must("x-amz-copy-source"));
        assert!(must("x-amzn-query-mode"));
        for name in [
            "x-amz-date",
            "x-amz-security-token",
            "x-amzn-trace-id",
            "content-type",
        ] {
            assert!(!must(name), "{name}");
        }
    }
}
