//! What AWS answered. The bodies of errors are held, because they may repeat what they were sent; all
//! else passes as it comes.

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;

use super::answer::errors::{self, ErrorAnswer, Found};
use super::body::Room;
use super::stop::{Shape, Stop};
use crate::credentials::Credentials;

/// An answer of AWS's.
pub(super) struct FromAws {
    pub(super) head: Parts,
    pub(super) body: Content,
}

/// Its body.
pub(super) enum Content {
    Streaming(Incoming),
    /// Of an error; none where it is too long.
    Held(Option<Bytes>),
}

impl FromAws {
    /// Reads the body of an error.
    pub(super) async fn read(
        response: Response<Incoming>,
        module: &str,
        room: &Room,
    ) -> Result<Self, Stop> {
        let (head, body) = response.into_parts();
        let body = if head.status.is_success() {
            Content::Streaming(body)
        } else {
            let held = room.collect(body, errors::most(module)).await;
            Content::Held(held.map_err(|_| broken())?)
        };
        Ok(Self { head, body })
    }

    pub(super) fn is_error(&self) -> bool {
        !self.head.status.is_success()
    }

    /// The error, for [`ErrorAnswer::examine`].
    pub(super) fn error<'a>(
        &'a self,
        shape: Shape,
        request_id: &'a str,
    ) -> Option<ErrorAnswer<'a>> {
        let Content::Held(body) = &self.body else {
            return None;
        };
        Some(ErrorAnswer {
            form: shape.form,
            status: self.head.status,
            headers: &self.head.headers,
            body: body.as_deref(),
            request_id,
        })
    }

    /// Whether a call that is signed with a newer set may succeed.
    pub(super) fn says_expired(&self, shape: Shape, real: &Credentials) -> bool {
        let found = self.found(shape, real);
        found.is_some_and(|found| found.code.as_deref().is_some_and(errors::is_expired))
    }

    /// The region where S3 says that the bucket is.
    pub(super) fn region_of_bucket(&self, shape: Shape, real: &Credentials) -> Option<String> {
        let is_elsewhere = matches!(self.head.status.as_u16(), 301 | 307 | 400);
        let of_body = || match is_elsewhere {
            true => self.found(shape, real)?.region,
            false => None,
        };
        header(&self.head.headers, "x-amz-bucket-region").or_else(of_body)
    }

    fn found(&self, shape: Shape, real: &Credentials) -> Option<Found> {
        Some(self.error(shape, "")?.examine(real).0)
    }

    pub(super) fn request_id(&self) -> Option<String> {
        let headers = &self.head.headers;
        header(headers, "x-amzn-requestid").or_else(|| header(headers, "x-amz-request-id"))
    }
}

/// AWS's answer broke off.
pub(super) fn broken() -> Stop {
    Stop::failed(
        StatusCode::BAD_GATEWAY,
        "ServiceUnavailable",
        "AWS's answer ended before it was complete",
    )
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
