//! CloudShell's endpoint and its like: the request, what is asked again, everything that can be wrong.

use super::*;

#[tokio::test]
async fn cloudshell_gives_its_set_for_the_token() {
    let endpoint = CredentialEndpoint::start();
    let before = SystemTime::now();
    let set = fetch(&nothing(), &endpoint_environment(&endpoint))
        .await
        .expect("a set");
    assert_eq!(set.origin.to_string(), "CloudShell");
    assert_eq!(set.credentials.access_key_id, "ASIATURN00000000");
    assert_eq!(
        set.credentials.secret_access_key.expose_secret(),
        credential_endpoint::SECRET
    );
    let left = set.left(before).expect("an end");
    assert!(left > Duration::from_secs(14 * 60) && left < Duration::from_secs(16 * 60));
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].method, "GET");
    assert_eq!(requests[0].target, credential_endpoint::PATH);
    assert_eq!(requests[0].headers["authorization"], endpoint.token());
    assert_eq!(requests[0].headers["accept"], "application/json");
}

#[tokio::test]
async fn each_fetch_is_a_request_of_its_own() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Rotate {
        life: Duration::from_secs(60),
        spare: Duration::from_millis(59_999),
    });
    let source = open(&nothing(), &endpoint_environment(&endpoint)).expect("a source");
    let first = source.fetch().await.expect("a set");
    tokio::time::sleep(Duration::from_millis(5)).await;
    let second = source.fetch().await.expect("a set");
    assert_ne!(
        first.credentials.access_key_id,
        second.credentials.access_key_id
    );
    assert_eq!(endpoint.requests().len(), 2);
}

#[tokio::test]
async fn no_proxy_of_the_environment_gets_the_token() {
    let (endpoint, proxy) = (CredentialEndpoint::start(), CredentialEndpoint::start());
    let (url, token, proxy_url) = (endpoint.url(), endpoint.token(), proxy.url());
    let is_child = in_a_process_of_its_own(
        "container_endpoint::no_proxy_of_the_environment_gets_the_token",
        &[
            ("HTTP_PROXY", &proxy_url),
            ("http_proxy", &proxy_url),
            ("ALL_PROXY", &proxy_url),
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &url),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &token),
        ],
    );
    if is_child {
        fetch(&nothing(), &Environment::of_process())
            .await
            .expect("a set");
        return;
    }
    assert_eq!(endpoint.requests().len(), 1);
    assert!(proxy.requests().is_empty());
}

#[tokio::test]
async fn localhost_is_asked_on_loopback() {
    let endpoint = CredentialEndpoint::start();
    let url = endpoint.url().replace("127.0.0.1", "localhost");
    let environment = Environment::fixed([
        (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, url.as_str()),
        (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
    ]);
    let set = fetch(&nothing(), &environment).await.expect("a set");
    assert_eq!(set.origin.to_string(), format!("container endpoint {url}"));
}

#[tokio::test]
async fn the_token_file_is_read_again_at_each_fetch() {
    let endpoint = CredentialEndpoint::start();
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), endpoint.token()).expect("written");
    let environment = Environment::fixed([
        (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
        (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, "outranked"),
        (
            vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
            file.path().to_str().expect("UTF-8"),
        ),
    ]);
    let source = open(&nothing(), &environment).expect("a source");
    source.fetch().await.expect("a set");
    endpoint.set_token("rotated");
    std::fs::write(file.path(), "rotated").expect("written");
    source.fetch().await.expect("a set for the new token");
}

#[tokio::test]
async fn a_failure_that_passes_is_asked_again() {
    for status in [500, 503, 429] {
        let endpoint = CredentialEndpoint::behaving(Behaviour::FailFirst { times: 2, status });
        fetch(&nothing(), &endpoint_environment(&endpoint))
            .await
            .expect("a set in the end");
        assert_eq!(endpoint.requests().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Status(404, String::new()));
    refusal(&nothing(), &endpoint_environment(&endpoint)).await;
    assert_eq!(endpoint.requests().len(), 1);
}

#[tokio::test]
async fn everything_that_can_be_wrong_has_a_message_and_a_hint() {
    let cases = [
        (
            Behaviour::Status(
                403,
                r#"{"code":"AccessDenied","message":"not you"}"#.to_owned(),
            ),
            "returned HTTP 403: AccessDenied: not you",
        ),
        (
            Behaviour::Status(500, "<html>".to_owned()),
            "returned HTTP 500\n",
        ),
        (
            Behaviour::Redirect("http://127.0.0.1:1/steal".to_owned()),
            "returned HTTP 302, a redirect, which credrun does not follow",
        ),
        (Behaviour::Html, "the response is HTML, not JSON"),
        (Behaviour::HalfJson, "the response is incomplete JSON"),
        (Behaviour::NoExpiration, "the response has no Expiration"),
        (
            Behaviour::Expired(Duration::from_secs(90)),
            "the credentials from CloudShell expired 1m 3",
        ),
        (Behaviour::Close, "closed the connection"),
    ];
    for (behaviour, expected) in cases {
        let endpoint = CredentialEndpoint::behaving(behaviour.clone());
        let report = refusal(&nothing(), &endpoint_environment(&endpoint)).await;
        assert!(report.contains(expected), "{behaviour:?}: {report}");
        assert!(report.contains("\nhint: "), "{behaviour:?}: {report}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_told_from_a_wrong_address() {
    let endpoint = CredentialEndpoint::start();
    let environment = endpoint_environment(&endpoint);
    endpoint.set_token("another");
    let report = refusal(&nothing(), &environment).await;
    assert!(
        report.contains("returned HTTP 403: Unauthorized"),
        "{report}"
    );
    assert!(
        report.contains("hint: AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        "{report}"
    );
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_given_up_soon() {
    let url = format!("http://{}/creds?secret=hush", refused_address());
    let environment =
        Environment::fixed([(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, url.as_str())]);
    let begin = Instant::now();
    let report = refusal(&nothing(), &environment).await;
    assert!(report.contains("Connection refused"), "{report}");
    assert!(!report.contains("hush"), "{report}");
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_given_up() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Hang);
    let report = refusal(&nothing(), &endpoint_environment(&endpoint)).await;
    assert!(report.contains("did not respond within 3 s"), "{report}");
    assert_eq!(endpoint.requests().len(), 3);
}

#[tokio::test]
async fn a_wrong_clock_is_named_as_the_cause_of_an_expired_set() {
    let endpoint = CredentialEndpoint::start();
    let environment = endpoint_environment(&endpoint);
    // Seen from a clock that is right, this machine is an hour ahead.
    endpoint.set_clock(-3600);
    endpoint.behave(Behaviour::Expired(Duration::ZERO));
    let report = refusal(&nothing(), &environment).await;
    assert!(
        report.starts_with("credrun: the clock of this machine is 1h ahead of AWS's"),
        "{report}"
    );
    assert!(
        report.contains("caused by: the credentials from CloudShell expired"),
        "{report}"
    );
}

#[tokio::test]
async fn a_short_set_is_waited_out_for_min_ttl() {
    let endpoint = CredentialEndpoint::start();
    let source = open(&nothing(), &endpoint_environment(&endpoint)).expect("a source");
    let mut waited = 0;
    let set = fetch_fitting(&source, Some(Duration::from_secs(600)), |_| waited += 1).await;
    assert!(set.is_ok());
    let error = fetch_fitting(&source, Some(Duration::from_secs(3600)), |_| waited += 1)
        .await
        .expect_err("refused");
    let report = Error::from(error).report();
    assert!(report.contains("1h required"), "{report}");
    assert!(report.contains("--live"), "{report}");
    assert_eq!(waited, 0);
}
