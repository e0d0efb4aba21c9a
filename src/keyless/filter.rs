//! What the container gets of AWS's answer.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

use super::answer::treatment::Treatment;
use super::answer::{endpoints, errors, headers, sets};
use super::body::{AnswerBody, SMALL, whole};
use super::check::Checked;
use super::event::Event;
use super::forward::Answered;
use super::from_aws::{Content, FromAws, broken};
use super::note::Note;
use super::queue_url;
use super::shared::Shared;
use super::stop::{Shape, Stop};
use crate::credentials::Credentials;
use crate::iam::operation::Operation;

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
        let (mut head, body, error) = if answer.is_error() {
            filter_error(answer, &real, shape, id.as_deref().unwrap_or_default())
        } else {
            let (mut head, body) = self.filter_success(answer, &checked, &real).await?;
            headers::keep_path_of_location(&mut head.headers, &checked.upstream.base);
            (head, body, None)
        };
        headers::clean(&mut head.headers);
        headers::remove_secrets(&mut head.headers, &real);
        note.answered(status.as_u16(), error, id);
        Ok(Response::from_parts(head, body))
    }

    async fn filter_success(
        &self,
        answer: FromAws,
        checked: &Checked,
        real: &Credentials,
    ) -> Result<(Parts, AnswerBody), Stop> {
        let FromAws { mut head, body } = answer;
        let Content::Streaming(body) = body else {
            return Ok((head, whole(Bytes::new())));
        };
        let rewrite: Rewrite<'_> = match checked.treatment {
            Treatment::Pass | Treatment::RefuseUnlessNamed => {
                return self.search(head, body, real).await;
            }
            Treatment::PassWithNotice => {
                self.report_token(checked);
                return self.search(head, body, real).await;
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

    /// Searches a short text for the real set, which a service may repeat, or a bug of credrun's. All
    /// else passes as it comes.
    async fn search(
        &self,
        head: Parts,
        body: Incoming,
        real: &Credentials,
    ) -> Result<(Parts, AnswerBody), Stop> {
        let length = body.size_hint().exact();
        let is_short = length.is_some_and(|length| (1..=SMALL as u64).contains(&length));
        if !is_short || !is_text(&head.headers) {
            return Ok((head, streaming(body)));
        }
        let held = self.answers.collect(body, SMALL).await;
        let held = held.map_err(|_| broken())?.ok_or_else(Stop::busy)?;
        match real.is_whole_in(&held) {
            true => Err(unknown_form("it repeats those of credrun")),
            false => Ok((head, whole(held))),
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

fn streaming(body: Incoming) -> AnswerBody {
    body.map_err(Into::into).boxed_unsync()
}

fn filter_error(
    answer: FromAws,
    real: &Credentials,
    shape: Shape,
    id: &str,
) -> (Parts, AnswerBody, Option<String>) {
    let Some(error) = answer.error(shape, id) else {
        return (answer.head, whole(Bytes::new()), None);
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
    (head, whole(body), found.code)
}
