//! Why a request is refused before anyone asks which operation it is: it can be read in two ways,
//! and credrun and AWS could read it differently.

use std::fmt;

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The target is no path with a query.
    Target,
    /// A `%` without two hexadecimal digits, or a byte that has to be encoded.
    Encoding,
    /// `.`, `..` or an empty part of the path, or a character that no path has.
    Path,
    /// A `%2F` in the path, which is another operation where it is read as a slash.
    EncodedSlash,
    /// The name of a bucket that is encoded, empty, or a dot.
    Bucket,
    /// A header that must come once came again.
    RepeatedHeader(&'static str),
    /// A part of the query or of the form that must come once came again.
    RepeatedParameter(String),
    /// More parameters than any call has.
    TooManyParameters,
    /// Two ways to name an operation: `X-Amz-Target` and `Action`, or `Action` in query and body.
    TwoOperations,
    /// Two parts of the query name an operation of S3.
    TwoSubresources(&'static str, &'static str),
    /// A header that changes the method.
    MethodOverride,
    /// The content type is of another protocol.
    ContentType,
    /// What the request is depends on its body, which is not held.
    NoBody,
    /// `/~module` names a module that does not exist, or that signs with another name.
    Module(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target => formatter.write_str("the target is not a path"),
            Self::Encoding => formatter.write_str("the target is not encoded as it must be"),
            Self::Path => formatter.write_str(
                "the path has an empty part, a dot part, or a character that paths do not have",
            ),
            Self::EncodedSlash => {
                formatter.write_str("the path names another operation if its %2F is a slash")
            }
            Self::Bucket => {
                formatter.write_str("the path does not start with the plain name of a bucket")
            }
            Self::RepeatedHeader(name) => {
                write!(formatter, "the header {name} came more than once")
            }
            Self::RepeatedParameter(name) => {
                write!(formatter, "the parameter {name} came more than once")
            }
            Self::TooManyParameters => formatter.write_str("the request has too many parameters"),
            Self::TwoOperations => {
                formatter.write_str("the request names an operation in more than one way")
            }
            Self::TwoSubresources(one, other) => {
                write!(formatter, "the query has both {one} and {other}")
            }
            Self::MethodOverride => formatter.write_str("a header overrides the method"),
            Self::ContentType => formatter.write_str("the content type does not fit the request"),
            Self::NoBody => {
                formatter.write_str("the body that says what the request is was not read")
            }
            Self::Module(name) => write!(formatter, "no module {name} signs with this name"),
        }
    }
}

impl std::error::Error for Refusal {}
