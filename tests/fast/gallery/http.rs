//! The way to AWS: proxies and certificates.

use credrun::credentials::{CredentialsError, HttpError, SettingsError, StsError};

use super::container_endpoint::client_error;
use super::{Page, Scene, by_hand};
use crate::support::connect_proxy::{ConnectProxy, Manner};
use crate::support::http_server::{HttpServer, Reply, refused_address};
use crate::support::sts::Sts;
use crate::support::tls_front::TlsFront;

const STS: &str = "sts.eu-west-1.amazonaws.com";

/// A user's keys, which STS is asked for a session of.
fn export() -> Scene {
    Scene::new("credrun export --region eu-west-1")
        .quietly("AWS_ACCESS_KEY_ID", Sts::USER)
        .quietly("AWS_SECRET_ACCESS_KEY", Sts::USER_SECRET)
}

fn through(proxy: &str) -> Scene {
    export()
        .env("HTTPS_PROXY", &format!("http://{proxy}"))
        .showing(proxy, "proxy.example:3128")
}

#[test]
fn http() {
    let mut page = Page::new("http", "The way to AWS: proxies and certificates.");
    page.show(
        &["SettingsError::Proxy"],
        export().env("HTTPS_PROXY", "ftp://proxy.example"),
    );
    page.show(
        &["SettingsError::Proxy"],
        export().env("HTTPS_PROXY", "http://"),
    );
    page.show(
        &["SettingsError::Socks"],
        export().env("HTTPS_PROXY", "socks5://proxy.example:1080"),
    );
    page.show(
        &["SettingsError::Unreadable"],
        export().env("AWS_CA_BUNDLE", "nope.pem"),
    );
    let empty = export()
        .env("AWS_CA_BUNDLE", "ca.pem")
        .file("ca.pem", "none");
    page.show(&["SettingsError::NoCertificate"], empty);
    proxies(&mut page);
    let sts = Sts::start();
    let front = TlsFront::before(sts.address(), &[STS]);
    let proxy = ConnectProxy::start(Manner::LeadTo(front.address()));
    let company = through(&proxy.address().to_string())
        .where_("a proxy that inspects TLS, with a certificate of its own");
    page.show(&["HttpError::Certificate"], company);
    at_ecr(&mut page);
    made(&mut page);
    page.check();
}

fn proxies(page: &mut Page) {
    for (shows, what, manner) in [
        (
            "HttpError::ProxyAuthorization",
            "the proxy requires a password",
            Manner::Answer(407),
        ),
        (
            "HttpError::ProxyRefused",
            "the proxy refuses",
            Manner::Answer(403),
        ),
    ] {
        let proxy = ConnectProxy::start(manner);
        page.show(&[shows], through(&proxy.address().to_string()).where_(what));
    }
    let away = through(&refused_address().to_string()).where_("there is no proxy");
    page.show(&["HttpError::ProxyUnreachable"], away);
}

/// ECR's own call shows what STS's does not: its errors are not STS's.
fn at_ecr(page: &mut Page) {
    use super::registry::{ecr_at, missing_image};
    let engine = missing_image();
    let closes = HttpServer::start(|_| Reply::Close);
    let closed =
        ecr_at(&closes.address().to_string(), &engine).where_("ECR closes each connection");
    page.show(
        &["HttpError::Broken", "ecr::token::TokenError::Unreachable"],
        closed,
    );
    let away = ecr_at(&refused_address().to_string(), &engine).where_("nothing listens there");
    page.show(&["HttpError::Unreachable"], away);
}

fn made(page: &mut Page) {
    let sts = |error: HttpError| CredentialsError::Sts {
        call: "GetSessionToken".to_owned(),
        source: StsError::Unreachable {
            endpoint: None,
            region: None,
            source: error.into(),
        },
    };
    let (proxy, to) = (
        "http://proxy.example:3128 (HTTPS_PROXY)".to_owned(),
        format!("https://{STS}"),
    );
    let silent = HttpError::ProxySilent {
        proxy,
        to: to.clone(),
    };
    page.show(
        &["HttpError::ProxySilent"],
        by_hand(
            "the proxy does not respond within half a minute",
            sts(silent),
        ),
    );
    let silent = HttpError::Silent { to };
    page.show(
        &["HttpError::Silent"],
        by_hand("ECR does not respond within half a minute", sts(silent)),
    );
    let client = HttpError::Client(client_error());
    page.show(
        &["HttpError::Client"],
        by_hand(
            "an HTTP client cannot be created; the cause is another's",
            sts(client),
        ),
    );
    let tls = SettingsError::Tls(rustls::Error::General("no cipher suites".to_owned()));
    page.show(
        &["SettingsError::Tls"],
        by_hand(
            "the TLS library cannot be set up",
            CredentialsError::Settings(tls),
        ),
    );
}
