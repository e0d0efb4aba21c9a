//! One log line per request. A request may hold secrets, so the query, headers and bodies are left
//! out, except for the name of the call.

use std::time::Instant;

use bytes::Bytes;
use http::{Request, StatusCode};

use super::HttpError;
use crate::credentials::http_client::way::Way;

/// A request that has begun. If the SDK gives up, no response is logged.
pub(super) struct Logged {
    began: Instant,
    line: Option<Line>,
}

struct Line {
    method: http::Method,
    url: String,
    call: Option<String>,
    attempt: Option<String>,
    proxy: Option<String>,
}

impl Logged {
    pub(super) fn begin(request: &Request<Bytes>, way: &Way) -> Self {
        let line = tracing::enabled!(tracing::Level::DEBUG).then(|| Line {
            method: request.method().clone(),
            url: format!("{}{}", way.to, request.uri().path()),
            call: call(request),
            attempt: attempt(request),
            proxy: way.proxy.as_ref().map(ToString::to_string),
        });
        if let Some(Line { method, url, .. }) = &line {
            tracing::trace!(%method, %url, "asking AWS");
        }
        Self {
            began: Instant::now(),
            line,
        }
    }

    pub(super) fn end(mut self, outcome: Result<StatusCode, &HttpError>) {
        match outcome {
            Ok(status) => self.write(Some(status.as_u16()), None),
            Err(error) => self.write(None, Some(&error.to_string())),
        }
    }

    fn write(&mut self, status: Option<u16>, error: Option<&str>) {
        let Some(line) = self.line.take() else { return };
        let Line { method, url, .. } = &line;
        let (call, attempt) = (line.call.as_deref(), line.attempt.as_deref());
        let (proxy, ms) = (line.proxy.as_deref(), self.began.elapsed().as_millis());
        tracing::debug!(%method, %url, call, attempt, proxy, status, ms, error, "AWS asked");
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        self.write(None, Some("given up"));
    }
}

/// `AssumeRole`: from the first field of a query protocol's body, or from the end of
/// `x-amz-target`.
fn call(request: &Request<Bytes>) -> Option<String> {
    let named = match request.headers().get("x-amz-target") {
        Some(target) => target.to_str().ok()?.rsplit('.').next()?,
        None => {
            let body = request.body().strip_prefix(b"Action=")?;
            std::str::from_utf8(body.split(|&byte| byte == b'&').next()?).ok()?
        }
    };
    let is_name = named.len() < 64 && named.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then(|| named.to_owned())
}

/// `1` from `amz-sdk-request: attempt=1; max=3`.
fn attempt(request: &Request<Bytes>) -> Option<String> {
    let header = request.headers().get("amz-sdk-request")?.to_str().ok()?;
    let mut fields = header.split(';').map(str::trim);
    fields
        .find_map(|field| field.strip_prefix("attempt="))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(header: (&'static str, &str), body: &'static str) -> Request<Bytes> {
        Request::post("https://sts.amazonaws.com/")
            .header(header.0, header.1)
            .body(Bytes::from_static(body.as_bytes()))
            .expect("a request")
    }

    #[test]
    fn a_call_is_named_and_nothing_else_of_a_body() {
        let attempt_of = ("amz-sdk-request", "attempt=2; max=3");
        let sts = request(attempt_of, "Action=AssumeRole&TokenCode=123456");
        assert_eq!(call(&sts).as_deref(), Some("AssumeRole"));
        assert_eq!(attempt(&sts).as_deref(), Some("2"));
        let ecr = request(("x-amz-target", "X_V2015.GetAuthorizationToken"), "{}");
        assert_eq!(call(&ecr).as_deref(), Some("GetAuthorizationToken"));
        assert_eq!(attempt(&ecr), None);
        for body in [
            "",
            "TokenCode=1&Action=x",
            "Action=a%20b",
            "Action=https://x/",
        ] {
            assert_eq!(call(&request(attempt_of, body)), None, "{body}");
        }
    }
}
