//! AWS is asked through the proxy and with the CA bundle that the AWS CLI would use.
//!
//! The proxy leads AWS's own names to stand-ins, so that credrun does what it does behind a
//! company's: it resolves nothing, makes a tunnel, and trusts the company's authority.

use std::fs;
use std::path::Path;
use std::process::Command;

use credrun::credentials::{CredentialValues, Credentials, HttpClient};
use credrun::engine::registry::ecr::EcrRegistry;
use credrun::vars::Environment;
use credrun::waits::Waits;
use sha2::{Digest as _, Sha256};

use crate::support::DEADLINE;
use crate::support::connect_proxy::{ConnectProxy, Manner};
use crate::support::credential_endpoint::CredentialEndpoint;
use crate::support::http_server::{HttpServer, Reply, refused_address};
use crate::support::process::{Finished, credrun, run};
use crate::support::sts::Sts;
use crate::support::tls_front::TlsFront;

const STS: &str = "sts.eu-west-1.amazonaws.com";
const TO_STS: &str = "CONNECT sts.eu-west-1.amazonaws.com:443";
/// `me:hu@sh`, as it is sent.
const AUTHORIZATION: &str = "Basic bWU6aHVAc2g=";

/// A company: its proxy, its authority, and STS behind both.
struct Company {
    _sts: Sts,
    front: TlsFront,
    proxy: ConnectProxy,
}

impl Company {
    fn new() -> Self {
        let sts = Sts::start();
        let front = TlsFront::before(sts.address(), &[STS]);
        let proxy = ConnectProxy::start(Manner::LeadTo(front.address()));
        Self {
            _sts: sts,
            front,
            proxy,
        }
    }
}

/// `credrun export` with a user's long-lived keys, which STS is asked for a session of.
fn export() -> Command {
    let mut command = credrun();
    command.args(["export", "--log-level=trace"]).envs([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", Sts::USER),
        ("AWS_SECRET_ACCESS_KEY", Sts::USER_SECRET),
    ]);
    command
}

fn with_password(proxy: &ConnectProxy) -> String {
    format!("http://me:hu%40sh@{}", proxy.address())
}

/// What is written, in which no password may be.
fn heard(command: &mut Command) -> Finished {
    let finished = run(command);
    for guise in ["hu%40sh", "hu@sh", "bWU6aHVAc2g"] {
        assert!(!finished.stderr.contains(guise), "{}", finished.stderr);
        assert!(!finished.out().contains(guise));
    }
    finished
}

/// The message, without log lines.
fn message(finished: &Finished) -> String {
    let lines = finished.stderr.lines();
    let own = lines.filter(|line| !line.contains(" credrun::"));
    own.map(|line| format!("{line}\n")).collect()
}

#[test]
fn sts_is_asked_through_the_proxy_with_the_companys_authority() {
    let company = Company::new();
    for (proxy, bundle) in [
        ("HTTPS_PROXY", "AWS_CA_BUNDLE"),
        ("https_proxy", "REQUESTS_CA_BUNDLE"),
    ] {
        let finished = heard(
            export()
                .env(proxy, with_password(&company.proxy))
                .env(bundle, company.front.ca()),
        );
        assert!(finished.success().out().contains("SessionToken"));
    }
    for asked in company.proxy.asked() {
        assert_eq!(asked.line, TO_STS);
        assert_eq!(asked.authorization.as_deref(), Some(AUTHORIZATION));
    }
    assert_eq!(company.proxy.asked().len(), 2);
}

#[test]
fn the_ca_bundle_of_the_profile_counts() {
    let company = Company::new();
    let home = tempfile::tempdir().expect("a directory");
    let config = home.path().join("config");
    let text = format!(
        "[profile work]\nregion = eu-west-1\nca_bundle = {}\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        company.front.ca().display(),
        Sts::USER,
        Sts::USER_SECRET
    );
    fs::write(&config, text).expect("written");
    let mut command = credrun();
    command
        .args(["export", "--profile", "work"])
        .env("AWS_CONFIG_FILE", config)
        .env("HTTPS_PROXY", with_password(&company.proxy));
    heard(&mut command).success();
    assert_eq!(company.proxy.lines(), [TO_STS]);
}

#[test]
fn an_authority_that_is_not_known_is_told_with_what_helps_and_asked_once() {
    let company = Company::new();
    let refused = heard(export().env("HTTPS_PROXY", with_password(&company.proxy)));
    assert_eq!(refused.code(), 125);
    let told = message(&refused);
    assert!(
        told.contains("the certificate of https://sts.eu-west-1.amazonaws.com is not trusted"),
        "{told}"
    );
    assert!(told.contains("AWS_CA_BUNDLE"), "{told}");
    assert_eq!(company.proxy.lines(), [TO_STS]);
}

#[test]
fn a_plain_endpoint_is_asked_through_its_own_proxy() {
    let sts = Sts::start();
    let proxy = ConnectProxy::start(Manner::LeadTo(sts.address()));
    heard(
        export()
            .env("AWS_ENDPOINT_URL_STS", "http://sts.internal")
            .env("HTTP_PROXY", with_password(&proxy)),
    )
    .success();
    let asked = proxy.asked();
    assert_eq!(asked[0].line, "POST http://sts.internal/");
    assert_eq!(asked[0].authorization.as_deref(), Some(AUTHORIZATION));
}

#[test]
fn a_proxy_that_refuses_says_nothing_or_is_not_there_is_told_by_name() {
    let gone = refused_address();
    let cases = [
        (
            Some(Manner::Answer(407)),
            "requires a user name and a password (HTTP 407)",
        ),
        (
            Some(Manner::Answer(502)),
            "did not connect to https://sts.eu-west-1.amazonaws.com",
        ),
        (
            Some(Manner::Hang),
            "did not connect to https://sts.eu-west-1.amazonaws.com in time",
        ),
        (None, "cannot be reached: Connection refused (os error 111)"),
    ];
    for (manner, expected) in cases {
        let proxy = manner.map(ConnectProxy::start);
        let address = proxy.as_ref().map_or(gone, ConnectProxy::address);
        let variable = format!("http://me:hu%40sh@{address}");
        let refused = heard(export().env("HTTPS_PROXY", variable));
        assert_eq!(refused.code(), 125, "{manner:?}");
        let told = message(&refused);
        let line = format!("caused by: the proxy http://{address} (HTTPS_PROXY) {expected}\n");
        assert!(told.contains(&line), "{manner:?}: {told}");
        assert!(told.contains("hint: "), "{manner:?}: {told}");
    }
}

#[test]
fn a_password_that_is_asked_for_is_not_asked_for_again() {
    let proxy = ConnectProxy::start(Manner::Answer(407));
    heard(export().env("HTTPS_PROXY", with_password(&proxy)));
    assert_eq!(proxy.lines(), [TO_STS]);
}

#[test]
fn what_no_proxy_lists_is_asked_directly() {
    let proxy = ConnectProxy::start(Manner::Answer(502));
    for no_proxy in ["NO_PROXY", "no_proxy"] {
        let refused = heard(
            export()
                .env("AWS_ENDPOINT_URL_STS", "https://sts.corp.invalid")
                .env("HTTPS_PROXY", with_password(&proxy))
                .env(no_proxy, "other.example,.corp.invalid"),
        );
        assert_eq!(refused.code(), 125);
    }
    assert!(proxy.lines().is_empty());
}

#[test]
fn what_is_on_this_machine_is_never_asked_through_a_proxy() {
    let proxy = ConnectProxy::start(Manner::Answer(502));
    let endpoint = CredentialEndpoint::start();
    let sts = Sts::start();
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
    let proxies = proxies.map(|name| (name, with_password(&proxy)));
    heard(
        export()
            .env("AWS_ENDPOINT_URL_STS", sts.url())
            .envs(proxies.clone()),
    )
    .success();
    let mut cloudshell = credrun();
    cloudshell
        .arg("export")
        .envs(endpoint.session())
        .envs(proxies);
    heard(&mut cloudshell).success();
    assert!(proxy.lines().is_empty());
}

#[test]
fn a_wrong_proxy_or_bundle_is_refused_by_name_before_anybody_is_asked() {
    let empty = tempfile::NamedTempFile::new().expect("a file");
    let empty = empty.path().to_str().expect("UTF-8");
    for (variable, value, told) in [
        (
            "HTTPS_PROXY",
            "http://me:hu@sh:notaport",
            "HTTPS_PROXY is not a proxy URL".to_owned(),
        ),
        (
            "https_proxy",
            "socks5://me:hu%40sh@proxy:1080",
            "https_proxy names a SOCKS proxy".to_owned(),
        ),
        (
            "AWS_CA_BUNDLE",
            "/nonexistent/ca.pem",
            "the CA bundle /nonexistent/ca.pem (AWS_CA_BUNDLE) cannot be read".to_owned(),
        ),
        (
            "AWS_CA_BUNDLE",
            empty,
            format!("the CA bundle {empty} (AWS_CA_BUNDLE) contains no usable certificate"),
        ),
    ] {
        let refused = heard(export().env(variable, value));
        assert_eq!(refused.code(), 125, "{variable}={value}");
        let message = message(&refused);
        assert!(
            message.starts_with(&format!("credrun: {told}\n")),
            "{message}"
        );
        assert!(!refused.stderr.contains("AWS asked"), "{}", refused.stderr);
    }
}

#[test]
fn a_wrong_proxy_is_nothing_to_a_run_that_asks_nobody() {
    let endpoint = CredentialEndpoint::start();
    let mut cloudshell = credrun();
    cloudshell.arg("export").envs(endpoint.session()).envs([
        ("HTTPS_PROXY", "http://:"),
        ("AWS_CA_BUNDLE", "/nonexistent"),
    ]);
    run(&mut cloudshell).success();
}

/// A home directory where somebody has logged in.
fn home(config: &str, cache: &str, content: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a directory");
    let cache = home.path().join(".aws").join(cache);
    fs::create_dir_all(cache.parent().expect("a directory")).expect("made");
    fs::write(cache, content).expect("written");
    fs::write(home.path().join(".aws/config"), config).expect("written");
    home
}

fn export_at(home: &Path, proxy: &ConnectProxy) -> Command {
    let mut command = credrun();
    command
        .args(["export", "--log-level=trace"])
        .env("HOME", home)
        .env("HTTPS_PROXY", with_password(proxy));
    command
}

const SSO: &str = "[default]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = Deploy\n[sso-session dev]\nsso_region = eu-west-1\nsso_start_url = https://portal.example/start\n";
/// Named after the SHA-1 of `dev`.
const SSO_CACHE: &str = "sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json";

#[test]
fn identity_center_is_asked_through_the_proxy() {
    let portal = HttpServer::start(|_| {
        Reply::Answer {
        status: 200,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}}"#.to_owned(),
    }
    });
    let front = TlsFront::before(portal.address(), &["portal.sso.eu-west-1.amazonaws.com"]);
    let proxy = ConnectProxy::start(Manner::LeadTo(front.address()));
    let token = r#"{"accessToken":"portal-access-token","expiresAt":"2099-01-01T00:00:00Z"}"#;
    let home = home(SSO, SSO_CACHE, token);
    let mut command = export_at(home.path(), &proxy);
    let finished = heard(command.env("AWS_CA_BUNDLE", front.ca())).success();
    assert!(finished.out().contains("ASIASSO"));
    assert!(!finished.stderr.contains("portal-access-token"));
    assert_eq!(
        proxy.lines(),
        ["CONNECT portal.sso.eu-west-1.amazonaws.com:443"]
    );
}

#[test]
fn a_log_in_is_renewed_through_the_proxy() {
    let proxy = ConnectProxy::start(Manner::Answer(407));
    let token = r#"{"accessToken":"old","expiresAt":"2020-01-01T00:00:00Z","refreshToken":"r","clientId":"c","clientSecret":"s","registrationExpiresAt":"2099-01-01T00:00:00Z"}"#;
    let sso = home(SSO, SSO_CACHE, token);
    heard(&mut export_at(sso.path(), &proxy));
    // The portal is then asked with the old token.
    assert_eq!(
        proxy.lines().first().map(String::as_str),
        Some("CONNECT oidc.eu-west-1.amazonaws.com:443")
    );

    let session = "arn:aws:iam::123456789012:user/me";
    let digest = Sha256::digest(session.as_bytes());
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let key =
        run(Command::new("openssl").args(["ecparam", "-name", "prime256v1", "-genkey", "-noout"]));
    let token = serde_json::json!({
        "accessToken": {
            "accessKeyId": "ASIALOGIN",
            "secretAccessKey": "s",
            "sessionToken": "t",
            "accountId": "123456789012",
            "expiresAt": "2020-01-01T00:00:00Z"
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "r",
        "idToken": "i",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": key.success().out()
    });
    let config = format!("[default]\nregion = eu-west-1\nlogin_session = {session}\n");
    let cache = format!("login/cache/{name}.json");
    let login = home(&config, &cache, &token.to_string());
    let proxy = ConnectProxy::start(Manner::Answer(407));
    let refused = heard(&mut export_at(login.path(), &proxy));
    assert_eq!(
        proxy.lines(),
        ["CONNECT eu-west-1.signin.aws.amazon.com:443"],
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn ecr_is_asked_through_the_proxy() {
    let api = HttpServer::start(|_| Reply::Answer {
        status: 200,
        headers: Vec::new(),
        body: r#"{"authorizationData":[{"authorizationToken":"QVdTOnBhOnNz"}]}"#.to_owned(),
    });
    let front = TlsFront::before(api.address(), &["api.ecr.eu-west-1.amazonaws.com"]);
    let proxy = ConnectProxy::start(Manner::LeadTo(front.address()));
    let environment = Environment::fixed([
        ("HTTPS_PROXY", &with_password(&proxy)),
        ("AWS_CA_BUNDLE", front.ca().to_str().expect("UTF-8")),
    ]);
    let credentials = Credentials::new(CredentialValues {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: "s".into(),
        session_token: Some("t".into()),
        expiration: None,
        account_id: None,
    })
    .expect("a set");
    let http = HttpClient::new(&environment, None, &Waits::default());
    let registry = EcrRegistry::of_domain("123456789012.dkr.ecr.eu-west-1.amazonaws.com");
    let registry = registry.expect("a registry");
    let login = registry.login(&credentials, &http, &environment);
    let login = tokio::time::timeout(DEADLINE, login)
        .await
        .expect("in time");
    assert_eq!(login.expect("a login").username, "AWS");
    assert_eq!(
        proxy.lines(),
        ["CONNECT api.ecr.eu-west-1.amazonaws.com:443"]
    );
}
