//! What the container gets of AWS's answer.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, TRAILER};
use http::response::Parts;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming};

use super::answer::errors::Found;
use super::answer::treatment::Treatment;
use super::answer::{endpoints, errors, headers, sets};
use super::body::{AnswerBody, SMALL, whole};
use super::check::Checked;
use super::copy::{BodyCopy, WithCopy};
use super::event::Event;
use super::forward::Answered;
use super::from_aws::{Content, FromAws, broken};
use super::note::{Answer, Note};
use super::queue_url;
use super::shared::{Shared, partition};
use super::stop::{Shape, Stop};
use super::trailers;
use crate::credentials::Credentials;
use crate::iam::denial::Denial;
use crate::iam::operation::Operation;

/// The key with which S3 has encrypted an object.
const KMS_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// Body of an answer, and what is written of it.
type Rewrite<'a> = &'a (dyn Fn(&[u8]) -> Result<Option<Vec<u8>>, Stop> + Sync);

impl Shared {
    /// Makes the container's answer of AWS's.
    pub(super) async fn filter(
        &self,
        answered: Answered,
        shape: Shape,
        note: &mut Note,
    ) -> Result<Response<AnswerBody>, Stop> {
        let Answered {
            checked,
            real,
            answer,
        } = answered;
        let id = answer.request_id();
        let status = answer.head.status;
        // 101 would make another protocol of the connection.
        if status.is_informational() {
            return Err(unknown_form("its status is none of an answer"));
        }
        let (mut head, body, found) = if answer.is_error() {
            filter_error(answer, &real, shape, id.as_deref().unwrap_or_default())
        } else {
            let answered = self.filter_success(answer, &checked, &real, note);
            let (mut head, body) = answered.await?;
            headers::keep_path_of_location(&mut head.headers, &checked.upstream.base);
            (head, body, Found::default())
        };
        let trailers = trailers::announced_to_container(&head.headers);
        headers::clean(&mut head.headers);
        headers::remove_secrets(&mut head.headers, &real);
        if let Some(names) = trailers.filter(|_| body.size_hint().exact().is_none()) {
            head.headers.insert(TRAILER, names);
        }
        let (code, message) = (found.code.as_deref(), found.message.as_deref());
        note.denied(Denial::of(status.as_u16(), code, message));
        note.answered(status.as_u16(), found.code, id);
        Ok(Response::from_parts(head, body))
    }

    async fn filter_success(
        &self,
        answer: FromAws,
        checked: &Checked,
        real: &Arc<Credentials>,
        note: &mut Note,
    ) -> Result<(Parts, AnswerBody), Stop> {
        let FromAws { mut head, body } = answer;
        if let Some(key) = head.headers.get(KMS_KEY) {
            note.used_key(key.to_str().unwrap_or_default());
        }
        let Content::Streaming(body) = body else {
            return Ok((head, whole(Bytes::new())));
        };
        let rewrite: Rewrite<'_> = match checked.treatment {
            Treatment::Pass => {
                let copy = self.copy_of(&head, checked, note);
                return self.search(head, body, copy, real).await;
            }
            Treatment::RefuseUnlessNamed => {
                return self.search(head, body, None, real).await;
            }
            Treatment::PassWithNotice => {
                self.report_token(checked);
                return self.search(head, body, None, real).await;
            }
            Treatment::Replace => &|body| {
                let replaced = sets::replace(known(checked)?, body, &self.keys);
                replaced.map(Some).map_err(unknown_form)
            },
            Treatment::QueueUrls => &|body| {
                let operation = known(checked)?;
                let proxy = self.address();
                Ok(queue_url::in_answer(operation.protocol, body, &proxy))
            },
            Treatment::DescribeEndpoints => {
                &|body| Ok(endpoints::in_answer(known(checked)?, body, &self.address()))
            }
        };
        let held = self.answers.collect(body, sets::MOST).await;
        let Some(whole_body) = held.map_err(|_| broken())? else {
            return Err(unknown_form(
                "it is too long, or too many such answers are read at a time",
            ));
        };
        let body = match rewrite(&whole_body)? {
            Some(rewritten) => {
                errors::undescribe(&mut head.headers);
                rewritten.into()
            }
            None => whole_body,
        };
        Ok((head, whole(body)))
    }

    /// The copy of an answer that may say what was created.
    fn copy_of(&self, head: &Parts, checked: &Checked, note: &mut Note) -> Option<BodyCopy> {
        let operation = checked.operation?;
        let is_coded = head.headers.contains_key(CONTENT_ENCODING);
        if is_coded || note.only_reads() {
            return None;
        }
        let region = checked.claim.as_ref().map(|claim| claim.region.as_str());
        let place = self.place(region.unwrap_or_default(), Some(&checked.key));
        let copy = BodyCopy::default();
        note.reads(Answer {
            operation,
            partition: partition(place.region),
            account: place.account.map(str::to_owned),
            copy: copy.clone(),
        });
        Some(copy)
    }

    /// Searches a short text for the real set, which a service may repeat, or a bug of credrun's. All
    /// else passes as it comes.
    async fn search(
        &self,
        head: Parts,
        body: Incoming,
        copy: Option<BodyCopy>,
        real: &Arc<Credentials>,
    ) -> Result<(Parts, AnswerBody), Stop> {
        let length = body.size_hint().exact();
        let is_short = length.is_some_and(|length| (1..=SMALL as u64).contains(&length));
        if !is_short || !is_text(&head.headers) {
            let body = match copy {
                Some(copy) => streaming(WithCopy::new(body, copy), real),
                None => streaming(body, real),
            };
            return Ok((head, body));
        }
        let held = self.answers.collect(body, SMALL).await;
        let held = held.map_err(|_| broken())?.ok_or_else(Stop::busy)?;
        match real.is_whole_in(&held) {
            true => Err(unknown_form("it repeats those of credrun")),
            false => {
                if let Some(copy) = copy {
                    copy.add(&held);
                }
                Ok((head, whole(held)))
            }
        }
    }

    fn report_token(&self, checked: &Checked) {
        let operation = checked.operation.map_or("a call", |one| one.name());
        self.reports.once(Event::TokenPassed {
            operation: format!("{}.{operation}", checked.module.name),
        });
    }
}

/// Whether it is JSON, XML or CBOR, as services answer.
fn is_text(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    media_type.is_some_and(|text| ["json", "xml", "cbor"].iter().any(|one| text.contains(one)))
}

fn known(checked: &Checked) -> Result<&Operation, Stop> {
    let operation = checked.operation.as_ref();
    operation.ok_or_else(|| unknown_form("credrun does not know the operation"))
}

/// The answer may have a real key in it, and is not as credrun knows it.
fn unknown_form(why: impl std::fmt::Display) -> Stop {
    Stop::failed(
        StatusCode::BAD_GATEWAY,
        "InternalFailure",
        format!("the answer may have credentials in it, and credrun cannot take them out: {why}"),
    )
}

fn streaming<B>(body: B, real: &Arc<Credentials>) -> AnswerBody
where
    B: Body<Data = Bytes, Error = hyper::Error> + Send + 'static,
{
    let real = Arc::clone(real);
    let body = body.map_frame(move |frame| match frame.into_trailers() {
        Ok(trailers) => Frame::trailers(trailers::of_answer(trailers, &real)),
        Err(frame) => frame,
    });
    body.map_err(Into::into).boxed_unsync()
}

fn filter_error(
    answer: FromAws,
    real: &Credentials,
    shape: Shape,
    id: &str,
) -> (Parts, AnswerBody, Found) {
    let Some(error) = answer.error(shape, id) else {
        return (answer.head, whole(Bytes::new()), Found::default());
    };
    let (found, own) = error.examine(real);
    let FromAws { mut head, body } = answer;
    let body = match (own, body) {
        (Some(own), _) => {
            own.describe(&mut head.headers);
            own.body
        }
        (None, Content::Held(Some(bytes))) => bytes,
        (None, _) => Bytes::new(),
    };
    let body = if shape.is_head { Bytes::new() } else { body };
    (head, whole(body), found)
}
