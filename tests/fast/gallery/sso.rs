//! IAM Identity Center, and `aws login`.

use super::{Page, Scene};
use crate::support::http_server::{HttpServer, Reply, refused_address};

/// The AWS CLI names the cache file after the SHA-1 of `dev`.
const CACHE_FILE: &str = ".aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json";

fn profile() -> Scene {
    Scene::new("credrun export --profile a").config(
        "[profile a]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = Deploy\n\
         [sso-session dev]\nsso_region = eu-west-1\nsso_start_url = https://portal.example/start",
    )
}

fn logged_in_until(time: &str) -> Scene {
    let token = format!(
        r#"{{"startUrl":"https://portal.example/start","region":"eu-west-1","accessToken":"hush","expiresAt":"{time}"}}"#
    );
    profile().bytes(CACHE_FILE, token.as_bytes())
}

fn portal(status: u16, code: &'static str, body: &'static str) -> HttpServer {
    HttpServer::start(move |_| Reply::Answer {
        status,
        headers: vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("x-amzn-errortype".to_owned(), code.to_owned()),
        ],
        body: body.to_owned(),
    })
}

fn at(portal: &HttpServer) -> Scene {
    let url = format!("http://{}", portal.address());
    logged_in_until("2099-01-01T00:00:00Z").quietly("AWS_ENDPOINT_URL_SSO", &url)
}

#[test]
fn sso() {
    let mut page = Page::new("sso", "IAM Identity Center, and aws login.");
    let nobody = profile().where_("without aws sso login");
    page.show(&["CredentialsError::Login", "LoginError::SsoLogin"], nobody);
    let late = logged_in_until("2020-01-01T00:00:00Z").where_("an aws sso login that has ended");
    page.show(&["LoginError::SsoLogin"], late);
    let forbids = portal(403, "ForbiddenException", r#"{"message":"No access"}"#);
    page.show(
        &["LoginError::NoAccess"],
        at(&forbids).where_("the user has no such role"),
    );
    let throttles = portal(
        400,
        "InvalidRequestException",
        r#"{"message":"bad account"}"#,
    );
    page.show(
        &["LoginError::Sso"],
        at(&throttles).where_("IAM Identity Center refuses the request"),
    );
    let odd = portal(
        200,
        "",
        r#"{"roleCredentials":{"accessKeyId":"ASIA SSO","secretAccessKey":"x","sessionToken":"x","expiration":4070908800000}}"#,
    );
    page.show(
        &["LoginError::Unusable"],
        at(&odd).where_("it returns a key with a space in it"),
    );
    let away = refused_address().to_string();
    let away = logged_in_until("2099-01-01T00:00:00Z")
        .quietly("AWS_ENDPOINT_URL_SSO", &format!("http://{away}"))
        .showing(&away, "portal.sso.eu-west-1.amazonaws.com")
        .where_("there is no network");
    page.show(&["LoginError::Unreachable"], away);
    let login = Scene::new("credrun export --profile b")
        .config(
            "[profile b]\nlogin_session = arn:aws:iam::123456789012:user/me\nregion = eu-west-1",
        )
        .where_("without aws login");
    page.show(&["LoginError::Login"], login);
    page.check();
}
