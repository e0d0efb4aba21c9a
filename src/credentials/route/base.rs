//! A source that can be queried.

use crate::credentials::Credentials;
use crate::credentials::from::container_endpoint::ContainerEndpoint;
use crate::credentials::from::credential_process::CredentialProcess;
use crate::credentials::from::sso_settings::Sso;
use crate::credentials::from::web_identity::WebIdentity;
use crate::credentials::origin::{Origin, ProfileKind};

/// A source that can be queried.
#[derive(Debug, Clone)]
pub(crate) enum Base {
    /// Keys that need no request.
    Keys(Credentials, Origin),
    Endpoint(ContainerEndpoint),
    InstanceMetadata,
    /// An OIDC token for a role.
    WebIdentity(WebIdentity),
    Process(CredentialProcess),
    Sso(Sso),
    /// `aws login`.
    Login {
        profile: String,
        /// Its `login_session`.
        session: String,
    },
}

impl Base {
    /// Where its sets come from.
    pub(crate) fn origin(&self) -> Origin {
        let profile = |name: &str, kind| Origin::Profile {
            name: name.to_owned(),
            kind,
        };
        match self {
            Self::Keys(_, origin) => origin.clone(),
            Self::Endpoint(endpoint) => endpoint.origin(),
            Self::InstanceMetadata => Origin::InstanceMetadata,
            Self::WebIdentity(token) => token.origin(),
            Self::Process(process) => profile(&process.profile, ProfileKind::Process),
            Self::Sso(sso) => profile(&sso.profile, ProfileKind::Sso),
            Self::Login { profile: name, .. } => profile(name, ProfileKind::Login),
        }
    }

    /// Whether its sets certainly belong to a role; AWS then lets another role be assumed for only
    /// an hour. CloudShell's user may be an IAM user.
    pub(crate) fn is_a_role(&self) -> bool {
        match self {
            Self::WebIdentity(_) | Self::Sso(_) | Self::InstanceMetadata => true,
            Self::Endpoint(endpoint) => endpoint.origin() != Origin::CloudShell,
            Self::Keys(..) | Self::Process(_) | Self::Login { .. } => false,
        }
    }
}
