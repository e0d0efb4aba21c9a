//! The credential endpoint: HTTP as AWS SDKs expect from a container's credential provider.
//!
//! It answers from memory, within the second that the least patient SDKs wait, and never with an
//! error while it holds a valid set: after one error some SDKs fail a call, others stay away for
//! minutes. [`super::renewal`] provides the sets.
//!
//! The container's resource limits do not apply here, so the endpoint has its own: a number of
//! answers per second, and fewer refusals, which wait in a separate queue ([`super::pace`]).
//! Reports of refusals are limited as well, because they go to the user's terminal.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::event::{Event, Report};
use super::pace::Pace;
use crate::credentials::{Credentials, iso8601};
use crate::live::event::Refusal;
use crate::live::renewal::current::CurrentSet;
use crate::relay::mux::{Accepted, Mux, RelayError};
use crate::relay::places::Place;
use crate::secret_json;

/// The only path that the endpoint answers.
pub const PATH: &str = "/credentials";

/// From the first byte to the last. SDKs give up after 1 to 5 seconds.
const DEADLINE: Duration = Duration::from_secs(10);
/// SDKs send some 300 bytes in one piece.
const MAX_HEAD: usize = 8 * 1024;
const MAX_HEADERS: usize = 64;
/// SDKs ask every few minutes, and AWS CLIs once per run. A thousand simultaneous requests are
/// answered at once, and a thousand more within a second.
const ANSWERS_PER_SECOND: u32 = 1000;
/// A refused request is wrong every time, however often the client repeats it.
const REFUSALS_PER_SECOND: u32 = 100;

/// A random token of 256 bits, in characters that a header and a variable can hold.
///
/// # Errors
/// The operating system has no randomness.
pub fn random_token() -> Result<SecretString, getrandom::Error> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut())?;
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    Ok(SecretString::from(digits.collect::<String>()))
}

/// Answers the requests of one run.
pub struct Endpoint {
    token: SecretString,
    set: CurrentSet,
    deadline: Duration,
    answers: Pace,
    refused: Pace,
    refusals: Refusals,
}

impl Endpoint {
    /// Answers requests that carry `token` with `set`; reports the others to `report`.
    #[must_use]
    pub fn new(token: SecretString, set: CurrentSet, report: Report) -> Self {
        Self {
            token,
            set,
            deadline: DEADLINE,
            answers: Pace::per_second(ANSWERS_PER_SECOND),
            refused: Pace::per_second(REFUSALS_PER_SECOND),
            refusals: Refusals::new(report),
        }
    }

    /// Ends each connection after `deadline`, whatever its state. For tests of what else ends a
    /// connection.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Serves the relay's connections until the relay ends.
    ///
    /// # Errors
    /// [`RelayError`], where credrun ended it.
    pub async fn serve(self: Arc<Self>, mut relay: Mux) -> Result<(), RelayError> {
        let mut served = JoinSet::new();
        while let Some(accepted) = relay.accept().await? {
            let endpoint = Arc::clone(&self);
            served.spawn(async move { endpoint.serve_accepted(accepted).await });
            while served.try_join_next().is_some() {}
        }
        Ok(())
    }

    /// Reports how many refusals have been counted since, if any, at the end of the run.
    pub fn tell_counted(&self) {
        self.refusals.tell_counted();
    }

    async fn serve_accepted(&self, accepted: Accepted) {
        let Accepted {
            stream,
            place,
            ended,
        } = accepted;
        tokio::select! {
            () = self.serve_in(Some(&place), stream) => {}
            Ok(()) = ended => self.refusals.add(Refusal::Slow),
        }
    }

    /// Serves one connection: one request, one answer.
    pub async fn serve_connection<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        self.serve_in(None, stream).await;
    }

    async fn serve_in<S>(&self, place: Option<&Place>, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let answer = async |request| Ok::<_, Infallible>(self.answer(place, &request).await);
        let service = service_fn(answer);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.deadline)
            .max_header_size(MAX_HEAD)
            .max_buf_size(2 * MAX_HEAD)
            .max_headers(MAX_HEADERS)
            // A connection kept alive would be closed at some time, and a client that is just about
            // to send again would take that for a failure.
            .keep_alive(false)
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service);
        match timeout(self.deadline, connection).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if error.is_timeout() => self.refusals.add(Refusal::Slow),
            // The client went away, as programs do that probe whether a port is open.
            Ok(Err(error)) if is_of_the_connection(&error) => {}
            Ok(Err(_)) => self.refusals.add(Refusal::Malformed),
            Err(_) => self.refusals.add(Refusal::Slow),
        }
    }

    async fn answer<B>(
        &self,
        place: Option<&Place>,
        request: &Request<B>,
    ) -> Response<Full<Bytes>> {
        let answered = match self.check(request) {
            Ok(()) => {
                place.inspect(|place| place.keep());
                self.answers.turn().await;
                let set = self.set.get().await;
                set.map_err(|ended| (Refusal::Ended, ended.to_string()))
            }
            Err(refusal) => {
                self.refused.turn().await;
                Err((refusal, format!("credrun: {refusal}")))
            }
        };
        match answered {
            Ok(set) => respond(StatusCode::OK, set_body(&set)),
            Err((refusal, message)) => {
                self.refusals.add(refusal);
                refuse(refusal, &message)
            }
        }
    }

    fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let headers = request.headers();
        if !is_loopback(headers, request.uri().authority()) {
            return Err(Refusal::Host);
        }
        let token = headers.get(AUTHORIZATION).ok_or(Refusal::NoToken)?;
        let expected = self.token.expose_secret().as_bytes();
        if !bool::from(token.as_bytes().ct_eq(expected)) {
            return Err(Refusal::WrongToken);
        }
        if request.uri().path() != PATH {
            return Err(Refusal::Path);
        }
        if request.method() != Method::GET {
            return Err(Refusal::Method);
        }
        Ok(())
    }
}

/// The connection failed or ended, whatever was said on it.
fn is_of_the_connection(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    error.is_incomplete_message() || error.is_closed() || source.is_some_and(|_: &io::Error| true)
}

/// Checks the one `Host` and, where the request line names a host too, as to a proxy, that one.
fn is_loopback(headers: &HeaderMap, uri: Option<&Authority>) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let host = host.to_str().ok().and_then(|host| host.parse().ok());
    host.is_some_and(|host: Authority| names_loopback(&host)) && uri.is_none_or(names_loopback)
}

fn names_loopback(authority: &Authority) -> bool {
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The fields that every SDK takes, and no more: `AccountId` would change the service endpoints
/// that some SDKs call.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SetBody<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: String,
}

/// A set with an unknown expiry is announced as valid for another hour: most SDKs refuse an answer
/// without an expiry, and ask again before the hour is over.
const UNKNOWN_END: Duration = Duration::from_secs(3600);

fn set_body(set: &Credentials) -> Zeroizing<Vec<u8>> {
    let token = set.session_token.as_ref();
    let end = set
        .expiration
        .unwrap_or_else(|| SystemTime::now() + UNKNOWN_END);
    json(&SetBody {
        access_key_id: &set.access_key_id,
        secret_access_key: set.secret_access_key.expose_secret(),
        token: token.map_or("", |token| token.expose_secret()),
        expiration: iso8601(end),
    })
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'static str,
    message: &'a str,
}

fn refuse(refusal: Refusal, message: &str) -> Response<Full<Bytes>> {
    let body = ErrorBody {
        code: refusal.code(),
        message,
    };
    let mut response = respond(refusal.status(), json(&body));
    if refusal == Refusal::Method {
        let get = HeaderValue::from_static("GET");
        response.headers_mut().insert(ALLOW, get);
    }
    response
}

fn json(body: &impl Serialize) -> Zeroizing<Vec<u8>> {
    // Only strings, so serializing cannot fail.
    secret_json::to_vec(body).unwrap_or_default()
}

/// hyper writes a head and a short body in one piece, which spares clients a delayed
/// acknowledgement.
fn respond(status: StatusCode, body: Zeroizing<Vec<u8>>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_owner(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Reports the first refusal of each kind and counts the others: a container must not fill the
/// user's terminal, or a log.
struct Refusals {
    report: Report,
    state: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    kinds: BTreeSet<Refusal>,
    /// How many refusals were not reported.
    counted: u64,
}

impl Refusals {
    fn new(report: Report) -> Self {
        Self {
            report,
            state: Mutex::default(),
        }
    }

    fn add(&self, refusal: Refusal) {
        let is_new = {
            let mut state = self.lock();
            let is_new = state.kinds.insert(refusal);
            state.counted += u64::from(!is_new);
            is_new
        };
        if is_new {
            (self.report)(Event::Refused(refusal));
        }
    }

    fn tell_counted(&self) {
        let counted = std::mem::take(&mut self.lock().counted);
        if counted > 0 {
            (self.report)(Event::RefusedMore(counted));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
