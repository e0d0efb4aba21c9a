//! The container endpoint and its token.

use super::*;

/// The refusal of a run in a CloudShell session whose endpoint does this.
fn refusal_of(behaviour: Behaviour) -> (String, String) {
    let endpoint = CredentialEndpoint::behaving(behaviour);
    let said = refusal(credrun().envs(endpoint.session()), &[IMAGE, "true"]);
    (said, endpoint.url())
}

#[test]
fn an_endpoint_that_refuses_the_connection() {
    let url = format!("http://{}{}", refused_address(), credential_endpoint::PATH);
    let mut command = credrun();
    command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url);
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        format!(
            "credrun: could not get credentials from container endpoint {url}
caused by: could not connect to {url}
caused by: Connection refused (os error 111)
hint: the address is from AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; in CloudShell, restart the shell environment
"
        )
    );
}

#[test]
fn an_endpoint_that_hangs() {
    let (said, url) = refusal_of(Behaviour::Hang);
    assert_eq!(said, format!(
            "credrun: waiting for {url} to answer
credrun: could not get credentials from CloudShell
caused by: {url} did not respond within 3 s
hint: the address is from AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; in CloudShell, restart the shell environment
"
        ));
}

#[test]
fn an_endpoint_that_hangs_up() {
    let (said, url) = refusal_of(Behaviour::Close);
    assert_eq!(said, format!(
            "credrun: could not get credentials from CloudShell
caused by: {url} closed the connection before the response was complete
caused by: connection closed before message completed
hint: the address is from AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; in CloudShell, restart the shell environment
"
        ));
}

#[test]
fn an_endpoint_that_redirects() {
    let other = CredentialEndpoint::start();
    let (said, url) = refusal_of(Behaviour::Redirect(other.url()));
    assert_eq!(
        said,
        format!(
            "credrun: could not get credentials from CloudShell
caused by: {url} returned HTTP 302, a redirect, which credrun does not follow
hint: a proxy or a captive portal may be redirecting the request
"
        )
    );
    assert!(other.requests().is_empty(), "the token went elsewhere");
}

#[test]
fn an_endpoint_that_answers_403() {
    let endpoint = CredentialEndpoint::start();
    let mut command = credrun();
    command
        .envs(endpoint.session())
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another");
    let url = endpoint.url();
    assert_eq!(refusal(&mut command, &[IMAGE, "true"]), format!(
            "credrun: could not get credentials from CloudShell
caused by: {url} returned HTTP 403: Unauthorized: the authorization token is wrong
hint: AWS_CONTAINER_AUTHORIZATION_TOKEN must be the one of this shell; each CloudShell environment has its own
"
        ));
}

#[test]
fn an_endpoint_that_answers_500() {
    let body = format!("<p>{}</p>", credential_endpoint::SECRET);
    let (said, url) = refusal_of(Behaviour::Status(500, body));
    assert_eq!(said, format!(
            "credrun: could not get credentials from CloudShell
caused by: {url} returned HTTP 500
hint: the address is from AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; in CloudShell, restart the shell environment
"
        ));
}

#[test]
fn an_endpoint_that_answers_html() {
    let (said, url) = refusal_of(Behaviour::Html);
    assert_eq!(
        said,
        format!(
            "credrun: could not get credentials from CloudShell
caused by: {url}: the response is HTML, not JSON
hint: is AWS_CONTAINER_CREDENTIALS_FULL_URI the address of a credential endpoint?
"
        )
    );
}

#[test]
fn an_endpoint_that_answers_half_a_json() {
    let (said, url) = refusal_of(Behaviour::HalfJson);
    assert_eq!(
        said,
        format!(
            "credrun: could not get credentials from CloudShell
caused by: {url}: the response is incomplete JSON
hint: is AWS_CONTAINER_CREDENTIALS_FULL_URI the address of a credential endpoint?
"
        )
    );
}

#[test]
fn an_endpoint_that_answers_an_expired_set() {
    let (said, _) = refusal_of(Behaviour::Expired(Duration::from_secs(3600)));
    assert_eq!(
        said,
        "credrun: the credentials from CloudShell expired 1h ago
hint: reload the CloudShell page, which signs in again
"
    );
}

#[test]
fn an_endpoint_that_answers_no_expiration() {
    let (said, url) = refusal_of(Behaviour::NoExpiration);
    assert_eq!(
        said,
        format!(
            "credrun: could not get credentials from CloudShell
caused by: {url}: the response has no Expiration
hint: is AWS_CONTAINER_CREDENTIALS_FULL_URI the address of a credential endpoint?
"
        )
    );
}

#[test]
fn a_token_file_that_cannot_be_read() {
    let endpoint = CredentialEndpoint::start();
    let mut command = credrun();
    command.envs(endpoint.session()).env(
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "/nonexistent/token",
    );
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        "credrun: could not get credentials from CloudShell
caused by: the token file /nonexistent/token cannot be read
caused by: No such file or directory (os error 2)
hint: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names the file
"
    );
    assert!(endpoint.requests().is_empty(), "asked without a token");
}

#[test]
fn an_endpoint_that_the_token_must_not_go_to() {
    let mut command = credrun();
    command
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/")
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token");
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        "credrun: could not get credentials from the container endpoint
caused by: AWS_CONTAINER_CREDENTIALS_FULL_URI names example.com, which cannot be used over plain http
hint: plain http is allowed for localhost, loopback addresses, 169.254.170.2, 169.254.170.23 and [fd00:ec2::23]; use https for other hosts
"
    );
}
