//! What is known of a call while it goes on. It is noted when the last byte of its answer is sent, or
//! when its client goes away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use http::HeaderMap;
use http::request::Parts;

use super::copy::BodyCopy;
use crate::iam::action::{Action, only_reads};
use crate::iam::denial::Denial;
use crate::iam::needs::Needs;
use crate::iam::operation::{Meaning, Operation};
use crate::iam::place::Place;
use crate::iam::request::Request;
use crate::iam::resources::Named;
use crate::iam::resources::created::{Answered, is_key};
use crate::record::{Call, Need, Recorder, Verdict};

/// An answer that may say what the call has created.
pub(super) struct Answer {
    pub(super) operation: Operation,
    pub(super) partition: &'static str,
    pub(super) account: Option<String>,
    pub(super) copy: BodyCopy,
}

/// A call that goes on. Dropping it notes the call.
pub(super) struct Note {
    /// None for one whose place is kept while it is lent.
    recorder: Option<Arc<Recorder>>,
    began: Instant,
    call: Call,
    /// The actions that it needs, but for those that its tags ask for.
    actions: Vec<Action>,
    /// An answer that is read when it has passed.
    answer: Option<Answer>,
    pub(super) sent: Arc<AtomicU64>,
    pub(super) received: Arc<AtomicU64>,
}

impl Note {
    pub(super) fn begin(recorder: &Arc<Recorder>, parts: &Parts) -> Self {
        recorder.begin();
        let mut note = Self::unnoted(attempt(&parts.headers));
        note.recorder = Some(Arc::clone(recorder));
        note
    }

    /// For another thread, which is to give it back.
    pub(super) fn lend(&mut self) -> Self {
        std::mem::replace(self, Self::unnoted(None))
    }

    fn unnoted(attempt: Option<u32>) -> Self {
        Self {
            recorder: None,
            began: Instant::now(),
            actions: Vec::new(),
            answer: None,
            call: Call {
                attempt,
                ..Call::begun(SystemTime::now())
            },
            sent: Arc::default(),
            received: Arc::default(),
        }
    }

    /// Counts a body that is held.
    pub(super) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The region that the client signed for.
    pub(super) fn region(&mut self, region: &str) {
        self.call.region = Some(region.to_owned());
    }

    /// What the call is, and what it is about.
    pub(super) fn meaning(&mut self, meaning: &Meaning, request: &Request<'_>, place: &Place<'_>) {
        match meaning {
            Meaning::Known(operation, _) => {
                self.call.module = Some(operation.module.name);
                self.call.operation = Some(operation.name());
                self.named(operation, request, place);
            }
            Meaning::Unknown(module) => self.call.module = module.map(|module| module.name),
        }
    }

    /// What a request names, which its body can have.
    pub(super) fn named(
        &mut self,
        operation: &Operation,
        request: &Request<'_>,
        place: &Place<'_>,
    ) {
        let needs = Needs::of(operation, request);
        let named = Named::of(operation, request, &needs, place);
        self.actions = named.actions.iter().map(|(action, _)| *action).collect();
        let actions = named.actions.into_iter().chain(named.tagging);
        self.call.needs = actions.map(need).collect();
        self.call.further_resources = named.further;
        self.call.passed_roles = named.roles;
        let aliases = named.key_aliases.into_iter();
        self.call.key_aliases = aliases
            .map(|(action, alias)| (action.to_string(), alias))
            .collect();
    }

    /// Reads the answer when it has passed.
    pub(super) fn reads(&mut self, answer: Answer) {
        self.answer = Some(answer);
    }

    /// Whether all that it needs is reading.
    pub(super) fn only_reads(&self) -> bool {
        self.actions.iter().all(|action| only_reads(*action))
    }

    /// A key of KMS that the service used.
    pub(super) fn used_key(&mut self, arn: &str) {
        if is_key(arn) {
            self.call.kms_keys.push(arn.to_owned());
        }
    }

    /// What the answer says.
    fn add_answer(&self, call: &mut Call) {
        let Some(answer) = &self.answer else {
            return;
        };
        let Some(body) = answer.copy.take() else {
            return;
        };
        let requested = call.needs.iter().flat_map(|need| &need.resources);
        let requested: Vec<_> = requested.map(String::as_str).collect();
        let place = Place {
            partition: answer.partition,
            region: call.region.as_deref().unwrap_or_default(),
            account: answer.account.as_deref(),
        };
        let operation = &answer.operation;
        let found = Answered::of(operation, &self.actions, &requested, &body, &place);
        call.created = found.created;
        for key in found.kms_keys {
            if !call.kms_keys.contains(&key) {
                call.kms_keys.push(key);
            }
        }
    }

    /// The first of what the action is needed on.
    pub(super) fn resource(&self, action: Action) -> Option<&str> {
        let action = action.to_string();
        let mut needs = self.call.needs.iter();
        let resources = match needs.find(|need| need.action == action) {
            Some(need) => &need.resources,
            None if action == "iam:PassRole" => &self.call.passed_roles,
            None => return None,
        };
        resources.first().map(String::as_str)
    }

    pub(super) fn verdict(&mut self, verdict: Verdict) {
        self.call.verdict = verdict;
    }

    /// The answer that the container gets.
    pub(super) fn answered(&mut self, status: u16, error: Option<String>, id: Option<String>) {
        self.call.status = status;
        self.call.error = error;
        self.call.request_id = id;
    }

    /// AWS denied the call.
    pub(super) fn denied(&mut self, denial: Option<Denial>) {
        let requested = self.call.needs.iter().flat_map(|need| &need.resources);
        self.call.denial = denial.map(|denial| denial.on_one_of(requested));
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let Some(recorder) = &self.recorder else {
            return;
        };
        let mut call = self.call.clone();
        call.duration = self.began.elapsed();
        self.add_answer(&mut call);
        call.sent = self.sent.load(Ordering::Relaxed);
        call.received = self.received.load(Ordering::Relaxed);
        recorder.note(&call);
    }
}

fn need((action, resources): (Action, Vec<String>)) -> Need {
    Need {
        action: action.to_string(),
        resources,
    }
}

/// `attempt=2; max=3` → 2.
fn attempt(headers: &HeaderMap) -> Option<u32> {
    let value = headers.get("amz-sdk-request")?.to_str().ok()?;
    let mut parts = value.split(';').map(str::trim);
    parts.find_map(|part| part.strip_prefix("attempt=")?.parse().ok())
}
