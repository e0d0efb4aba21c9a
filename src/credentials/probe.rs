//! Queries every source of the chain separately, for `credrun doctor`.
//!
//! A run stops at the first source that has credentials. This goes on, to show which one wins,
//! which others exist, and why those that fail do so.

use std::time::SystemTime;

use super::config_file::Profiles;
use super::error::CredentialsError;
use super::origin::Origin;
use super::route::{self, Route, Step};
use super::source::Source;
use crate::credentials::origin::INSTANCE_METADATA;
use crate::credentials::route::passed::Passed;

/// The answer of one source.
#[derive(Debug)]
pub struct Probe {
    /// The source, in the chain's order.
    pub source: String,
    pub answer: Answer,
}

/// What a source returned.
#[derive(Debug)]
pub enum Answer {
    /// It is not present on this machine, and why.
    Absent(String),
    /// It should have credentials, but has none.
    Failed(CredentialsError),
    /// It has a set.
    Found {
        /// Where the set comes from.
        origin: Origin,
        /// The set's access key ID.
        access_key_id: String,
        /// When it expires, if that is known.
        expiration: Option<SystemTime>,
    },
}

impl Source {
    /// Queries each source of the chain, in order. No role is assumed, and no MFA code is asked
    /// for.
    pub async fn probe(&self) -> Vec<Probe> {
        let mut probes: Vec<Probe> = Vec::new();
        let profiles = Profiles::load(self.environment());
        let profiles = profiles.unwrap_or_else(|error| {
            probes.push(Probe {
                source: self.name(Step::Profile),
                answer: Answer::Failed(error.into()),
            });
            Profiles::default()
        });
        let named_by = self.plan().profile.named_by;
        for step in route::steps(self.plan().pick, named_by) {
            let (source, answer) = self.probe_step(*step, &profiles).await;
            // The profile is checked twice: first for a role, then for any credentials.
            let again = *step == Step::Profile
                && probes.iter().any(|probe| {
                    probe.source == source && !matches!(probe.answer, Answer::Absent(_))
                });
            let first_look = *step == Step::RoleOfProfile && matches!(answer, Answer::Absent(_));
            if !again && !first_look {
                probes.push(Probe { source, answer });
            }
        }
        probes
    }

    async fn probe_step(&self, step: Step, profiles: &Profiles) -> (String, Answer) {
        let name = self.name(step);
        let base = match route::candidate(step, self.plan(), self.environment(), profiles) {
            Err(error) => return (name, Answer::Failed(error)),
            Ok(Err(Passed { reason, .. })) => return (name, Answer::Absent(reason)),
            Ok(Ok((base, _))) => base,
        };
        let route = Route {
            base,
            roles: Vec::new(),
            passed: Vec::new(),
        };
        let answer = match self.ask(&route).await {
            Ok(set) => Answer::Found {
                origin: route.base.origin(),
                access_key_id: set.credentials.access_key_id.clone(),
                expiration: set.credentials.expiration,
            },
            Err(CredentialsError::NotFound { passed }) => Answer::Absent(
                passed
                    .into_iter()
                    .map(|one| one.reason)
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
            Err(error) => Answer::Failed(error),
        };
        (name, answer)
    }

    fn name(&self, step: Step) -> String {
        match step {
            Step::Environment => "environment".to_owned(),
            Step::WebIdentity => "web identity".to_owned(),
            Step::RoleOfProfile | Step::Profile => {
                format!("profile {:?}", self.plan().profile.name)
            }
            Step::Endpoint => "container endpoint".to_owned(),
            Step::InstanceMetadata => INSTANCE_METADATA.to_owned(),
        }
    }
}
