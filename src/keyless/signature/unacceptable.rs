//! Requests without a signature that credrun verifies.

use std::fmt;

/// Why there is no [`super::claim::Claim`] in a request. Each says the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unacceptable {
    /// There is no signature.
    Anonymous,
    /// Signature Version 2, or older.
    SigV2,
    /// Signed for several regions, with an elliptic curve.
    SigV4A,
    Bearer,
    /// Events into AWS, each signed.
    EventStream,
    /// It could be read in two ways, or in none.
    Malformed(&'static str),
}

impl Unacceptable {
    /// The code that AWS has for it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Anonymous => "MissingAuthenticationToken",
            Self::SigV2 | Self::SigV4A | Self::Bearer => "InvalidRequest",
            Self::EventStream => "NotImplemented",
            Self::Malformed(_) => "IncompleteSignature",
        }
    }
}

impl fmt::Display for Unacceptable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => formatter.write_str(
                "the request is not signed; credrun --keyless takes only calls that are signed \
                 with the container's key (a call that needs no key can be made without \
                 AWS_ENDPOINT_URL)",
            ),
            Self::SigV2 => formatter.write_str(
                "the request is signed with Signature Version 2; set signature_version = s3v4 in \
                 the client's configuration",
            ),
            Self::SigV4A => formatter.write_str(
                "the request is signed for several regions (SigV4A), which credrun --keyless \
                 does not verify; use --live",
            ),
            Self::Bearer => formatter.write_str(
                "the request has a bearer token and no signature, which credrun --keyless does \
                 not serve; use --live",
            ),
            Self::EventStream => formatter.write_str(
                "the request sends a stream of signed events, which credrun --keyless does not \
                 serve; use --live",
            ),
            Self::Malformed(what) => write!(formatter, "the signature cannot be read: {what}"),
        }
    }
}

impl std::error::Error for Unacceptable {}
