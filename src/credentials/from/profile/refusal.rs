//! Errors about a profile, with its place.

use crate::credentials::config_file::{Place, Profiles};
use crate::credentials::error::CredentialsError;
use crate::credentials::from::profile::error::ProfileError;
use crate::credentials::plan::{NamedBy, ProfileName};

/// The error that the requested profile is not defined.
pub(crate) fn missing(profiles: &Profiles, asked: &ProfileName) -> CredentialsError {
    let variable = match asked.named_by {
        NamedBy::Variable(name) => Some(name),
        NamedBy::Flag | NamedBy::Nobody => None,
    };
    let problem = ProfileError::Missing {
        existing: profiles.names(),
        variable,
    };
    wrong(&asked.name, None, problem)
}

/// The error about the profile `name`, with its place.
pub(crate) fn wrong_in(profiles: &Profiles, name: &str, source: ProfileError) -> CredentialsError {
    wrong(name, profiles.place(name), source)
}

pub(crate) fn wrong(
    profile: &str,
    place: Option<&Place>,
    source: ProfileError,
) -> CredentialsError {
    CredentialsError::Profile {
        profile: profile.to_owned(),
        place: place.cloned(),
        source: Box::new(source),
    }
}
