//! IAM Identity Center, with a log-in in the AWS CLI's cache.

use super::*;
use crate::support::http_server::{HttpServer, Reply, Request};
use std::sync::{Arc, Mutex};

/// `[sso-session dev]`; the AWS CLI names the cache file after the SHA-1 of `dev`.
const CONFIG: &str = "[profile a]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = Deploy\n[sso-session dev]\nsso_region = eu-west-1\nsso_start_url = https://portal.example/start\n";
const CACHE_FILE: &str = ".aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json";
const ACCESS_TOKEN: &str = "portal-access-token";

/// A home directory in which somebody has logged in until `until`.
fn logged_in(until: &str) -> Home {
    let home = Home::new(CONFIG, "");
    let file = home.path().join(CACHE_FILE);
    std::fs::create_dir_all(file.parent().expect("a directory")).expect("made");
    let token = format!(
        r#"{{"startUrl":"https://portal.example/start","region":"eu-west-1","accessToken":"{ACCESS_TOKEN}","expiresAt":"{until}"}}"#
    );
    std::fs::write(file, token).expect("written");
    home
}

/// The portal, answering every request so.
fn portal(status: u16, body: &'static str) -> (HttpServer, Arc<Mutex<Vec<Request>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&requests);
    let server = HttpServer::start(move |request| {
        noted.lock().expect("not poisoned").push(request);
        Reply::Answer {
            status,
            headers: vec![
                ("Content-Type".to_owned(), "application/json".to_owned()),
                (
                    "x-amzn-errortype".to_owned(),
                    "ForbiddenException".to_owned(),
                ),
            ],
            body: body.to_owned(),
        }
    });
    (server, requests)
}

fn is_child(name: &str, home: &Home, portal: &HttpServer) -> bool {
    in_a_process_of_its_own(
        name,
        &[
            (vars::HOME, home.path().to_str().expect("UTF-8")),
            (vars::AWS_PROFILE, "a"),
            (
                "AWS_ENDPOINT_URL_SSO",
                &format!("http://{}", portal.address()),
            ),
        ],
    )
}

#[tokio::test]
async fn a_log_in_gives_the_roles_set() {
    let (portal, requests) = portal(
        200,
        r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}}"#,
    );
    let home = logged_in("2099-01-01T00:00:00Z");
    if is_child("sso::a_log_in_gives_the_roles_set", &home, &portal) {
        let set = fetch(&nothing(), &Environment::of_process())
            .await
            .expect("a set");
        assert_eq!(set.origin.to_string(), "profile \"a\" (SSO)");
        assert_eq!(set.credentials.access_key_id, "ASIASSO");
        assert_eq!(set.credentials.account_id.as_deref(), Some("123456789012"));
        return;
    }
    let requests = requests.lock().expect("not poisoned");
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].target.contains("role_name=Deploy"),
        "{}",
        requests[0].target
    );
    assert_eq!(requests[0].headers["x-amz-sso_bearer_token"], ACCESS_TOKEN);
}

#[tokio::test]
async fn a_role_that_the_log_in_does_not_give_is_named() {
    let (portal, _) = portal(403, r#"{"message":"No access"}"#);
    let home = logged_in("2099-01-01T00:00:00Z");
    if is_child(
        "sso::a_role_that_the_log_in_does_not_give_is_named",
        &home,
        &portal,
    ) {
        let report = refusal(&nothing(), &Environment::of_process()).await;
        assert!(
            report.contains("your login has no access to role Deploy in account 123456789012"),
            "{report}"
        );
        assert!(!report.contains(ACCESS_TOKEN), "{report}");
    }
}

#[tokio::test]
async fn a_log_in_that_has_ended_names_the_command_to_type() {
    let (portal, requests) = portal(500, "");
    let home = logged_in("2020-01-01T00:00:00Z");
    if is_child(
        "sso::a_log_in_that_has_ended_names_the_command_to_type",
        &home,
        &portal,
    ) {
        let report = refusal(&nothing(), &Environment::of_process()).await;
        assert!(report.contains("you are not logged in"), "{report}");
        assert!(
            report.contains("hint: aws sso login --profile a"),
            "{report}"
        );
        println!("{report}");
        return;
    }
    assert!(requests.lock().expect("not poisoned").is_empty());
}

#[tokio::test]
async fn a_network_that_is_down_is_not_a_log_in_that_has_ended() {
    let name = "sso::a_network_that_is_down_is_not_a_log_in_that_has_ended";
    let home = logged_in("2099-01-01T00:00:00Z");
    let nobody = format!("http://{}", crate::support::http_server::refused_address());
    let variables = [
        (vars::HOME, home.path().to_str().expect("UTF-8")),
        (vars::AWS_PROFILE, "a"),
        ("AWS_ENDPOINT_URL_SSO", &nobody),
    ];
    if in_a_process_of_its_own(name, &variables) {
        let report = refusal(&nothing(), &Environment::of_process()).await;
        assert!(
            report.contains("IAM Identity Center could not be reached: "),
            "{report}"
        );
        assert!(!report.contains("logged in"), "{report}");
    }
}

#[tokio::test]
async fn a_value_that_no_set_can_have_is_told_with_the_profile() {
    let (portal, _) = portal(
        200,
        r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"hush\r","sessionToken":"t","expiration":4070908800000}}"#,
    );
    let home = logged_in("2099-01-01T00:00:00Z");
    if is_child(
        "sso::a_value_that_no_set_can_have_is_told_with_the_profile",
        &home,
        &portal,
    ) {
        let report = refusal(&nothing(), &Environment::of_process()).await;
        assert!(
            report.starts_with("credrun: could not get credentials for profile \"a\"\ncaused by: the SecretAccessKey in the response contains a carriage return"),
            "{report}"
        );
        assert!(!report.contains("hush"), "{report}");
    }
}

#[tokio::test]
async fn a_portal_that_does_not_answer_is_given_up() {
    let portal = HttpServer::start(|_| Reply::Hang);
    let home = logged_in("2099-01-01T00:00:00Z");
    if is_child(
        "sso::a_portal_that_does_not_answer_is_given_up",
        &home,
        &portal,
    ) {
        let environment = Environment::of_process();
        let arguments = nothing();
        let fetched = tokio::time::timeout(DEADLINE, fetch(&arguments, &environment)).await;
        let error = fetched.expect("an end by itself").expect_err("no answer");
        let report = Error::from(error).report();
        assert!(report.contains("IAM Identity Center"), "{report}");
    }
}
