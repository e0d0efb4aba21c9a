//! The endpoint of CloudShell, ECS and EKS.

use credrun::credentials::{CredentialsError, EndpointError};

use super::{Page, Scene, by_hand};
use crate::support::credential_endpoint::{Behaviour, CredentialEndpoint};

const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

fn export() -> Scene {
    Scene::new("credrun export")
}

/// In CloudShell, whose endpoint does this.
fn told(what: &str, behaviour: Behaviour) -> Scene {
    let endpoint = CredentialEndpoint::behaving(behaviour);
    let scene = asking(&endpoint).where_(&format!(
        "in AWS CloudShell, where the credential endpoint {what}"
    ));
    // It serves as long as the test runs.
    std::mem::forget(endpoint);
    scene
}

fn asking(endpoint: &CredentialEndpoint) -> Scene {
    let address = endpoint.url();
    let host = address.split('/').nth(2).expect("a host").to_owned();
    endpoint
        .session()
        .iter()
        .fold(export(), |scene, (name, value)| scene.quietly(name, value))
        .showing(&host, "localhost:1338")
}

#[test]
fn container_endpoint() {
    let mut page = Page::new(
        "container-endpoint",
        "The credential endpoint of CloudShell, ECS and EKS.",
    );
    addresses(&mut page);
    tokens(&mut page);
    failures(&mut page);
    answers(&mut page);
    page.check();
}

fn addresses(page: &mut Page) {
    let relative = export().env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "v2/credentials");
    page.show(
        &[
            "container_endpoint::address::AddressError::NotAPath",
            "CredentialsError::Endpoint",
        ],
        relative,
    );
    for (shows, address) in [
        ("AddressError::NotAUrl", "localhost"),
        (
            "container_endpoint::address::AddressError::Scheme",
            "ftp://localhost/",
        ),
        ("AddressError::Host", "http://example.com/"),
    ] {
        page.show(&[shows], export().env(FULL, address));
    }
}

fn tokens(page: &mut Page) {
    let at = || export().env(FULL, "http://localhost:1/");
    let file = |name: &str| at().env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", name);
    page.show(
        &["container_endpoint::token::TokenError::Unreadable"],
        file("nope"),
    );
    page.show(&["TokenError::Empty"], file("token").file("token", ""));
    page.show(
        &["TokenError::LineBreak"],
        file("token").file("token", "x\ny"),
    );
    page.show(
        &["TokenError::Unprintable"],
        at().quietly(TOKEN, "\u{1}")
            .where_("with a control character in AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    );
}

fn failures(page: &mut Page) {
    let refused = export().env(FULL, "http://localhost:1/");
    page.show(
        &["container_endpoint::error::EndpointError::Unreachable"],
        refused,
    );
    let closes = told("closes each connection", Behaviour::Close);
    page.show(
        &["container_endpoint::error::EndpointError::Broken"],
        closes,
    );
    let hangs = told("does not respond", Behaviour::Hang);
    page.show(&["container_endpoint::error::EndpointError::Silent"], hangs);
    let moved = told(
        "redirects",
        Behaviour::Redirect("http://example.com/".to_owned()),
    );
    page.show(&["EndpointError::Redirected"], moved);
    let refuses = Behaviour::Status(
        404,
        r#"{"code":"NotFound","message":"no role for this task"}"#.to_owned(),
    );
    page.show(
        &["container_endpoint::error::EndpointError::Refused"],
        told("refuses", refuses),
    );
    let fails = told("fails", Behaviour::Status(500, "<html>".to_owned()));
    page.show(
        &["container_endpoint::error::EndpointError::Refused"],
        fails,
    );
    let endpoint = CredentialEndpoint::start();
    endpoint.set_token("another");
    let wrong = asking(&endpoint)
        .quietly(TOKEN, "ofAnotherShell")
        .where_("in AWS CloudShell, with the token of another shell");
    page.show(
        &["container_endpoint::error::EndpointError::Refused"],
        wrong,
    );
    let client = CredentialsError::Endpoint {
        origin: "CloudShell".to_owned(),
        source: EndpointError::Client(client_error()),
    };
    page.show(
        &["container_endpoint::error::EndpointError::Client"],
        by_hand(
            "an HTTP client cannot be created; the cause is another's",
            client,
        ),
    );
}

/// Any error of the HTTP client's.
pub(super) fn client_error() -> reqwest::Error {
    reqwest::Proxy::all("http://").expect_err("no URL")
}

fn answers(page: &mut Page) {
    let set = |field: &str, value: &str| {
        let mut set = serde_json::json!({
            "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "x", "Token": "x",
            "Expiration": "2030-01-01T00:00:00Z", "Code": "Success",
        });
        set[field] = value.into();
        set.to_string()
    };
    for (shows, what, body) in [
        ("AnswerError::Empty", "sends nothing", String::new()),
        ("AnswerError::Html", "sends a web page", "<html>".to_owned()),
        ("AnswerError::NotJson", "sends text", "Welcome!".to_owned()),
        (
            "AnswerError::CutShort",
            "sends half a response",
            r#"{"AccessKeyId": "#.to_owned(),
        ),
        ("AnswerError::NotAnObject", "sends a list", "[]".to_owned()),
        (
            "AnswerError::Twice",
            "sends a field twice",
            r#"{"Code":"x","Code":"y"}"#.to_owned(),
        ),
        ("AnswerError::Missing", "sends no key", "{}".to_owned()),
        (
            "AnswerError::Expiration",
            "sends an odd time",
            set("Expiration", "soon"),
        ),
        (
            "AnswerError::Unusable",
            "sends a key with a space in it",
            set("AccessKeyId", "ASIA EXAMPLE"),
        ),
        (
            "AnswerError::Failed",
            "sends an error",
            r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"}"#
                .to_owned(),
        ),
        (
            "AnswerError::TooLong",
            "never stops",
            " ".repeat(2 * 1024 * 1024),
        ),
    ] {
        let shows = [shows, "container_endpoint::error::EndpointError::Answer"];
        page.show(&shows, told(what, Behaviour::Status(200, body)));
    }
}
