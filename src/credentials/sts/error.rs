//! Why STS returned nothing.

use crate::credentials::http_client::HttpError;
use crate::credentials::set::UnusableValue;

/// Why STS returned nothing.
#[derive(Debug, thiserror::Error)]
pub enum StsError {
    #[error("{code}{} (HTTP {status})", .message.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
    Refused {
        status: u16,
        code: String,
        message: Option<String>,
    },
    /// It could not be reached.
    #[error("STS{} could not be reached", at_or_in(.endpoint.as_deref(), .region.as_deref()))]
    Unreachable {
        /// The endpoint, if the user configured one.
        endpoint: Option<String>,
        /// The region of AWS's own endpoint, if the user configured that.
        region: Option<String>,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The endpoint that the user configured is no URL.
    #[error("{endpoint:?} is not of the form http://HOST or https://HOST")]
    Address { endpoint: String },
    /// It did not respond in time.
    #[error("STS{} did not respond in time", at(.endpoint.as_deref()))]
    Silent {
        /// The endpoint, if the user configured one.
        endpoint: Option<String>,
    },
    /// The response is not from STS, or is a refusal without a code.
    #[error("the response is not valid STS{}", .status.map(|status| format!(": HTTP {status}")).unwrap_or_default())]
    Answer {
        /// The HTTP status, if that is all that is known.
        status: Option<u16>,
    },
    /// The response holds a value that no set of credentials can have.
    #[error("the {} in the response {}", .0.field.member(), .0.flaw)]
    Unusable(UnusableValue),
}

impl StsError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Refused { code, message, .. } => {
                return refusal_hint(code, message.as_deref().unwrap_or_default());
            }
            Self::Unreachable { source, .. } if source.is::<HttpError>() => {
                return source.downcast_ref().and_then(HttpError::hint);
            }
            Self::Unreachable {
                endpoint: Some(_), ..
            }
            | Self::Address { .. }
            | Self::Silent { endpoint: Some(_) } => {
                "the address is from AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile"
            }
            Self::Unreachable {
                region: Some(region),
                ..
            } => {
                return Some(format!(
                    "can this machine reach the internet, or a VPC endpoint for STS? Is {region} a region of AWS?"
                ));
            }
            Self::Unreachable { .. } | Self::Silent { .. } => {
                "can this machine reach the internet, or a VPC endpoint for STS?"
            }
            Self::Answer {
                status: Some(500..),
            } => "try again in a minute; the response may come from a proxy",
            Self::Answer { .. } | Self::Unusable(_) => "is AWS_ENDPOINT_URL the address of STS?",
        };
        Some(text.to_owned())
    }
}

pub(crate) fn at(endpoint: Option<&str>) -> String {
    endpoint.map(|url| format!(" at {url}")).unwrap_or_default()
}

fn at_or_in(endpoint: Option<&str>, region: Option<&str>) -> String {
    match (endpoint, region) {
        (None, Some(region)) => format!(" in {region}"),
        _ => at(endpoint),
    }
}

pub(crate) fn refusal_hint(code: &str, message: &str) -> Option<String> {
    let text = match code {
        "AccessDenied" if message.contains("MultiFactorAuthentication") => {
            "AWS did not accept the MFA code: each code works once; wait for the next one, and check --serial-number"
        }
        "AccessDenied" => {
            "the role's trust policy must name the caller (and an external ID or MFA if it requires one), and the caller must be allowed sts:AssumeRole on the role"
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "the credentials that the call was made with have expired; log in again"
        }
        "InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException" => {
            "the access key does not exist or is inactive; AWS_ENDPOINT_URL and the region must match its partition"
        }
        "SignatureDoesNotMatch" => "the secret access key does not belong to the access key ID",
        "RegionDisabledException" => {
            "STS is deactivated in this region; choose another with --region"
        }
        "MalformedPolicyDocument" => "check --policy or --policy-from",
        "PackedPolicyTooLarge" | "PackedPolicyTooLargeException" => {
            "use fewer or shorter tags and policies"
        }
        "ValidationError" if message.contains("role chaining") => {
            "a role that is assumed from another role lasts one hour at most: --duration-seconds 3600"
        }
        "ValidationError" if message.contains("MaxSessionDuration") => {
            "--duration-seconds is more than the role's maximum session duration, which is a setting of the role"
        }
        "IDPCommunicationError" => "AWS could not reach the identity provider; try again",
        "InvalidIdentityToken" => "the token must not have expired, and IAM must know its issuer",
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_that_users_meet_has_its_own_advice() {
        for (code, message, advice) in [
            (
                "AccessDenied",
                "MultiFactorAuthentication failed",
                "MFA code",
            ),
            ("AccessDenied", "not authorized", "trust policy"),
            ("ExpiredToken", "", "log in again"),
            ("InvalidClientTokenId", "", "does not exist or is inactive"),
            ("SignatureDoesNotMatch", "", "secret access key"),
            ("RegionDisabledException", "", "--region"),
            ("MalformedPolicyDocument", "", "--policy"),
            ("PackedPolicyTooLarge", "", "fewer or shorter"),
            ("ValidationError", "of role chaining", "one hour"),
            (
                "ValidationError",
                "the MaxSessionDuration set",
                "maximum session duration",
            ),
            ("IDPCommunicationError", "", "try again"),
            ("InvalidIdentityToken", "", "its issuer"),
        ] {
            let hint = refusal_hint(code, message).expect(code);
            assert!(hint.contains(advice), "{code}: {hint}");
        }
        assert_eq!(refusal_hint("ValidationError", "of something"), None);
        assert_eq!(refusal_hint("Other", ""), None);
    }

    #[test]
    fn an_endpoint_that_the_user_configured_is_named() {
        let silent = |endpoint: Option<&str>| StsError::Silent {
            endpoint: endpoint.map(str::to_owned),
        };
        let configured = silent(Some("http://sts.example"));
        assert_eq!(
            configured.to_string(),
            "STS at http://sts.example did not respond in time"
        );
        let hint = configured.hint().expect("advice");
        assert!(hint.contains("AWS_ENDPOINT_URL_STS"), "{hint}");
        assert_eq!(silent(None).to_string(), "STS did not respond in time");
        let hint = silent(None).hint().expect("advice");
        assert!(hint.contains("reach the internet"), "{hint}");
    }
}
