//! Sends a call to AWS, signed with the real set. It is sent once more if AWS names another region for
//! a bucket, or calls the set expired, and the body is held.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, TE, TRAILER,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;

use super::body::{Upload, UploadFailed};
use super::check::{Checked, request};
use super::copy::{BodyCopy, WithCopy};
use super::deadline::in_time;
use super::event::Event;
use super::from_aws::FromAws;
use super::note::Note;
use super::queue_url;
use super::shared::Shared;
use super::signature::chunks::Resigned;
use super::signature::coding::WrongChunk;
use super::signature::sign::{Destination, Signed, sign, unsigned};
use super::stop::{Shape, Stop};
use super::trailers;
use super::turn::Turns;
use crate::causes;
use crate::credentials::{Credentials, Outgoing, Unanswered};
use crate::iam::module::Protocol;
use crate::iam::operation::Operation;
use crate::record::Verdict;

/// How long a call waits for the set that replaces one which AWS calls expired.
const RENEWAL_PATIENCE: Duration = Duration::from_secs(5);

/// A call with AWS's answer.
pub(super) struct Answered {
    pub(super) checked: Checked,
    /// What it was signed with.
    pub(super) real: Arc<Credentials>,
    pub(super) answer: FromAws,
}

/// What every attempt of a call has.
struct Attempt<'a> {
    parts: &'a Parts,
    turns: &'a Turns,
    /// Of a body that streams.
    copy: Option<BodyCopy>,
}

impl Shared {
    /// Sends the call. A body that is not held is taken out of `body`.
    pub(super) async fn forward(
        &self,
        parts: &Parts,
        mut checked: Checked,
        body: &mut Option<Incoming>,
        turns: &Turns,
        shape: Shape,
        note: &mut Note,
    ) -> Result<Answered, Stop> {
        self.point_to_upstream(&mut checked);
        let attempt = Attempt {
            parts,
            turns,
            copy: copy_of_body(parts, &checked),
        };
        let real = self.real(&checked).await?;
        let streamed = match checked.held {
            None => body.take(),
            Some(_) => None,
        };
        let answer = self.send(&attempt, &checked, &real, streamed, note).await?;
        note.verdict(Verdict::Passed);
        self.note_body(&attempt, &checked, note);
        let answered = match self.another_way(&mut checked, &real, &answer, shape).await {
            None => Answered {
                checked,
                real,
                answer,
            },
            Some(real) => Answered {
                answer: self.send(&attempt, &checked, &real, None, note).await?,
                checked,
                real,
            },
        };
        Ok(answered)
    }

    /// Adds what the body names that has streamed to AWS.
    fn note_body(&self, attempt: &Attempt<'_>, checked: &Checked, note: &mut Note) {
        let body = attempt.copy.as_ref().and_then(BodyCopy::take);
        let (Some(body), Some(operation)) = (body, &checked.operation) else {
            return;
        };
        let claim = checked.claim.as_ref();
        let Ok(request) = request(attempt.parts, claim, Some(&body)) else {
            return;
        };
        let region = claim.map_or("", |claim| &claim.region);
        note.named(operation, &request, &self.place(region, Some(&checked.key)));
    }

    async fn real(&self, checked: &Checked) -> Result<Arc<Credentials>, Stop> {
        checked.key.real().await.map_err(|ended| {
            tracing::debug!(%ended, "no credentials for a call");
            Stop::failed(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "credrun's credentials have expired, and it could not renew them",
            )
        })
    }

    /// The set for another attempt, if another may succeed where this one has failed. What the
    /// answer teaches is remembered for the next call, too.
    async fn another_way(
        &self,
        checked: &mut Checked,
        real: &Arc<Credentials>,
        answer: &FromAws,
        shape: Shape,
    ) -> Option<Arc<Credentials>> {
        if let Some(bucket) = &checked.bucket
            && let Some(region) = answer.region_of_bucket(shape, real)
            && region != checked.upstream.signing_region
            && self.upstreams.learn(bucket, &region)
            && answer.is_error()
        {
            let elsewhere = self
                .upstreams
                .elsewhere(checked.module, &checked.upstream, &region);
            checked.upstream = elsewhere?;
            return checked.held.is_some().then(|| Arc::clone(real));
        }
        if has_other_proof(checked) || !answer.says_expired(shape, real) {
            return None;
        }
        match checked.held {
            Some(_) => checked.key.replaced(real, RENEWAL_PATIENCE).await,
            None => {
                checked.key.refused(real);
                None
            }
        }
    }

    /// URLs of queues name this proxy in the container, and AWS upstream.
    fn point_to_upstream(&self, checked: &mut Checked) {
        let Some(operation) = checked.operation.filter(|one| one.module.name == "sqs") else {
            return;
        };
        let Some(held) = checked.held.take() else {
            return;
        };
        let (protocol, base) = (operation.protocol, &checked.upstream.base);
        let changed = queue_url::in_request(protocol, &held.bytes, &self.address(), base);
        checked.held = Some(match changed {
            Some(bytes) => held.with(bytes),
            None => held,
        });
    }

    async fn send(
        &self,
        attempt: &Attempt<'_>,
        checked: &Checked,
        real: &Credentials,
        streamed: Option<Incoming>,
        note: &Note,
    ) -> Result<FromAws, Stop> {
        let Signed { request, chain } = signed(attempt.parts, checked, real)?;
        let body: Outgoing = match (&checked.held, streamed) {
            (Some(held), _) => Full::new(held.bytes.clone())
                .map_err(|never| match never {})
                .boxed_unsync(),
            (None, None) => Outgoing::default(),
            (None, Some(body)) => {
                let upload = Upload::new(body, Arc::clone(&note.sent), attempt.turns.clone());
                match (chain, &checked.claim) {
                    (Some(chain), Some(claim)) => {
                        Resigned::new(upload, claim, &checked.key.issued, chain).boxed_unsync()
                    }
                    _ => match &attempt.copy {
                        Some(copy) => WithCopy::new(upload, copy.clone()).boxed_unsync(),
                        None => upload.boxed_unsync(),
                    },
                }
            }
        };
        // A body that still comes from the client must go on coming.
        let _at_aws = match checked.held {
            Some(_) => {
                let one_of_many = self.at_aws.try_acquire().map_err(|_| Stop::busy())?;
                Some((attempt.turns.at_aws(), one_of_many))
            }
            None => None,
        };
        let mut request = Request::from_parts(request, body);
        describe(request.headers_mut(), checked);
        announce(request.headers_mut(), attempt.parts, checked);
        match in_time(self.client.send(request), &note.sent).await {
            Some(Ok(response)) => FromAws::read(response, checked.module.name, &self.answers).await,
            Some(Err(unanswered)) => Err(self.unanswered(&unanswered)),
            None => Err(late()),
        }
    }

    /// What failed: the body that the container sends, or the way to AWS. The container is not told
    /// of proxies and addresses.
    fn unanswered(&self, unanswered: &Unanswered) -> Stop {
        if let Some(cause) = &unanswered.cause {
            if let Some(wrong) = causes::find::<WrongChunk>(cause) {
                return Stop::unsigned(wrong.code(), wrong.to_string());
            }
            if let Some(UploadFailed(why)) = causes::find(cause) {
                return (*why).into();
            }
        }
        let why = causes::in_one_line(&unanswered.error);
        tracing::debug!(why, "a call got no answer");
        self.reports.once(Event::Unreachable { why });
        Stop::failed(
            StatusCode::BAD_GATEWAY,
            "ServiceUnavailable",
            "credrun could not reach AWS; its own output says why",
        )
    }
}

/// Whether what AWS calls expired can be a token in the call, as one of AssumeRoleWithWebIdentity.
fn has_other_proof(checked: &Checked) -> bool {
    let operation = checked.operation.as_ref();
    checked.claim.is_none() || operation.is_some_and(Operation::is_unsigned)
}

fn late() -> Stop {
    Stop::failed(
        StatusCode::GATEWAY_TIMEOUT,
        "ServiceUnavailable",
        "AWS has not answered within 16 minutes",
    )
}

/// The request for AWS, and what signs the chunks of its body.
fn signed(parts: &Parts, checked: &Checked, real: &Credentials) -> Result<Signed, Stop> {
    let url = format!("{}{}", checked.upstream.base, checked.target);
    let uri: Uri = url
        .parse()
        .map_err(|_| Stop::malformed("the target cannot be sent to AWS"))?;
    let destination = Destination {
        uri: &uri,
        signing_name: &checked.upstream.signing_name,
        signing_region: &checked.upstream.signing_region,
    };
    let hash = checked.held.as_ref().map(|held| held.sha256.as_str());
    let now = checked.key.now(SystemTime::now());
    Ok(match &checked.claim {
        Some(claim) => sign(parts, claim, &destination, real, hash, now)?,
        None => unsigned(parts, &destination)?,
    })
}

/// For the copy of a body that is not held and says what the call is about.
fn copy_of_body(parts: &Parts, checked: &Checked) -> Option<BodyCopy> {
    let is_readable = checked.held.is_none() && !parts.headers.contains_key(CONTENT_ENCODING);
    let operation = checked.operation.filter(Operation::is_named_in_body)?;
    is_readable.then(|| match operation.protocol {
        Protocol::RestXml => BodyCopy::default(),
        Protocol::Cbor => BodyCopy::of_cbor(),
        _ => BodyCopy::of_json(),
    })
}

/// What the two connections of a call say of trailers.
fn announce(headers: &mut HeaderMap, parts: &Parts, checked: &Checked) {
    if asks_for_trailers(&parts.headers) {
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert(CONNECTION, HeaderValue::from_static("te"));
    }
    if checked.held.is_none()
        && let Some(names) = trailers::announced_to_aws(&parts.headers)
    {
        headers.insert(TRAILER, names);
    }
}

fn asks_for_trailers(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(TE).iter();
    let mut codings = codings.flat_map(|list| list.as_bytes().split(|byte| *byte == b','));
    codings.any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
}

/// The length of a body that may have been rewritten, and an answer that can be read: errors of all
/// services are, and some whole answers.
fn describe(headers: &mut HeaderMap, checked: &Checked) {
    let length = checked.held.as_ref().map(|held| held.bytes.len());
    if let Some(length) =
        length.filter(|length| *length > 0 || headers.contains_key(CONTENT_LENGTH))
    {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    if checked.module.name != "s3" || checked.treatment.reads_body() {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    let is_cbor = |one: &Operation| one.protocol == Protocol::Cbor;
    if checked.treatment.reads_body() && !checked.operation.as_ref().is_some_and(is_cbor) {
        // The query protocol answers in JSON where this asks for it. In CBOR it says the protocol.
        headers.remove(ACCEPT);
    }
}
