//! One connection of a client in the container: HTTP/1.1, or HTTP/2 where the client begins with it,
//! and what a request must look like before anyone reads what it says.

mod framing;
mod strict;

use std::convert::Infallible;
use std::io::{self, Cursor};
use std::time::Duration;

use http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Method, Request, Response, Uri};
use hyper::body::{Body, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::framing::MAX_HEAD;
use self::strict::Strict;
use super::heads::Head;

/// From the connection to its first bytes.
const BEGIN_DEADLINE: Duration = Duration::from_secs(10);
/// From one answer to the next request. SDKs keep connections, and some do not send a call again
/// that meets the end of one. A silent connection is ended before where its place is needed.
const IDLE: Duration = Duration::from_secs(60);
const MAX_HEADERS: usize = 100;
/// What is read at once of a body.
const MAX_READ: usize = 256 * 1024;
/// Calls at the same time on a connection of HTTP/2.
const MAX_STREAMS: u32 = 32;
/// What may be on its way on one of them.
const WINDOW: u32 = 256 * 1024;
/// The longest head in HTTP/2. Clients that speak it write short ones, and a thousand connections may
/// each have one in memory.
const MAX_HTTP2_HEAD: u32 = 16 * 1024;
/// A connection of HTTP/2 whose client does not answer is closed after this and as long again.
const PING: Duration = Duration::from_secs(30);
/// With this, a client begins with HTTP/2.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The methods of AWS's operations. TRACE would send a signed request back.
const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// Serves a connection until either end closes it. `answer` is called for each request. HTTP/2 needs one of
/// the places of `http2`; without one, the connection is closed.
pub(super) async fn serve<S, A, F, B>(mut stream: S, head: Head, http2: &Semaphore, answer: A)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(Request<Incoming>) -> F + Send + Sync,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Ok(Ok(begun)) = timeout(BEGIN_DEADLINE, begin(&mut stream)).await else {
        return;
    };
    let (reader, writer) = tokio::io::split(stream);
    let is_http2 = begun == PREFACE;
    let reader = Cursor::new(begun).chain(reader);
    let service = service_fn(|request| {
        let answered = answer(request);
        async { Ok::<_, Infallible>(answered.await) }
    });
    let served = if is_http2 {
        let Ok(_one_of_many) = http2.try_acquire() else {
            return;
        };
        let stream = TokioIo::new(tokio::io::join(reader, writer));
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(2 * WINDOW)
            .max_send_buf_size(WINDOW as usize)
            .max_header_list_size(MAX_HTTP2_HEAD)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .serve_connection(stream, service)
            .await
    } else {
        let stream = TokioIo::new(tokio::io::join(Strict::new(reader, head), writer));
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .max_header_size(MAX_HEAD)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_READ)
            .serve_connection(stream, service)
            .await
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection of --keyless ended");
    }
}

/// Reads until it is clear whether the client begins with [`PREFACE`].
async fn begin<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Vec<u8>> {
    let mut begun = Vec::with_capacity(PREFACE.len());
    while begun.len() < PREFACE.len() && PREFACE.starts_with(&begun) {
        let left = PREFACE.len() - begun.len();
        if stream.take(left as u64).read_buf(&mut begun).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(begun)
}

/// Brings a request into the one form that is verified: a target without a host, and one `Host`.
///
/// # Errors
/// What is wrong with it. It is not for this proxy, or can be read in two ways.
pub(super) fn normalise(parts: &mut Parts, port: u16) -> Result<(), &'static str> {
    if !METHODS.contains(&parts.method) {
        return Err("AWS has no operation with this method");
    }
    if parts.headers.len() > MAX_HEADERS {
        return Err("the request has too many headers");
    }
    match (parts.version, parts.uri.authority().cloned()) {
        // In HTTP/2, the authority is what Host is in HTTP/1.1.
        (http::Version::HTTP_2, Some(authority)) => take_authority(parts, &authority)?,
        (_, Some(_)) => return Err("the target names a host"),
        (_, None) => {}
    }
    if !parts.uri.path().starts_with('/') {
        return Err("the target is not a path");
    }
    let mut hosts = parts.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_own(host.as_bytes(), port) => {}
        (Some(_), None) => return Err("the host is not the address of AWS_ENDPOINT_URL"),
        _ => return Err("the request must have one Host header"),
    }
    let mut codings = parts.headers.get_all(TRANSFER_ENCODING).iter();
    let coding = (codings.next(), codings.next());
    let is_plain = match coding {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    };
    if !is_plain {
        return Err("the transfer coding is another than chunked");
    }
    let names_upgrade = |value: &HeaderValue| {
        value
            .as_bytes()
            .to_ascii_lowercase()
            .windows(7)
            .any(|word| word == b"upgrade")
    };
    if parts.headers.get_all(CONNECTION).iter().any(names_upgrade) {
        return Err("the connection cannot be upgraded");
    }
    Ok(())
}

fn take_authority(parts: &mut Parts, authority: &Authority) -> Result<(), &'static str> {
    let host = HeaderValue::from_str(authority.as_str()).map_err(|_| "the host is not a name")?;
    if parts
        .headers
        .get_all(HOST)
        .iter()
        .any(|other| other != host)
    {
        return Err("the request names two hosts");
    }
    parts.headers.insert(HOST, host);
    let root = PathAndQuery::from_static("/");
    let target = parts.uri.path_and_query().cloned().unwrap_or(root);
    parts.uri = Uri::from(target);
    Ok(())
}

/// `127.0.0.1:PORT`, or with a label before it: SDKs put the prefixes of their models there. A name
/// that a page in a browser resolves to this address is another.
fn is_own(host: &[u8], port: u16) -> bool {
    let own = format!("127.0.0.1:{port}");
    let Some(prefix) = host.strip_suffix(own.as_bytes()) else {
        return false;
    };
    let is_of_a_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    match prefix.split_last() {
        None => true,
        Some((b'-' | b'.', label)) => {
            label.first().is_some_and(is_of_a_name)
                && label
                    .iter()
                    .all(|byte| is_of_a_name(byte) || matches!(byte, b'-' | b'.'))
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(version: http::Version, uri: &str, host: &[&str]) -> Parts {
        let mut request = Request::builder().version(version).uri(uri);
        for host in host {
            request = request.header(HOST, *host);
        }
        request.body(()).expect("a request").into_parts().0
    }

    fn refusal(uri: &str, host: &[&str]) -> Option<&'static str> {
        normalise(&mut parts(http::Version::HTTP_11, uri, host), 80).err()
    }

    #[test]
    fn only_the_address_that_the_container_was_given_is_a_host() {
        for host in [
            "127.0.0.1:80",
            "data-127.0.0.1:80",
            "123456789012.127.0.0.1:80",
        ] {
            assert_eq!(refusal("/", &[host]), None, "{host}");
        }
        for host in [
            "127.0.0.1",
            "127.0.0.1:81",
            "localhost:80",
            "evil.example:80",
            "x127.0.0.1:80",
            "-127.0.0.1:80",
            "a_-127.0.0.1:80",
            "a@-127.0.0.1:80",
        ] {
            assert!(refusal("/", &[host]).is_some(), "{host}");
        }
        assert!(refusal("/", &[]).is_some());
        assert!(refusal("/", &["127.0.0.1:80", "127.0.0.1:80"]).is_some());
    }

    #[test]
    fn a_body_comes_in_chunks_or_with_a_length() {
        let with = |codings: &[&str]| {
            let mut parts = parts(http::Version::HTTP_11, "/", &["127.0.0.1:80"]);
            for coding in codings {
                let coding = HeaderValue::from_str(coding).expect("a value");
                parts.headers.append(TRANSFER_ENCODING, coding);
            }
            normalise(&mut parts, 80).is_ok()
        };
        assert!(with(&[]) && with(&["chunked"]) && with(&["Chunked"]));
        for codings in [
            &["gzip, chunked"][..],
            &["chunked, chunked"],
            &["chunked", "chunked"],
            &["identity"],
            &[""],
        ] {
            assert!(!with(codings), "{codings:?}");
        }
    }

    #[test]
    fn a_target_that_names_a_host_is_refused() {
        assert_eq!(
            refusal("http://127.0.0.1:80/", &["127.0.0.1:80"]),
            Some("the target names a host")
        );
        assert!(refusal("*", &["127.0.0.1:80"]).is_some());
        for method in [Method::CONNECT, Method::TRACE, Method::OPTIONS] {
            let mut other = parts(http::Version::HTTP_11, "/", &["127.0.0.1:80"]);
            other.method = method;
            assert!(normalise(&mut other, 80).is_err());
        }
    }

    #[test]
    fn the_authority_of_http_2_is_the_host() {
        let uri = "http://127.0.0.1:80/a?b";
        let mut http2 = parts(http::Version::HTTP_2, uri, &[]);
        assert_eq!(normalise(&mut http2, 80), Ok(()));
        assert_eq!(http2.headers[HOST], "127.0.0.1:80");
        assert_eq!(http2.uri, "/a?b");
        let mut other = parts(http::Version::HTTP_2, uri, &["evil.example"]);
        assert!(normalise(&mut other, 80).is_err());
    }

    #[tokio::test]
    async fn a_client_that_begins_with_http_2_is_told_from_one_that_does_not() {
        for (sent, expected) in [
            (&b"GET / HTTP/1.1\r\n\r\n"[..], &b"G"[..]),
            (b"PRO / HTTP/1.1\r\n\r\n", b"PRO"),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore", PREFACE),
        ] {
            // One byte after the other, as a network may deliver them.
            let mut pieces = tokio_test_stream(sent);
            assert_eq!(begin(&mut pieces).await.expect("begun"), expected);
        }
    }

    fn tokio_test_stream(sent: &'static [u8]) -> impl AsyncRead + Unpin {
        let (mut to, from) = tokio::io::duplex(1);
        tokio::spawn(async move {
            use tokio::io::AsyncWriteExt as _;
            let _ = to.write_all(sent).await;
        });
        from
    }
}
