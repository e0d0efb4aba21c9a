//! A fetch for renewal, and what it needs to succeed again if it fails.

use std::sync::Arc;

use crate::credentials::{
    CredentialsError, EndpointError, Fetched, LoginError, Source, StsError, TokenCodeError,
};
use crate::live::event::FailureKind;
use crate::live::renewal::FetchError;

pub(super) async fn fetch(source: Arc<Source>) -> Result<Fetched, FetchError> {
    source.fetch().await.map_err(|error| FetchError {
        kind: kind(&error),
        why: Box::new(error),
    })
}

/// What a fetch needs to succeed again.
fn kind(error: &CredentialsError) -> FailureKind {
    match error {
        // A command that prints codes failed, and credrun does not prompt.
        CredentialsError::TokenCode(TokenCodeError::Process(_)) => FailureKind::Other,
        CredentialsError::TokenCode(_) => FailureKind::NeedsPerson,
        CredentialsError::Login { source, .. } => match source {
            LoginError::SsoLogin(_) | LoginError::Login(_) => FailureKind::NeedsPerson,
            LoginError::Unreachable { .. } => FailureKind::Unreachable,
            LoginError::NoAccess { .. } | LoginError::Sso(_) | LoginError::Unusable(_) => {
                FailureKind::Other
            }
        },
        CredentialsError::Endpoint {
            source:
                EndpointError::Unreachable { .. }
                | EndpointError::Broken { .. }
                | EndpointError::Silent { .. },
            ..
        }
        | CredentialsError::Sts {
            source: StsError::Unreachable { .. } | StsError::Silent { .. },
            ..
        } => FailureKind::Unreachable,
        _ => FailureKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::CommandError;

    #[test]
    fn a_network_that_is_down_is_told_from_a_log_in_that_has_ended() {
        let login = |source| CredentialsError::Login {
            profile: "dev".to_owned(),
            source,
        };
        let sts = |source| CredentialsError::Sts {
            call: "AssumeRole".to_owned(),
            source,
        };
        let silent = StsError::Silent { endpoint: None };
        let refused = StsError::Refused {
            status: 403,
            code: "AccessDenied".to_owned(),
            message: None,
        };
        let unreachable = LoginError::Unreachable {
            service: "IAM Identity Center",
            reason: "dns error".to_owned(),
        };
        let url = "http://127.0.0.1:1338".to_owned();
        for (error, expected) in [
            (login(unreachable), FailureKind::Unreachable),
            (
                TokenCodeError::Process(CommandError::Start(std::io::Error::other("no shell")))
                    .into(),
                FailureKind::Other,
            ),
            (
                login(LoginError::SsoLogin(String::new())),
                FailureKind::NeedsPerson,
            ),
            (
                login(LoginError::Login(String::new())),
                FailureKind::NeedsPerson,
            ),
            (login(LoginError::Sso(String::new())), FailureKind::Other),
            (sts(silent), FailureKind::Unreachable),
            (sts(refused), FailureKind::Other),
            (
                CredentialsError::endpoint("CloudShell", EndpointError::Silent { url }),
                FailureKind::Unreachable,
            ),
        ] {
            assert_eq!(kind(&error), expected, "{error:?}");
        }
    }
}
