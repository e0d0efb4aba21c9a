//! What is known of a call while it goes on. It is noted when the last byte of its answer is sent, or
//! when its client goes away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use http::HeaderMap;
use http::request::Parts;

use crate::iam::action::Action;
use crate::iam::needs::Needs;
use crate::iam::operation::Meaning;
use crate::iam::request::Request;
use crate::record::{Call, Need, Recorder, Verdict};

/// A call that goes on. Dropping it notes the call.
pub(super) struct Note {
    /// None for one whose place is kept while it is lent.
    recorder: Option<Arc<Recorder>>,
    began: Instant,
    call: Call,
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
            call: Call {
                time: SystemTime::now(),
                module: None,
                operation: None,
                needs: Vec::new(),
                created: Vec::new(),
                passed_roles: Vec::new(),
                kms_keys: Vec::new(),
                denial: None,
                region: None,
                verdict: Verdict::Failed,
                status: 0,
                error: None,
                request_id: None,
                sent: 0,
                received: 0,
                duration: std::time::Duration::ZERO,
                attempt,
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

    /// What the call is.
    pub(super) fn meaning(&mut self, meaning: &Meaning, request: &Request<'_>) {
        match meaning {
            Meaning::Known(operation, _) => {
                self.call.module = Some(operation.module.name);
                self.call.operation = Some(operation.name());
                let needs = Needs::of(operation, request);
                self.call.needs = needs.certain.iter().map(need).collect();
            }
            Meaning::Unknown(module) => self.call.module = module.map(|module| module.name),
        }
    }

    pub(super) fn resources(&mut self, resources: &[String]) {
        for need in &mut self.call.needs {
            need.resources = resources.to_vec();
        }
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
}

impl Drop for Note {
    fn drop(&mut self) {
        let Some(recorder) = &self.recorder else {
            return;
        };
        let mut call = self.call.clone();
        call.duration = self.began.elapsed();
        call.sent = self.sent.load(Ordering::Relaxed);
        call.received = self.received.load(Ordering::Relaxed);
        recorder.note(&call);
    }
}

fn need(action: &Action) -> Need {
    Need {
        action: action.to_string(),
        resources: Vec::new(),
    }
}

/// `attempt=2; max=3` → 2.
fn attempt(headers: &HeaderMap) -> Option<u32> {
    let value = headers.get("amz-sdk-request")?.to_str().ok()?;
    let mut parts = value.split(';').map(str::trim);
    parts.find_map(|part| part.strip_prefix("attempt=")?.parse().ok())
}
