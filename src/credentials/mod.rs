//! Where credentials come from.
//!
//! ```text
//! flags + environment → SourcePlan → Source → fetch() → Fetched
//! ```
//!
//! Everything that credrun hands on is a [`Credentials`]: a temporary set with an end, whose every
//! value is checked where it comes in (`set.rs`). This module finds a source, fetches from it as often as it is asked, and never keeps a set. What
//! becomes of a set is left to [`crate::inject`].
//!
//! `plan.rs` says what was asked for, `route.rs` which source that is, `source.rs` asks it. One
//! file a kind of source: `environment`, `profile` (with `credential_process`, `sso` and
//! `web_identity`), `container_endpoint`, `metadata_service`. `endpoints.rs` says where AWS is
//! asked, `region.rs` in which region. `exchange.rs` makes of a source's
//! set the one that goes in: a session of its own for long-lived keys (`session_token`), roles
//! (`assume_role`), an MFA code for either (`mfa`). `lifetime.rs` waits for sets that live longer.

mod clock;
mod command;
mod config_file;
mod endpoints;
mod error;
mod exchange;
mod http_client;
mod json_object;
mod lifetime;
mod origin;
mod plan;
mod probe;
mod profile_settings;
mod region;
mod route;
mod set;
mod source;
mod timestamp;

pub(crate) mod from;
pub(crate) mod sts;

use std::time::{Duration, SystemTime};

pub use crate::credentials::from::container_endpoint::error::EndpointError;
pub use crate::credentials::from::login_error::LoginError;
pub use crate::credentials::lifetime::span::Span;
pub use crate::credentials::lifetime::too_short::NoHope;
pub use crate::credentials::lifetime::too_short::TooShort;
pub use crate::credentials::lifetime::waiting::Waiting;
pub use crate::credentials::region::origin::RegionFrom;
pub use crate::credentials::route::passed::Passed;
pub use crate::credentials::sts::error::StsError;
pub use clock::ClockOffset;
pub use command::CommandError;
pub use config_file::{ConfigFileError, Place};
pub use error::CredentialsError;
pub use from::container_endpoint::{AddressError, AnswerError, TokenError};
pub use from::credential_process::ProcessError;
pub use from::profile::ProfileError;
pub use http_client::{HttpClient, HttpError, Limits, SettingsError};
pub use lifetime::{LimitedBy, Renewable, RenewalLimit, fetch_fitting, refuse_hopeless};
pub use origin::{Origin, ProfileKind};
pub use plan::SourcePlan;
pub use probe::{Answer, Probe};
pub use region::Region;
pub use set::{CredentialValues, Credentials, End, Field, Flaw, UnusableValue};
pub use source::Source;
pub use sts::caller_identity::CallerIdentity;
pub use sts::mfa::{
    KeptSession, SessionCacheError, TokenCodeError, TokenCodePrompt, kept_mfa_sessions,
};
pub use timestamp::iso8601;
pub(crate) use timestamp::parse as from_iso8601;

/// A set, and what is known about it.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub credentials: Credentials,
    /// Where it is from.
    pub origin: Origin,
    /// The ARN that it acts as, where that is known without asking.
    pub identity: Option<String>,
    /// When it was asked for.
    pub fetched_at: SystemTime,
    /// How far the local clock was from the source's, where the source said its time.
    pub clock: Option<ClockOffset>,
}

impl Fetched {
    /// What is left of the set at `now`; none where it has no end, or none that is known.
    #[must_use]
    pub fn left(&self, now: SystemTime) -> Option<Duration> {
        let end = self.credentials.expiration?;
        Some(end.duration_since(now).unwrap_or_default())
    }

    /// Whether it is a temporary set of a config file, whose end is not known: another program writes a
    /// new one there from time to time, as saml2aws does, and only reading shows when.
    #[must_use]
    pub fn stands_in_a_file(&self) -> bool {
        let in_file = matches!(
            self.origin,
            Origin::Profile {
                kind: ProfileKind::Keys,
                ..
            }
        );
        in_file && self.credentials.end() == End::Unknown
    }
}
