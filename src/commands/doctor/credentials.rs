//! Which credentials a run would get, and from which source.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;

use crate::cli::aws::AwsArgs;
use crate::credentials::{
    Answer, CallerIdentity, CredentialsError, Fetched, HttpClient, KeptSession, Probe, Source,
    SourcePlan, StsError, iso8601, kept_mfa_sessions,
};
use crate::files;
use crate::messages::error::{Error, Failure};
use crate::vars::Environment;
use crate::waits::Waits;

/// What was found out about credentials.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CredentialFindings {
    /// The set that a run would use.
    pub(super) used: Option<UsedSet>,
    /// Why there is no such set.
    pub(super) problem: Option<Failure>,
    /// The set's identity, from STS.
    pub(super) identity: Option<Identity>,
    /// Why the identity is unknown. If STS refused, the set is unusable and a run would fail.
    pub(super) identity_problem: Option<Failure>,
    /// Whether STS has refused the set.
    pub(super) refused: bool,
    pub(super) region: Option<FoundRegion>,
    pub(super) clock: Option<Clock>,
    /// Each source, in the order in which they are queried.
    pub(super) sources: Vec<FoundSource>,
    /// The sessions of `--mfa-session-cache`.
    pub(super) mfa_sessions: Vec<FoundSession>,
}

/// A session in a file. Removing the file forgets the session.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FoundSession {
    pub(super) file: PathBuf,
    /// The access key ID that it was obtained with.
    pub(super) obtained_with: String,
    pub(super) serial_number: String,
    pub(super) expiration: Option<String>,
}

/// A set, without its secrets.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UsedSet {
    pub(super) source: String,
    pub(super) access_key_id: String,
    /// Whether it has a session token.
    pub(super) temporary: bool,
    pub(super) expiration: Option<String>,
    pub(super) seconds_left: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Identity {
    pub(super) user_id: String,
    pub(super) account: String,
    pub(super) arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FoundRegion {
    pub(super) name: String,
    pub(super) from: String,
}

/// The local clock, compared with that of the last server that responded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Clock {
    /// Negative where the local clock is behind.
    pub(super) seconds_ahead: i64,
    /// Whether AWS would refuse a signature with this time.
    pub(super) too_far: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FoundSource {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) answer: SourceAnswer,
}

#[derive(Debug, Serialize)]
#[serde(tag = "Answer", rename_all_fields = "PascalCase")]
pub(super) enum SourceAnswer {
    /// It is not present on this machine.
    Absent { reason: String },
    /// It should have a set, but has none.
    Failed { problem: Failure },
    Found {
        source: String,
        access_key_id: String,
        expiration: Option<String>,
    },
}

/// A set, and the HTTP client that was used for AWS.
pub(super) struct Held {
    pub(super) set: Fetched,
    pub(super) http: HttpClient,
}

impl CredentialFindings {
    pub(super) fn works(&self) -> bool {
        self.used.is_some() && !self.refused
    }
}

/// Queries each source of the chain, then the one that a run would use, and asks STS for its set's
/// identity.
pub(super) async fn examine(
    args: &AwsArgs,
    environment: &Environment,
    waits: &Waits,
) -> (CredentialFindings, Option<Held>) {
    let mut found = CredentialFindings {
        mfa_sessions: kept_mfa_sessions(environment)
            .into_iter()
            .map(FoundSession::from)
            .collect(),
        ..CredentialFindings::default()
    };
    let resolve = {
        let (args, environment) = (args.clone(), environment.clone());
        files::off_thread(move || SourcePlan::resolve(&args, &environment))
    };
    let plan = match resolve.await {
        Ok(plan) => plan,
        Err(error) => {
            found.problem = Some(told(error));
            return (found, None);
        }
    };
    let every = {
        let (plan, environment) = (plan.clone(), environment.clone());
        files::off_thread(move || Source::unchecked(&plan, &environment)).await
    };
    found.sources = every.probe().await.into_iter().map(source).collect();
    found.region = every.region().map(|region| FoundRegion {
        name: region.name.clone(),
        from: region.from.to_string(),
    });
    match Source::find(&plan, environment, waits).await {
        Ok(chosen) => {
            let (found, set) = found.examine_chosen(&chosen).await;
            let http = chosen.http().clone();
            (found, set.map(|set| Held { set, http }))
        }
        Err(error) => {
            found.problem = Some(told(error));
            (found, None)
        }
    }
}

impl CredentialFindings {
    async fn examine_chosen(mut self, source: &Source) -> (Self, Option<Fetched>) {
        let set = match source.fetch().await {
            Ok(set) => set,
            Err(error) => {
                self.problem = Some(told(error));
                return (self, None);
            }
        };
        self.used = Some(UsedSet::of(&set, SystemTime::now()));
        match source.caller_identity(&set).await {
            Ok(identity) => self.identity = Some(identity.into()),
            Err(error) => {
                self.refused = is_refusal(&error);
                self.identity_problem = Some(told(error));
            }
        }
        self.clock = source.clock().or(set.clock).map(|offset| {
            let seconds = i64::try_from(offset.by().as_secs()).unwrap_or(i64::MAX);
            Clock {
                seconds_ahead: if offset.is_ahead() { seconds } else { -seconds },
                too_far: offset.matters(),
            }
        });
        (self, Some(set))
    }
}

impl UsedSet {
    fn of(set: &Fetched, now: SystemTime) -> Self {
        Self {
            source: set.origin.to_string(),
            access_key_id: set.credentials.access_key_id.clone(),
            temporary: !set.credentials.are_long_lived(),
            expiration: set.credentials.expiration.map(iso8601),
            seconds_left: set.left(now).map(|left| left.as_secs()),
        }
    }
}

impl From<KeptSession> for FoundSession {
    fn from(kept: KeptSession) -> Self {
        Self {
            file: kept.file,
            obtained_with: kept.obtained_with,
            serial_number: kept.serial,
            expiration: kept.credentials.expiration.map(iso8601),
        }
    }
}

impl From<CallerIdentity> for Identity {
    fn from(identity: CallerIdentity) -> Self {
        Self {
            user_id: identity.user_id,
            account: identity.account,
            arn: identity.arn,
        }
    }
}

fn source(probe: Probe) -> FoundSource {
    let answer = match probe.answer {
        Answer::Absent(reason) => SourceAnswer::Absent { reason },
        Answer::Failed(error) => SourceAnswer::Failed {
            problem: told(error),
        },
        Answer::Found {
            origin,
            access_key_id,
            expiration,
        } => SourceAnswer::Found {
            source: origin.to_string(),
            access_key_id,
            expiration: expiration.map(iso8601),
        },
    };
    FoundSource {
        name: probe.source,
        answer,
    }
}

/// AWS refuses the set. If STS cannot be reached, that is different: the container may still reach
/// the services that it needs.
fn is_refusal(error: &CredentialsError) -> bool {
    matches!(
        error,
        CredentialsError::Clock { .. }
            | CredentialsError::Sts {
                source: StsError::Refused { .. },
                ..
            }
    )
}

fn told(error: CredentialsError) -> Failure {
    Failure::from(&Error::from(error))
}
