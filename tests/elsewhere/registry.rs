//! Images are pulled from a registry with the login that docker would use, and the pull looks as
//! docker's does.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::support::aws::AwsStandIn;
use crate::support::engine::engine;
use crate::support::http_server::{HttpServer, Reply};
use crate::support::process::{credrun, run};
use crate::support::registry::Registry;
use crate::support::terminal::Terminal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use credrun::cli::engine::EngineArgs;
use credrun::engine::pull_progress::PullProgress;
use credrun::engine::reach::config_file::DockerConfig;
use credrun::engine::registry::auth::RegistryAuth;
use credrun::engine::{Endpoint, Engine, EngineError};
use credrun::vars::Environment;

/// A password whose header is written otherwise in base64's standard alphabet, which the Engine
/// takes for no login at all.
const PASSWORD: &str = "aaa~~~???>>>b";

/// What was written, to be looked at while the writer lives.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Pulls `name:latest` from the registry, logged in as the configuration directory says. Returns
/// the lines of the pull.
async fn pull(registry: &Registry, name: &str, config: &str) -> Result<String, EngineError> {
    let environment = Environment::fixed([("DOCKER_CONFIG", config)]);
    let arguments = EngineArgs {
        host: std::env::var("DOCKER_HOST").ok(),
        ..EngineArgs::default()
    };
    let (config, warnings) = DockerConfig::load(&arguments, &environment);
    assert_eq!(warnings, []);
    let auth = RegistryAuth::lookup(&registry.domain(), &config, &environment)
        .await
        .expect("a lookup");
    let endpoint = Endpoint::resolve(&arguments, &environment, &config).expect("an endpoint");
    let engine = Engine::connect(endpoint).await?;
    let written = Written::default();
    let mut progress = PullProgress::lines(written.clone());
    let name = format!("{}/{name}", registry.domain());
    let pulled = engine.pull(&name, "latest", None, auth.header_value(), |message| {
        progress.on(message);
    });
    let pulled = tokio::time::timeout(crate::support::DEADLINE, pulled)
        .await
        .expect("within the deadline");
    progress.finish();
    pulled?;
    let bytes = written.0.lock().expect("unpoisoned").clone();
    Ok(String::from_utf8(bytes).expect("UTF-8"))
}

/// Layers are pulled side by side, so that their lines come in any order. Of a layer's states between
/// the first and the last, the Engine itself leaves out what the next one has overtaken.
fn sorted(text: &str) -> Vec<&str> {
    const PASSING: [&str; 2] = [": Verifying Checksum", ": Download complete"];
    let passes = |line: &&str| PASSING.iter().any(|state| line.ends_with(state));
    let mut lines: Vec<_> = text.lines().filter(|line| !passes(line)).collect();
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn with_dockers_login_the_pull_reads_line_for_line_as_dockers() {
    engine();
    let registry = Registry::start("user", PASSWORD);
    let image = registry.push("layers", 3, 1);
    let docker = run(registry.docker().args(["pull", &image.reference]))
        .success()
        .out();
    image.forget();
    let config = registry.config_directory().to_str().expect("UTF-8");
    let ours = pull(&registry, "layers", config).await.expect("pulled");
    // `docker pull` ends with the image's name, which is its result and no progress.
    let docker = docker
        .strip_suffix(&format!("{}\n", image.reference))
        .expect("the image's name");
    assert_eq!(sorted(&ours), sorted(docker));
    assert!(ours.starts_with("latest: Pulling from layers\n"), "{ours}");
    let last = docker.lines().last().expect("lines");
    assert!(ours.ends_with(&format!("{last}\n")), "{ours}");
}

#[test]
fn on_a_terminal_each_layer_has_a_bar_and_stays_as_it_ended() {
    engine();
    let registry = Registry::start("user", PASSWORD);
    let image = registry.push("bars", 3, 16);
    let mut command = credrun();
    command
        .env("TERM", "xterm")
        .env("DOCKER_CONFIG", registry.config_directory())
        .envs(AwsStandIn::shared().cloudshell())
        .args(["run", "--rm", &image.reference, "echo", "the end"]);
    let mut terminal = Terminal::start(&command);
    let mut screen = terminal.read_until("the end");
    let (status, rest) = terminal.wait();
    screen.push_str(&rest);
    assert_eq!(status, 0, "{screen}");
    assert!(screen.contains("latest: Pulling from bars"), "{screen}");
    assert!(screen.contains(": Downloading [="), "{screen}");
    // What is drawn last stays. Layers of the base image need not be pulled.
    let last = screen.rsplit("\x1b[").next().expect("a frame");
    assert!(last.matches(": Pull complete").count() >= 3, "{last}");
    assert!(!last.contains("Downloading"), "{last}");
    assert!(
        last.contains("Status: Downloaded newer image for"),
        "{last}"
    );
}

#[tokio::test]
async fn without_a_login_or_with_a_wrong_one_the_registry_refuses() {
    engine();
    let registry = Registry::start("user", PASSWORD);
    let image = registry.push("secret", 1, 1);
    let config = tempfile::tempdir().expect("a directory");
    let path = config.path().to_str().expect("UTF-8");
    let error = pull(&registry, "secret", path)
        .await
        .expect_err("anonymous");
    assert!(error.refused_with().is_some(), "{error:?}");

    // `user:wrong` in base64.
    let domain = registry.domain();
    let wrong = format!(r#"{{"auths":{{"{domain}":{{"auth":"dXNlcjp3cm9uZw=="}}}}}}"#);
    fs::write(config.path().join("config.json"), wrong).expect("written");
    let error = pull(&registry, "secret", path)
        .await
        .expect_err("a wrong login");
    assert!(error.refused_with().is_some(), "{error:?}");
    drop(image);
}

/// A stand-in for an Engine that refuses every pull, and the login that the last one came with.
fn noting_engine() -> (HttpServer, Arc<Mutex<Option<String>>>) {
    let login = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&login);
    let server = HttpServer::start(move |request| {
        if let Some(header) = request.headers.get("x-registry-auth") {
            *noted.lock().expect("unpoisoned") = Some(header.clone());
        }
        Reply::Answer {
            status: if request.target.ends_with("_ping") {
                200
            } else {
                500
            },
            headers: vec![("Api-Version".into(), "1.41".into())],
            body: String::new(),
        }
    });
    (server, login)
}

/// What an `X-Registry-Auth` says.
fn decoded(header: &str) -> serde_json::Value {
    let json = URL_SAFE.decode(header).expect("the URL alphabet");
    serde_json::from_slice(&json).expect("JSON")
}

#[tokio::test]
async fn the_login_is_the_one_that_docker_sends() {
    let (server, noted) = noting_engine();
    let machine = tempfile::tempdir().expect("a directory");
    let directory = machine.path().to_str().expect("UTF-8");
    helper(
        machine.path(),
        "known",
        r#"echo '{"ServerURL":"r.example","Username":"hu","Secret":"h~?>"}'"#,
    );
    helper(
        machine.path(),
        "token",
        r#"echo '{"Username":"<token>","Secret":"it"}'"#,
    );
    helper(
        machine.path(),
        "unknown",
        "echo 'credentials not found in native keychain'; exit 1",
    );
    let path = format!("{directory}:{}", std::env::var("PATH").expect("PATH"));
    // `user:pw~?>` in base64.
    const AUTH: &str = r#""auth":"dXNlcjpwd34/Pg==""#;
    for config in [
        "{}".to_owned(),
        format!(r#"{{"auths":{{"r.example":{{{AUTH}}}}}}}"#),
        format!(r#"{{"auths":{{"https://r.example/v1/":{{{AUTH}}}}}}}"#),
        format!(r#"{{"auths":{{"r.example":{{{AUTH},"identitytoken":"it"}}}}}}"#),
        format!(r#"{{"auths":{{"r.example":{{{AUTH},"registrytoken":"rt"}}}}}}"#),
        r#"{"auths":{"r.example":{"username":"u","password":"p"}}}"#.to_owned(),
        r#"{"auths":{"r.example":{}}}"#.to_owned(),
        format!(r#"{{"auths":{{"s.example":{{{AUTH}}}}}}}"#),
        r#"{"credsStore":"known"}"#.to_owned(),
        r#"{"credsStore":"unknown"}"#.to_owned(),
        format!(
            r#"{{"auths":{{"r.example":{{{AUTH},"registrytoken":"rt"}}}},
                "credsStore":"unknown"}}"#
        ),
        r#"{"credHelpers":{"r.example":"token"},"credsStore":"known"}"#.to_owned(),
        format!(
            r#"{{"auths":{{"r.example":{{{AUTH}}}}},
                "credHelpers":{{"r.example":""}},"credsStore":"known"}}"#
        ),
    ] {
        fs::write(machine.path().join("config.json"), &config).expect("written");
        let docker = run(Command::new("docker")
            .env("DOCKER_HOST", format!("tcp://{}", server.address()))
            .env("DOCKER_CONFIG", directory)
            .env("PATH", &path)
            .args(["pull", "r.example/image"]));
        assert_eq!(docker.code(), 1, "{config}: {}", docker.stderr);
        let theirs = noted.lock().expect("unpoisoned").take().expect("a login");

        let environment = Environment::fixed([("DOCKER_CONFIG", directory), ("PATH", &path)]);
        let (docker_config, _) = DockerConfig::load(&EngineArgs::default(), &environment);
        let ours = RegistryAuth::lookup("r.example", &docker_config, &environment)
            .await
            .expect("a lookup")
            .header_value();
        let ours = ours.to_str().expect("ASCII");
        assert_eq!(decoded(ours), decoded(&theirs), "{config}");
    }
}

/// A credential helper that ends with this script.
fn helper(directory: &Path, name: &str, script: &str) {
    let source = directory.join("helper.sh");
    fs::write(&source, format!("#!/bin/sh\ncat >/dev/null\n{script}\n")).expect("written");
    // By another process: a file that this one has open for writing while a test beside it
    // forks cannot be executed.
    run(Command::new("install")
        .arg("-m755")
        .args([source, directory.join(format!("docker-credential-{name}"))]))
    .success();
}
