use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::time::Instant;

use super::*;
use crate::credentials::CredentialValues;
use crate::live::event::FailureKind;
use crate::live::renewal::{FetchError, Renewal};

const TOKEN: &str = "the-token";

struct Fixture {
    endpoint: Endpoint,
    events: Arc<Mutex<Vec<Event>>>,
    _renewal: Renewal,
}

impl Fixture {
    /// An endpoint with a set that expires in so many seconds, and cannot be renewed.
    fn new(seconds: i64) -> Self {
        let now = SystemTime::now();
        let span = Duration::from_secs(seconds.unsigned_abs());
        let end = if seconds < 0 { now - span } else { now + span };
        let set = Credentials::new(CredentialValues {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: SecretString::from("se\"cret"),
            session_token: Some(SecretString::from("session")),
            expiration: Some(end),
            account_id: Some("123456789012".to_owned()),
        })
        .expect("a set");
        let fetch = async || {
            Err::<Credentials, _>(FetchError {
                why: "the source is down".into(),
                kind: FailureKind::Unreachable,
            })
        };
        let events = Arc::new(Mutex::new(Vec::new()));
        let report = {
            let events = Arc::clone(&events);
            Arc::new(move |event| events.lock().unwrap().push(event))
        };
        let renewal = Renewal::start(set, fetch, Arc::new(|_| {}));
        Self {
            endpoint: Endpoint::new(SecretString::from(TOKEN), renewal.current(), report),
            events,
            _renewal: renewal,
        }
    }

    /// Sends `request`, shuts down, and reads the whole answer.
    async fn send(&self, request: &[u8]) -> String {
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let client = async move {
            client.write_all(request).await.unwrap();
            client.shutdown().await.unwrap();
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).await.unwrap();
            String::from_utf8(answer).unwrap()
        };
        let (answer, ()) = tokio::join!(client, self.endpoint.serve_connection(server));
        answer
    }

    fn refusals(&self) -> Vec<Refusal> {
        let events = self.events.lock().unwrap();
        let refusals = events.iter().map(|event| match event {
            Event::Refused(refusal) => *refusal,
            other => panic!("{other:?}"),
        });
        refusals.collect()
    }
}

fn request(line: &str, host: &str, token: &str) -> Vec<u8> {
    format!("{line}\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n").into_bytes()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

#[tokio::test]
async fn the_answer_has_what_every_sdk_takes_and_no_more() {
    let fixture = Fixture::new(3600);
    let answer = fixture
        .send(&request(
            "GET /credentials HTTP/1.1",
            "127.0.0.1:21776",
            TOKEN,
        ))
        .await;
    assert_eq!(status(&answer), "200");
    assert!(answer.contains("content-type: application/json\r\n"));
    assert!(answer.contains("connection: close\r\n"));
    let mut set = body(&answer);
    let end = set["Expiration"].take();
    let end = end.as_str().unwrap();
    assert_eq!(
        (end.len(), &end[10..11], &end[19..]),
        (20, "T", "Z"),
        "{end}"
    );
    assert_eq!(
        set,
        json!({
            "AccessKeyId": "ASIAEXAMPLE",
            "SecretAccessKey": "se\"cret",
            "Token": "session",
            "Expiration": null,
        })
    );
    assert_eq!(fixture.refusals(), []);
}

#[tokio::test]
async fn a_set_whose_end_nobody_knows_is_given_one_that_sdks_can_plan_with() {
    let set = Credentials::new(CredentialValues {
        access_key_id: "ASIA".to_owned(),
        secret_access_key: "secret".into(),
        session_token: None,
        expiration: None,
        account_id: None,
    })
    .expect("a set");
    let body: Value = serde_json::from_slice(&set_body(&set)).unwrap();
    let about_an_hour =
        [3599, 3600].map(|seconds| iso8601(SystemTime::now() + Duration::from_secs(seconds)));
    assert!(about_an_hour.contains(&body["Expiration"].as_str().unwrap().to_owned()));
}

#[tokio::test]
async fn a_clock_that_counts_fractions_gives_whole_seconds() {
    let end = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_999);
    let set = Credentials::new(CredentialValues {
        access_key_id: "ASIA".to_owned(),
        secret_access_key: "secret".into(),
        session_token: None,
        expiration: Some(end),
        account_id: None,
    })
    .expect("a set");
    let body: Value = serde_json::from_slice(&set_body(&set)).unwrap();
    assert_eq!(body["Expiration"], "2023-11-14T22:13:20Z");
}

#[tokio::test]
async fn each_loopback_host_is_let_in_and_no_other() {
    for host in [
        "127.0.0.1:1",
        "127.0.0.1",
        "localhost:1",
        "LOCALHOST",
        "[::1]:1",
    ] {
        let request = request("GET /credentials HTTP/1.1", host, TOKEN);
        assert_eq!(
            status(&Fixture::new(60).send(&request).await),
            "200",
            "{host}"
        );
    }
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "169.254.170.2",
        "",
        "a b",
    ] {
        let request = request("GET /credentials HTTP/1.1", host, TOKEN);
        let answer = Fixture::new(60).send(&request).await;
        assert_eq!(status(&answer), "403", "{host}: {answer}");
    }
}

#[tokio::test]
async fn what_is_not_the_sdks_request_is_refused_with_a_reason() {
    let host = "127.0.0.1";
    let get = "GET /credentials HTTP/1.1";
    let cases = [
        (request(get, host, "the-tokeN"), "403", Refusal::WrongToken),
        (request(get, host, ""), "403", Refusal::WrongToken),
        (
            format!("{get}\r\nHost: {host}\r\n\r\n").into_bytes(),
            "401",
            Refusal::NoToken,
        ),
        (request("GET / HTTP/1.1", host, TOKEN), "404", Refusal::Path),
        (
            request("POST /credentials HTTP/1.1", host, TOKEN),
            "405",
            Refusal::Method,
        ),
        (
            request("GET http://evil.example/credentials HTTP/1.1", host, TOKEN),
            "403",
            Refusal::Host,
        ),
        (
            b"GET /credentials HTTP/1.0\r\n\r\n".to_vec(),
            "403",
            Refusal::Host,
        ),
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01".to_vec(),
            "400",
            Refusal::Malformed,
        ),
        (vec![b'a'; 32 * 1024], "431", Refusal::Malformed),
    ];
    for (request, expected, refusal) in cases {
        let fixture = Fixture::new(3600);
        let answer = fixture.send(&request).await;
        assert_eq!(status(&answer), expected, "{refusal}: {answer}");
        assert_eq!(fixture.refusals(), [refusal]);
        assert!(!answer.contains("cret"), "{answer}");
        if refusal != Refusal::Malformed {
            let body = body(&answer);
            assert!(body["code"].is_string() && body["message"].is_string());
        }
    }
}

#[tokio::test]
async fn only_the_refusal_of_a_method_names_the_one_that_is_allowed() {
    let fixture = Fixture::new(3600);
    for (line, allows) in [
        ("POST /credentials HTTP/1.1", true),
        ("GET / HTTP/1.1", false),
    ] {
        let answer = fixture.send(&request(line, "127.0.0.1", TOKEN)).await;
        assert_eq!(answer.contains("\r\nallow: GET\r\n"), allows, "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_is_not_refused() {
    for half in [&b""[..], b"GET /credentials HT"] {
        let fixture = Fixture::new(3600);
        let (mut client, server) = tokio::io::duplex(1024);
        client.write_all(half).await.unwrap();
        drop(client);
        fixture.endpoint.serve_connection(server).await;
        assert_eq!(fixture.refusals(), []);
    }
}

/// What is read from a connection that the client has reset.
struct Reset;

impl AsyncRead for Reset {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}

#[tokio::test]
async fn a_client_that_resets_its_connection_is_not_refused() {
    let fixture = Fixture::new(3600);
    let server = tokio::io::join(Reset, tokio::io::sink());
    fixture.endpoint.serve_connection(server).await;
    assert_eq!(fixture.refusals(), []);
}

#[tokio::test]
async fn refusals_of_a_kind_that_was_told_are_told_at_the_end() {
    let fixture = Fixture::new(3600);
    let wrong = request("GET / HTTP/1.1", "127.0.0.1", TOKEN);
    for _ in 0..3 {
        fixture.send(&wrong).await;
    }
    assert_eq!(fixture.refusals(), [Refusal::Path]);
    fixture.endpoint.tell_counted();
    let last = fixture.events.lock().unwrap().last().cloned();
    assert_eq!(last, Some(Event::RefusedMore(2)));
}

#[tokio::test]
async fn a_set_that_has_ended_gives_an_error_that_sdks_retry_and_show() {
    let fixture = Fixture::new(-1);
    let started = Instant::now();
    let answer = fixture
        .send(&request("GET /credentials HTTP/1.1", "127.0.0.1", TOKEN))
        .await;
    assert!(started.elapsed() < Duration::from_millis(950));
    assert_eq!(status(&answer), "503");
    assert_eq!(body(&answer)["code"], "CredentialsExpired");
    let message = body(&answer)["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("credrun could not renew"), "{message}");
    assert!(!answer.contains("cret"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_or_half_a_request_is_ended() {
    for half in [&b""[..], b"GET /credentials HT"] {
        let fixture = Fixture::new(3600);
        let (mut client, server) = tokio::io::duplex(1024);
        client.write_all(half).await.unwrap();
        timeout(2 * DEADLINE, fixture.endpoint.serve_connection(server))
            .await
            .expect("an end");
        assert_eq!(fixture.refusals(), [Refusal::Slow]);
    }
}

#[tokio::test]
async fn the_first_refusal_of_a_kind_is_told_and_the_others_are_counted() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let report = {
        let events = Arc::clone(&events);
        Arc::new(move |event| events.lock().unwrap().push(event))
    };
    let refusals = Refusals::new(report);
    for _ in 0..5000 {
        refusals.add(Refusal::WrongToken);
        refusals.add(Refusal::Path);
    }
    refusals.tell_counted();
    refusals.tell_counted();
    assert_eq!(
        *events.lock().unwrap(),
        [
            Event::Refused(Refusal::WrongToken),
            Event::Refused(Refusal::Path),
            Event::RefusedMore(9998)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn requests_beyond_the_bound_are_answered_later_and_never_refused() {
    let fixture = Fixture::new(3600);
    let request = request("GET /credentials HTTP/1.1", "127.0.0.1", TOKEN);
    let began = Instant::now();
    let bound = ANSWERS_PER_SECOND as usize;
    let asked = (0..2 * bound).map(|_| fixture.send(&request));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| status(answer) == "200"));
    let took = began.elapsed();
    let expected = Duration::from_millis(900)..Duration::from_millis(1100);
    assert!(expected.contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_refusals_does_not_hold_up_an_answer() {
    let fixture = Fixture::new(3600);
    let wrong = request("GET /credentials HTTP/1.1", "127.0.0.1", "guess");
    let right = request("GET /credentials HTTP/1.1", "127.0.0.1", TOKEN);
    let storm = futures_util::future::join_all((0..500).map(|_| fixture.send(&wrong)));
    let honest = async {
        // Behind the storm's, which are all there by now.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let began = Instant::now();
        assert_eq!(status(&fixture.send(&right).await), "200");
        began.elapsed()
    };
    let began = Instant::now();
    let (refused, took) = tokio::join!(storm, honest);
    assert!(refused.iter().all(|answer| status(answer) == "403"));
    assert!(took < Duration::from_millis(20), "{took:?}");
    assert!(began.elapsed() > Duration::from_secs(3));
}

#[test]
fn tokens_are_long_and_differ() {
    let [one, other] = [random_token().unwrap(), random_token().unwrap()];
    assert_eq!(one.expose_secret().len(), 64);
    assert_ne!(one.expose_secret(), other.expose_secret());
}
