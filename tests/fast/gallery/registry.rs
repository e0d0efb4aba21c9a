//! Registries: docker's credential helpers, and Amazon ECR.

use std::os::unix::fs::PermissionsExt as _;

use credrun::engine::registry::HelperError;
use credrun::engine::registry::auth::RegistryAuthError;

use super::{Page, Scene, by_hand};
use crate::support::http_server::{HttpServer, Reply};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};

const ECR: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

/// An Engine that has no image.
pub(super) fn missing_image() -> ScriptedEngine {
    ScriptedEngine::start([(Step::Image, Cue::Refuse(404, "No such image"))])
}

/// A run of an image in ECR, whose API is at this address.
pub(super) fn ecr_at(address: &str, engine: &ScriptedEngine) -> Scene {
    Scene::new(&format!("credrun -q {ECR}/app"))
        .with_keys()
        .on(engine)
        .quietly("AWS_ENDPOINT_URL_ECR", &format!("http://{address}"))
        .showing(address, "127.0.0.1:4566")
}

fn helper(engine: &ScriptedEngine, script: Option<&str>) -> Scene {
    let scene = Scene::new("credrun -q registry.example/app")
        .with_keys()
        .on(engine)
        .file(
            ".docker/config.json",
            r#"{"credHelpers": {"registry.example": "vault"}}"#,
        );
    let bin = scene.home().join("bin");
    let scene = scene.quietly("PATH", &format!("{}:/usr/bin:/bin", bin.display()));
    let Some(script) = script else { return scene };
    let path = bin.join("docker-credential-vault");
    let scene = scene.bytes("bin/docker-credential-vault", script.as_bytes());
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("set");
    scene
}

fn ecr_says(status: u16, body: &'static str) -> HttpServer {
    HttpServer::start(move |_| Reply::Answer {
        status,
        headers: Vec::new(),
        body: body.to_owned(),
    })
}

#[test]
fn registry() {
    let mut page = Page::new(
        "registry",
        "Registries: docker's credential helpers, and Amazon ECR.",
    );
    let engine = missing_image();
    page.show(
        &["RegistryAuthError", "HelperError::Missing"],
        helper(&engine, None),
    );
    for (shows, script) in [
        (
            "HelperError::Refused",
            "#!/bin/sh\necho 'the vault is locked'\nexit 1\n",
        ),
        ("HelperError::Malformed", "#!/bin/sh\necho welcome\n"),
        ("HelperError::Run", "#!/nonexistent/shell\n"),
    ] {
        page.show(
            &[shows],
            helper(&engine, Some(script))
                .where_(&format!("docker-credential-vault: {}", script.trim())),
        );
    }
    let timeout = RegistryAuthError {
        registry: "registry.example".to_owned(),
        source: HelperError::Timeout {
            program: "/usr/bin/docker-credential-vault".into(),
        },
    };
    page.show(
        &["HelperError::Timeout"],
        by_hand("the helper takes longer than its limit", timeout),
    );
    for (status, body, what) in [
        (
            400,
            r#"{"__type":"AccessDeniedException","message":"User: me is not authorized to perform: ecr:GetAuthorizationToken"}"#,
            "ECR refuses",
        ),
        (
            400,
            r#"{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}"#,
            "the credentials have expired",
        ),
        (400, r#"{"__type":"ServerException"}"#, "ECR has a problem"),
    ] {
        let ecr = ecr_says(status, body);
        let scene = ecr_at(&address(&ecr), &engine).where_(what);
        page.show(&["EcrError", "ecr::token::TokenError::Refused"], scene);
    }
    let empty = ecr_says(200, "{}");
    page.show(
        &["ecr::token::TokenError::Malformed"],
        ecr_at(&address(&empty), &engine).where_("ECR sends no token"),
    );
    page.show(
        &["ecr::token::TokenError::Request"],
        ecr_at("a b", &engine).where_("AWS_ENDPOINT_URL_ECR has a space in it"),
    );
    pulls(&mut page);
    page.check();
}

fn address(server: &HttpServer) -> String {
    server.address().to_string()
}

fn pulls(page: &mut Page) {
    let login = ecr_says(
        200,
        r#"{"authorizationData":[{"authorizationToken":"QVdTOmh1c2g="}]}"#,
    );
    for message in [
        "denied: User: arn:aws:iam::123456789012:user/me is not authorized to perform: ecr:BatchGetImage",
        "no basic auth credentials",
    ] {
        let engine = ScriptedEngine::start([
            (Step::Image, Cue::Refuse(404, "No such image")),
            (Step::Pull, Cue::Refuse(500, message)),
        ]);
        let scene = ecr_at(&address(&login), &engine).where_("ECR lets the Engine pull nothing");
        page.show(&["messages::error::Error::Pull"], scene);
    }
}
