//! Why there are no credentials, and what the user can do about it.
//!
//! No variant holds a secret: response bodies and command output are never kept, and STS messages
//! are scrubbed ([`super::sts::client`]).

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::clock::ClockOffset;
use super::config_file::{ConfigFileError, Place};
use super::from::credential_process::ProcessError;
use super::from::profile::error::ProfileError;
use super::http_client::SettingsError;
use super::origin::Origin;
use super::sts::mfa::{SessionCacheError, TokenCodeError};
use crate::credentials::from::container_endpoint::error::EndpointError;
use crate::credentials::from::login_error::LoginError;
use crate::credentials::lifetime::span::Span;
use crate::credentials::lifetime::too_short::TooShort;
use crate::credentials::region::origin::RegionFrom;
use crate::credentials::route::passed::Passed;
use crate::credentials::sts::error::StsError;
use crate::policy::error::PolicyError;

/// A failure to get credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A flag's value is invalid.
    #[error("{flag}: {problem}")]
    Flag {
        flag: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What to write instead.
        hint: Option<String>,
    },
    /// The file that a flag names cannot be read.
    #[error("{flag}: {} cannot be read", .path.display())]
    File {
        flag: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The records of `--policy-from` give no session policy.
    #[error("--policy-from: no session policy can be made of the record")]
    PolicyFrom(#[from] PolicyError),
    /// Not a valid region name.
    #[error("{from}: {name:?} is not the name of a region")]
    Region { name: String, from: RegionFrom },
    /// A variable's value is invalid.
    #[error("{name} {problem}")]
    Variable {
        name: &'static str,
        /// What is wrong with it.
        problem: String,
        hint: &'static str,
    },
    /// The environment has only one half of a key pair.
    #[error("{present} is set, but {missing} is not")]
    HalfAPair {
        /// The variable that is set.
        present: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// No source has credentials.
    #[error("no AWS credentials found{}", lines(.passed))]
    NotFound {
        /// Each source, and why it has none.
        passed: Vec<Passed>,
    },
    /// The shared config files cannot be used.
    #[error("the AWS config files cannot be used")]
    ConfigFile(#[from] ConfigFileError),
    #[error("profile {profile:?}{} cannot be used", at(.place.as_ref()))]
    Profile {
        profile: String,
        place: Option<Place>,
        /// What is wrong with it.
        #[source]
        source: Box<ProfileError>,
    },
    /// The container endpoint returned no credentials.
    #[error("could not get credentials from {origin}")]
    Endpoint {
        origin: String,
        #[source]
        source: EndpointError,
    },
    /// A profile's command returned no credentials.
    #[error("could not get credentials from the credential_process of profile {profile:?}{}", at(.place.as_ref()))]
    Process {
        profile: String,
        place: Option<Place>,
        #[source]
        source: ProcessError,
    },
    /// IAM Identity Center or `aws login` returned no credentials.
    #[error("could not get credentials for profile {profile:?}")]
    Login {
        profile: String,
        #[source]
        source: LoginError,
    },
    /// The instance metadata service returned no credentials.
    #[error("could not get credentials from the EC2 instance metadata service")]
    InstanceMetadata(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The web identity token cannot be read.
    #[error("the web identity token file {} cannot be read", .path.display())]
    WebIdentityToken {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The settings for reaching AWS, in the environment or the profile, are invalid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// STS refused, or could not be reached.
    #[error("{call} failed")]
    Sts {
        /// The call and its object.
        call: String,
        #[source]
        source: StsError,
    },
    /// There is no MFA code.
    #[error("could not get an MFA code")]
    TokenCode(#[from] TokenCodeError),
    /// The session obtained with an MFA code cannot be saved.
    #[error("--mfa-session-cache: the session cannot be saved")]
    SessionCache(#[from] SessionCacheError),
    /// An MFA code was given, but there is no device.
    #[error(
        "--token-code: no MFA device is set, neither by --serial-number nor by the profile's mfa_serial"
    )]
    NoDevice,
    /// An MFA code can only be used by a user's long-lived keys.
    #[error("an MFA code cannot be used: the credentials from {origin} are already temporary")]
    MfaNeedsLongLivedKeys {
        /// Where the credentials come from.
        origin: Origin,
    },
    /// The source returned credentials that have already expired.
    #[error("the credentials from {origin} expired {} ago", Span(*.ago))]
    Expired {
        /// The source.
        origin: Origin,
        at: SystemTime,
        /// How long ago they expired.
        ago: Duration,
    },
    /// The credentials do not live long enough.
    #[error("the credentials from {origin} do not last long enough")]
    TooShort {
        /// The source.
        origin: Origin,
        /// How much too short.
        #[source]
        source: TooShort,
    },
    /// The local clock is the cause.
    #[error("the clock of this machine is {offset} AWS's")]
    Clock {
        offset: ClockOffset,
        /// What failed because of it.
        #[source]
        source: Box<CredentialsError>,
    },
}

fn lines(passed: &[Passed]) -> String {
    passed.iter().map(|one| format!("\n  {one}")).collect()
}

fn at(place: Option<&Place>) -> String {
    place.map(|place| format!(" ({place})")).unwrap_or_default()
}

impl CredentialsError {
    pub(crate) fn flag(flag: &'static str, problem: impl Into<String>, hint: &str) -> Self {
        Self::Flag {
            flag,
            problem: problem.into(),
            hint: Some(hint.to_owned()),
        }
    }

    pub(crate) fn endpoint(origin: &str, source: EndpointError) -> Self {
        Self::Endpoint {
            origin: origin.to_owned(),
            source,
        }
    }

    /// This error, with the clock as its cause if the clock is off.
    pub(crate) fn under(self, clock: Option<ClockOffset>) -> Self {
        match clock {
            Some(offset) if offset.matters() => Self::Clock {
                offset,
                source: Box::new(self),
            },
            _ => self,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let fixed = |text: &str| Some(text.to_owned());
        match self {
            Self::Flag { hint, .. } => hint.clone(),
            Self::PolicyFrom(error) => error.hint(),
            Self::Region { .. } => fixed("a region looks like eu-west-1"),
            Self::Variable { hint, .. } => fixed(hint),
            Self::HalfAPair { present, missing } => Some(format!(
                "set {missing} too, or unset {present} to use another source"
            )),
            Self::NotFound { .. } => fixed(
                "log in with `aws sso login` or `aws login`, set AWS_PROFILE, or run in AWS CloudShell",
            ),
            Self::Profile { source, .. } => source.hint(),
            Self::Endpoint { source, .. } => source.hint(),
            Self::Process { source, .. } => source.hint(),
            Self::Login { profile, source } => Some(source.hint(profile)),
            Self::InstanceMetadata(_) => {
                fixed("does the instance have a role, and is its metadata hop limit high enough?")
            }
            Self::Settings(error) => error.hint(),
            Self::Sts { source, .. } => source.hint(),
            Self::TokenCode(source) => source.hint(),
            Self::SessionCache(source) => Some(source.hint()),
            Self::NoDevice => fixed("set the device with --serial-number"),
            Self::MfaNeedsLongLivedKeys { .. } => {
                fixed("leave out --serial-number, or use the profile with the user's own keys")
            }
            Self::Expired { origin, .. } => Some(expired_hint(origin)),
            Self::TooShort { source, .. } => Some(source.hint()),
            Self::Clock { .. } => {
                fixed("set the clock; `timedatectl set-ntp true` keeps it right on Linux")
            }
            Self::File { .. } | Self::ConfigFile(_) | Self::WebIdentityToken { .. } => None,
        }
    }
}

fn expired_hint(origin: &Origin) -> String {
    match origin {
        Origin::Environment => {
            "unset AWS_ACCESS_KEY_ID and the variables that belong to it, or set new ones"
                .to_owned()
        }
        Origin::CloudShell => "reload the CloudShell page, which signs in again".to_owned(),
        _ => "get new credentials from the same source".to_owned(),
    }
}
