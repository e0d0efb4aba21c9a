//! What is noted of a container's AWS calls: a line of `--record`, and the counts of the summary.
//! [`crate::keyless`] and [`crate::live`] note calls; [`crate::policy`] reads the lines.

pub mod denials;
mod file;
pub(crate) mod line;
mod recorder;
mod summary;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::iam::denial::Denial;

pub(crate) use file::{RecordFile, former};
pub use recorder::Missing;
pub(crate) use recorder::Recorder;
pub use summary::Summary;

/// One call, from its first byte to the last of its answer. It has no parameters, no bodies and no
/// secret.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// When its head had arrived.
    pub(crate) time: SystemTime,
    /// botocore's name of the service: `s3`, `s3control`.
    pub(crate) module: Option<&'static str>,
    /// `GetObject`. None where the tables do not have it.
    pub(crate) operation: Option<&'static str>,
    /// The IAM actions that it needs, in the order of the tables.
    pub(crate) needs: Vec<Need>,
    /// How many more resources there are, beside those of `needs`.
    pub(crate) further_resources: usize,
    /// ARNs of what it has created, from the answer.
    pub(crate) created: Vec<String>,
    /// Roles that it hands to the service, which needs `iam:PassRole`.
    pub(crate) passed_roles: Vec<String>,
    /// Aliases by which it names keys of KMS, by the action.
    pub(crate) key_aliases: BTreeMap<String, String>,
    /// Keys of KMS that the answer names: the service used them for the caller.
    pub(crate) kms_keys: Vec<String>,
    /// The region that it was signed for.
    pub(crate) region: Option<String>,
    pub(crate) verdict: Verdict,
    /// The status of the answer that the container got.
    pub(crate) status: u16,
    /// `AccessDenied`: the code of an error.
    pub(crate) error: Option<String>,
    /// What AWS said of a call that it denied.
    pub(crate) denial: Option<Denial>,
    /// AWS's ID of the request; credrun's own, `credrun-N`, for a call that did not get there.
    pub(crate) request_id: Option<String>,
    /// Bytes of the bodies, as the container sent and received them.
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) duration: Duration,
    /// The attempt of the SDK, from `amz-sdk-request`.
    pub(crate) attempt: Option<u32>,
}

impl Call {
    /// A call of which no more is known than when it began.
    pub(crate) fn begun(time: SystemTime) -> Self {
        Self {
            time,
            module: None,
            operation: None,
            needs: Vec::new(),
            further_resources: 0,
            created: Vec::new(),
            passed_roles: Vec::new(),
            key_aliases: BTreeMap::new(),
            kms_keys: Vec::new(),
            region: None,
            verdict: Verdict::Failed,
            status: 0,
            error: None,
            denial: None,
            request_id: None,
            sent: 0,
            received: 0,
            duration: Duration::ZERO,
            attempt: None,
        }
    }
}

/// An action, and what it is needed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// `s3:GetObject`
    pub(crate) action: String,
    /// ARNs as IAM's patterns, as precise as the request allows. None where that is not known, or where
    /// the action has no resource.
    pub(crate) resources: Vec<String>,
}

/// What credrun made of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was sent to AWS.
    Passed,
    /// It was not, by this rule: `--deny s3:Delete*`, `--allow`, `signature`, … The action is the first
    /// that it does not let through.
    Refused {
        rule: String,
        action: Option<String>,
    },
    /// It could have been sent, but AWS did not answer, or credrun kept the answer back.
    Failed,
    /// Its client told of it: it did not go through credrun.
    Observed,
}
