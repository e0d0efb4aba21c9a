//! Where credentials come from.
//!
//! ```text
//! flags + environment → SourcePlan → Source → fetch() → Fetched
//! ```
//!
//! Every set that credrun passes on is a [`Credentials`], whose values are all checked when it is
//! made (`set.rs`). This module finds a source and fetches from it on demand. It keeps no set,
//! except the session obtained with an MFA code. What goes into the container is decided in
//! [`crate::environment`].
//!
//! `plan.rs` says what was asked for, `route.rs` chooses the source, `source.rs` queries it.
//! `from/` has one module per kind of source, `sts/` the calls to STS. `endpoints.rs` determines
//! AWS's endpoints, `region.rs` the region. `exchange.rs` turns a source's set into the one for the
//! container: a session for long-lived keys (`session_token`), roles (`assume_role`), an MFA code
//! for either (`mfa`). `lifetime.rs` waits for sets that live longer.

mod clock;
mod command;
mod config_file;
mod endpoints;
mod error;
mod exchange;
mod http_client;
mod json_object;
mod lifetime;
mod login;
mod origin;
mod plan;
mod probe;
mod profile_settings;
mod region;
mod route;
mod set;
mod source;

pub(crate) mod from;
pub(crate) mod sts;
pub(crate) mod timeouts;

use std::time::{Duration, SystemTime};

pub use crate::timestamp::iso8601;
pub(crate) use crate::timestamp::parse as from_iso8601;
pub use clock::ClockOffset;
pub use command::CommandError;
pub use config_file::{ConfigFileError, Place};
pub(crate) use endpoints::ServiceEndpoints;
pub use error::CredentialsError;
pub use from::container_endpoint::error::EndpointError;
pub use from::container_endpoint::{AddressError, AnswerError, TokenError};
pub use from::credential_process::ProcessError;
pub use from::login_error::LoginError;
pub use from::profile::error::ProfileError;
pub(crate) use http_client::streaming::{Outgoing, StreamingClient, Unanswered};
pub use http_client::{HttpClient, HttpError, Limits, SettingsError};
pub use lifetime::renewal_limit::{LimitedBy, Renewable, RenewalLimit};
pub use lifetime::span::Span;
pub use lifetime::too_short::{NoHope, TooShort};
pub use lifetime::waiting::Waiting;
pub use lifetime::{fetch_fitting, refuse_hopeless};
pub use login::{Login, Needs};
pub use origin::{Origin, ProfileKind};
pub use plan::SourcePlan;
pub use probe::{Answer, Probe};
pub(crate) use region::REGIONS;
pub use region::Region;
pub use region::origin::RegionFrom;
pub use route::passed::Passed;
pub use set::{CredentialValues, Credentials, End, Field, Flaw, UnusableValue};
pub use source::Source;
pub use sts::caller_identity::CallerIdentity;
pub use sts::error::StsError;
pub use sts::mfa::{
    KeptSession, SessionCacheError, TokenCodeError, TokenCodePrompt, kept_mfa_sessions,
};

/// The names of the profiles in the shared config files, sorted; none where a file is unreadable.
pub(crate) fn profile_names(environment: &crate::vars::Environment) -> Vec<String> {
    let profiles = config_file::Profiles::load(environment);
    profiles.map_or_else(|_| Vec::new(), |profiles| profiles.names())
}

/// A set, and what is known about it.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub credentials: Credentials,
    /// Where the set comes from.
    pub origin: Origin,
    /// The ARN that the set acts as, if it is known without a request.
    pub identity: Option<String>,
    /// When the set was requested.
    pub fetched_at: SystemTime,
    /// The local clock's offset from the source's clock, if the source sent its time.
    pub clock: Option<ClockOffset>,
}

impl Fetched {
    /// The time left at `now`; `None` if the set never expires or its expiration is unknown.
    #[must_use]
    pub fn left(&self, now: SystemTime) -> Option<Duration> {
        let end = self.credentials.expiration?;
        Some(end.duration_since(now).unwrap_or_default())
    }

    /// Whether this is a temporary set from a config file, with an unknown expiration. Another
    /// program, such as saml2aws, replaces it from time to time; only reading the file again shows
    /// when.
    #[must_use]
    pub fn is_in_a_file(&self) -> bool {
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
