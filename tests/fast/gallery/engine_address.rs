//! Which Engine, and the way there.

use credrun::engine::reach::TlsError;
use credrun::engine::reach::endpoint::EndpointError;

use super::{Page, Scene, by_hand};
use crate::support::tls_front::TlsFront;

fn run(arguments: &str) -> Scene {
    let line = format!("credrun {arguments} image").replace("  ", " ");
    Scene::new(&line).with_keys()
}

#[test]
fn engine_address() {
    let mut page = Page::new("engine-address", "Which Engine, and the way there.");
    page.show(
        &["EndpointError::Conflict"],
        run("--host tcp://a --context b"),
    );
    for (shows, host) in [
        ("host_port::AddressError::Scheme", "http://a"),
        ("AddressError::TwoSchemes", "tcp://unix://a"),
        ("AddressError::HostPort", "tcp://a:b:c"),
        ("AddressError::Port", "tcp://a:99999"),
        ("AddressError::SshPassword", "ssh://me:x@a"),
        ("AddressError::SshHost", "ssh://me@"),
        ("AddressError::SshExtra", "ssh://a?b"),
    ] {
        page.show(
            &[shows, "EndpointError::Address"],
            run(&format!("--host '{host}'")),
        );
    }
    let version = run("")
        .env("DOCKER_API_VERSION", "new")
        .quietly("DOCKER_HOST", "tcp://a");
    page.show(&["EndpointError::ApiVersion"], version);
    let headers = run("").env("DOCKER_CUSTOM_HEADERS", "X-Team");
    page.show(&["endpoint::error::EndpointError::Headers"], headers);
    let headers = run("").file(
        ".docker/config.json",
        r#"{"HttpHeaders": {"X Team": "blue"}}"#,
    );
    page.show(&["EndpointError::Headers"], headers);
    contexts(&mut page);
    tls(&mut page);
    ssh(&mut page);
    page.check();
}

fn contexts(page: &mut Page) {
    let work = || run("--context work").without("DOCKER_HOST");
    page.show(
        &["ContextError::NotFound", "EndpointError::Context"],
        work(),
    );
    let text = || work().file(&meta(), "none");
    page.show(&["ContextError::Malformed"], text());
    page.show(&["ContextError::NoEndpoint"], work().file(&meta(), "{}"));
    let directory = work()
        .bytes(&format!("{}/x", meta()), b"")
        .where_("its meta.json is a directory");
    page.show(&["context::ContextError::Unreadable"], directory);
    let current = Scene::new("credrun image")
        .with_keys()
        .without("DOCKER_HOST")
        .file(".docker/config.json", r#"{"currentContext": "work"}"#);
    page.show(&["ContextError::NotFound"], current);
}

/// docker names the directory of a context after the SHA-256 of its name.
fn meta() -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest("work");
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(".docker/contexts/meta/{hex}/meta.json")
}

fn tls(page: &mut Page) {
    let verify =
        || run("--host tcp://engine.example:2376 --tlsverify").env("DOCKER_CERT_PATH", "certs");
    page.show(
        &["tls::error::TlsError::Unreadable", "EndpointError::Tls"],
        verify(),
    );
    let none = "none\n";
    page.show(&["TlsError::Ca"], verify().file("certs/ca.pem", none));
    let front = TlsFront::before(([127, 0, 0, 1], 1).into(), &["a.example"]);
    let certificate = std::fs::read(front.ca()).expect("a certificate");
    let with_ca = || verify().bytes("certs/ca.pem", &certificate);
    let both = |certificate: &[u8], key: &[u8]| {
        with_ca()
            .bytes("certs/cert.pem", certificate)
            .bytes("certs/key.pem", key)
    };
    page.show(
        &["TlsError::Certificate"],
        both(b"none", b"none").where_("cert.pem is empty"),
    );
    page.show(
        &["TlsError::Key"],
        both(&certificate, b"none").where_("key.pem is empty"),
    );
    let encrypted =
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    page.show(
        &["TlsError::EncryptedKey"],
        both(&certificate, encrypted).where_("key.pem is encrypted"),
    );
    let rubbish = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    page.show(
        &["TlsError::Client"],
        both(&certificate, rubbish).where_("key.pem is damaged"),
    );
    let name = run("--host 'tcp://a_b..c:2376' --tlsverify")
        .env("DOCKER_CERT_PATH", "certs")
        .bytes("certs/ca.pem", &certificate);
    page.show(&["tls::error::TlsError::Name"], name);
    let roots = EndpointError::Tls {
        chosen_by: "--host".to_owned(),
        source: TlsError::Roots(no_roots()),
    };
    page.show(
        &["TlsError::Roots"],
        by_hand("this system has no CA certificates at all", roots),
    );
}

fn no_roots() -> rustls::client::VerifierBuilderError {
    let roots = rustls::RootCertStore::empty();
    let provider = rustls::crypto::ring::default_provider();
    rustls::client::WebPkiServerVerifier::builder_with_provider(roots.into(), provider.into())
        .build()
        .expect_err("no roots")
}

fn ssh(page: &mut Page) {
    let no_ssh = run("--host ssh://me@engine.example").env("PATH", "/nonexistent");
    page.show(&["EndpointError::NoSsh"], no_ssh);
    let refused = run("--host ssh://me@engine.example");
    let bin = refused.home().join("bin");
    let refused = refused
        .bytes(
            "bin/ssh",
            b"#!/bin/sh\necho 'me@engine.example: Permission denied (publickey).' >&2\nexit 255\n",
        )
        .quietly("PATH", &format!("{}:/usr/bin:/bin", bin.display()))
        .where_("ssh cannot log in");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(bin.join("ssh"), std::fs::Permissions::from_mode(0o755)).expect("set");
    page.show(&["SshFailed", "EngineError::Unreachable"], refused);
}
