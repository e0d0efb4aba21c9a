//! One call, from its head to the last byte of its answer. The steps have files of their own; here
//! they follow each other.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, HeaderValue};
use http::request::Parts;
use http::{Request, Response, Version};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;

use super::answer::form::Form;
use super::body::{AnswerBody, Download, drop_body, whole};
use super::connection::normalise;
use super::note::Note;
use super::shared::Shared;
use super::stop::{Shape, Stop};
use super::turn::Turns;

/// A call, and how far it has come.
pub(super) struct Call {
    parts: Parts,
    /// Until it is held, sent on or dropped.
    body: Option<Incoming>,
    shape: Shape,
    note: Note,
    turns: Turns,
    /// Of HTTP/2. It is given back when the last of the answer has been handed on.
    place: Option<OwnedSemaphorePermit>,
}

/// Answers a call.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    turns: Turns,
) -> Response<AnswerBody> {
    let (parts, body) = request.into_parts();
    let form = Form::guess(&parts.headers, None);
    let mut call = Call {
        body: Some(body),
        shape: Shape::new(form, None, &parts.method),
        note: Note::begin(&shared.recorder, &parts),
        parts,
        turns,
        place: None,
    };
    let passed = match call.enter(shared) {
        Ok(()) => call.pass(shared).await,
        Err(stop) => Err(stop),
    };
    match passed {
        Ok(answer) => call.follow(answer),
        Err(stop) => call.stopped(shared, &stop).await,
    }
}

impl Call {
    /// Takes a place, where they are limited. The body of a call without one is not read.
    fn enter(&mut self, shared: &Shared) -> Result<(), Stop> {
        if self.parts.version == Version::HTTP_2 {
            match Arc::clone(&shared.http2_calls).try_acquire_owned() {
                Ok(place) => self.place = Some(place),
                Err(_) => {
                    self.body = None;
                    return Err(Stop::busy());
                }
            }
        }
        Ok(())
    }

    /// Takes the call through all steps.
    async fn pass(&mut self, shared: &Arc<Shared>) -> Result<Response<AnswerBody>, Stop> {
        normalise(&mut self.parts, shared.port).map_err(Stop::malformed)?;
        let Self {
            parts,
            body,
            shape,
            note,
            turns,
            place: _,
        } = self;
        let checked = shared.check(parts, body, turns, shape, note).await?;
        let answered = shared
            .forward(parts, checked, body, turns, *shape, note)
            .await?;
        shared.filter(answered, *shape, note).await
    }

    /// The answer of credrun's own.
    async fn stopped(mut self, shared: &Shared, stop: &Stop) -> Response<AnswerBody> {
        let body = self.body.take();
        // The client sends it only when it is asked to.
        let is_awaited = body.is_some() && self.parts.headers.contains_key(EXPECT);
        if let Some(body) = body.filter(|_| !is_awaited) {
            drop_body(body).await;
        }
        let number = shared.own_answers.fetch_add(1, Ordering::Relaxed) + 1;
        let id = format!("credrun-{number}");
        let (response, code) = stop.response(self.shape, &id);
        self.note.verdict(stop.verdict.clone());
        let status = response.status().as_u16();
        self.note.answered(status, Some(code.to_owned()), Some(id));
        let mut answer = response.map(|body: Bytes| whole(body));
        // Others may see another end of the request; and where no body was asked for, hyper ends the
        // connection.
        let ends = stop.is_of_the_form() || is_awaited;
        if ends && self.parts.version < Version::HTTP_2 {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(CONNECTION, close);
        }
        self.follow(answer)
    }

    /// Notes the call when the answer's body ends.
    fn follow(self, answer: Response<AnswerBody>) -> Response<AnswerBody> {
        let received = Arc::clone(&self.note.received);
        let with_body = (self.note, self.place);
        answer.map(|body| Download::new(body, received, self.turns, with_body).boxed_unsync())
    }
}
