//! No secret gets into anything that credrun writes, at the most talkative log level: what goes
//! into the container goes nowhere else.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::connect_proxy::{ConnectProxy, Manner};
use crate::support::credential_endpoint::{self, Behaviour, CredentialEndpoint};
use crate::support::engine::{IMAGE, engine};
use crate::support::http_server::refused_address;
use crate::support::process::{Finished, credrun, finish, run, start};
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::sts::{self, Sts};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const TRUE: [&str; 2] = [IMAGE, "true"];
/// Enough of a secret to be one, and not by chance.
const ENOUGH: usize = 12;

/// What the stand-ins hand out, or the beginning of it.
fn secrets() -> Vec<String> {
    let token = CredentialEndpoint::start().token();
    let handed_out = [
        credential_endpoint::SECRET,
        credential_endpoint::SESSION_TOKEN,
        sts::SECRET,
        sts::SESSION_TOKEN,
        Sts::USER_SECRET,
    ];
    handed_out
        .map(str::to_owned)
        .into_iter()
        .chain([token])
        .collect()
}

/// Each guise that a secret may come in: as it is, its beginning, in a URL, in base64 from any
/// byte on.
fn guises(secret: &str) -> Vec<String> {
    let mut guises = vec![secret[..ENOUGH].to_owned()];
    let in_url = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    guises.push(secret.bytes().map(in_url).collect());
    for before in 0..3 {
        let shifted = format!("{}{secret}", "x".repeat(before));
        for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = alphabet.encode(&shifted);
            // The digits at both ends are also of what is around.
            guises.push(encoded[(before * 8).div_ceil(6)..encoded.len() - 1].to_owned());
        }
    }
    guises
}

/// Asserts that no secret is in `text`.
fn assert_clean(text: &[u8], secrets: &[String], what: &str) {
    for guise in secrets.iter().flat_map(|secret| guises(secret)) {
        let found = text
            .windows(guise.len())
            .any(|window| window == guise.as_bytes());
        let shown = String::from_utf8_lossy(text);
        assert!(!found, "{guise:?} is in {what}:\n{shown}");
    }
}

/// A directory that is all the room that credrun has for files.
struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    /// credrun in this room, saying all that it can.
    fn credrun(&self, arguments: &[&str]) -> Command {
        let mut command = credrun();
        let path = self.0.path();
        command.current_dir(path).env("AWS_REGION", "eu-west-1");
        for variable in ["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
            command.env(variable, path);
        }
        command.args(arguments);
        command
    }

    fn assert_clean(&self, secrets: &[String]) {
        fn look(directory: &Path, secrets: &[String]) {
            for entry in fs::read_dir(directory).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    look(&path, secrets);
                } else if let Ok(content) = fs::read(&path) {
                    assert_clean(&content, secrets, &path.display().to_string());
                }
            }
        }
        look(self.0.path(), secrets);
    }
}

const TALKATIVE: [&str; 2] = ["--log-level", "trace"];

/// Runs credrun with these variables and arguments; nothing that it writes may hold a secret.
fn heard<K, V, I>(variables: I, arguments: &[&str]) -> Finished
where
    K: AsRef<std::ffi::OsStr>,
    V: AsRef<std::ffi::OsStr>,
    I: IntoIterator<Item = (K, V)>,
{
    engine();
    let room = Room::new();
    let typed = [&TALKATIVE[..], arguments].concat();
    let finished = run(room.credrun(&typed).envs(variables));
    assert_clean(finished.stderr.as_bytes(), &secrets(), "stderr");
    assert_clean(&finished.stdout, &secrets(), "stdout");
    room.assert_clean(&secrets());
    finished
}

#[test]
fn a_secret_is_found_in_each_guise() {
    let secret = "0tTw/AuthorizationToken=";
    for text in [
        "x 0tTw/AuthorizationToken= y".to_owned(),
        "x 0tTw/Authorization".to_owned(),
        "token=0tTw%2FAuthorizationToken%3D&".to_owned(),
        STANDARD_NO_PAD.encode(r#"{"a":"0tTw/AuthorizationToken=","b":1}"#),
        STANDARD_NO_PAD.encode(r#"{"ab":"0tTw/AuthorizationToken="}"#),
        URL_SAFE_NO_PAD.encode(r#"{"abc":"0tTw/AuthorizationToken="}"#),
    ] {
        let secrets = [secret.to_owned()];
        let found = std::panic::catch_unwind(|| assert_clean(text.as_bytes(), &secrets, "text"));
        assert!(found.is_err(), "{text}");
    }
}

#[test]
fn a_run_with_cloudshells_credentials() {
    let endpoint = CredentialEndpoint::start();
    let finished = heard(endpoint.session(), &TRUE).success();
    assert!(
        finished.stderr.contains("DEBUG credrun::"),
        "it logs: {}",
        finished.stderr
    );
}

#[test]
fn a_run_with_a_role() {
    let sts = Sts::start();
    let flags = ["--role-arn", ROLE];
    heard(sts.user(), &[&flags[..], &TRUE].concat()).success();
}

#[test]
fn a_live_run_and_the_token_of_its_door() {
    let endpoint = CredentialEndpoint::start();
    engine();
    let room = Room::new();
    let print = "echo $AWS_CONTAINER_AUTHORIZATION_TOKEN";
    let typed = [&TALKATIVE[..], &["--live", IMAGE, "sh", "-c", print]].concat();
    let finished = run(room.credrun(&typed).envs(endpoint.session())).success();
    let token = finished.out().trim().to_owned();
    assert!(token.len() > ENOUGH, "{token:?}");
    let secrets = [secrets(), vec![token]].concat();
    assert_clean(finished.stderr.as_bytes(), &secrets, "stderr");
    room.assert_clean(&secrets);
}

#[test]
fn a_web_identity_token_and_the_password_of_a_proxy() {
    engine();
    let (token, password) = ("webIdentity.token.KEEP", "proxyPasswordKEEP");
    let sts = Sts::start();
    sts.trust_token(token);
    let proxy = ConnectProxy::start(Manner::LeadTo(sts.address()));
    let room = Room::new();
    let outside = tempfile::NamedTempFile::new().expect("a file");
    fs::write(outside.path(), token).expect("written");
    let mut command = room.credrun(&[&TALKATIVE[..], &TRUE].concat());
    command
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", outside.path())
        .env("AWS_ROLE_ARN", ROLE)
        .env("AWS_ENDPOINT_URL_STS", "http://sts.internal")
        .env(
            "HTTP_PROXY",
            format!("http://me:{password}@{}", proxy.address()),
        );
    let finished = run(&mut command).success();
    let secrets = [secrets(), vec![token.to_owned(), password.to_owned()]].concat();
    assert_clean(finished.stderr.as_bytes(), &secrets, "stderr");
    room.assert_clean(&secrets);
    assert_eq!(proxy.lines(), ["POST http://sts.internal/"]);
}

#[test]
fn a_dry_run() {
    let endpoint = CredentialEndpoint::start();
    heard(endpoint.session(), &["--dry-run", IMAGE]).success();
    let sts = Sts::start();
    heard(sts.user(), &["--dry-run", "--role-arn", ROLE, IMAGE]).success();
}

#[test]
fn an_export_says_secrets_on_stdout_only() {
    let endpoint = CredentialEndpoint::start();
    let room = Room::new();
    let finished = run(room.credrun(&["export"]).envs(endpoint.session())).success();
    assert!(finished.out().contains(credential_endpoint::SECRET));
    assert_clean(finished.stderr.as_bytes(), &secrets(), "stderr");
    room.assert_clean(&secrets());
}

#[test]
fn every_failure_of_an_endpoint_that_repeats_secrets() {
    let token = CredentialEndpoint::start().token();
    let secret = credential_endpoint::SECRET;
    let refusal = format!(r#"{{"code":"Denied","message":"not with the token {token}"}}"#);
    let failure = format!(r#"{{"Code":"Failed","Message":"not with the token {token}"}}"#);
    let half = format!(r#"{{"message":"no","SecretAccessKey":"{secret}"}}"#);
    for behaviour in [
        Behaviour::Status(403, refusal.clone()),
        Behaviour::Status(500, refusal),
        Behaviour::Status(400, half.clone()),
        Behaviour::Status(200, failure),
        Behaviour::Status(200, half),
        Behaviour::Status(200, secret.to_owned()),
        Behaviour::Redirect(format!("http://127.0.0.1:1/?token={token}")),
        Behaviour::Html,
        Behaviour::HalfJson,
        Behaviour::Close,
        Behaviour::NoExpiration,
        Behaviour::Expired(Duration::from_secs(60)),
    ] {
        let endpoint = CredentialEndpoint::behaving(behaviour.clone());
        let refused = heard(endpoint.session(), &TRUE);
        assert_eq!(refused.code(), 125, "{behaviour:?}");
    }
}

#[test]
fn an_endpoint_that_hangs() {
    let endpoint = CredentialEndpoint::behaving(Behaviour::Hang);
    assert_eq!(heard(endpoint.session(), &TRUE).code(), 125);
}

#[test]
fn a_token_in_the_endpoints_url() {
    let url = format!(
        "http://{}/?token={}",
        refused_address(),
        CredentialEndpoint::start().token()
    );
    let session = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)];
    assert_eq!(heard(session, &TRUE).code(), 125);
}

#[test]
fn every_failure_of_an_sts_that_repeats_secrets() {
    let (secret, token) = (
        credential_endpoint::SECRET,
        format!("{}TURN00000000", credential_endpoint::SESSION_TOKEN),
    );
    let assume = [&["--role-arn", ROLE][..], &TRUE].concat();
    for (status, code) in [
        (403, "AccessDenied"),
        (403, "SignatureDoesNotMatch"),
        (400, "ValidationError"),
        (500, "InternalFailure"),
    ] {
        let endpoint = CredentialEndpoint::start();
        let sts = Sts::start();
        sts.refuse_all(status, code, &format!("with {secret} and {token}"));
        let session = endpoint.session().into_iter();
        let variables = session.chain([("AWS_ENDPOINT_URL_STS", sts.url())]);
        assert_eq!(heard(variables, &assume).code(), 125, "{code}");
    }
}

#[test]
fn every_failure_of_an_engine() {
    for step in [
        Step::Ping,
        Step::Image,
        Step::Create,
        Step::Attach,
        Step::Wait,
        Step::Start,
    ] {
        for cue in [Cue::Refuse(500, "no"), Cue::Die] {
            let endpoint = CredentialEndpoint::start();
            let engine = ScriptedEngine::start([(step, cue)]);
            let session = endpoint.session().into_iter();
            let variables = session.chain([("DOCKER_HOST", engine.host())]);
            let refused = heard(variables, &["an/image"]);
            assert_eq!(refused.code(), 125, "{step:?} {cue:?}: {refused:?}");
        }
    }
}

#[test]
fn no_secret_is_on_a_command_line() {
    let endpoint = CredentialEndpoint::start();
    let sts = Sts::start();
    sts.know(
        "ASIATURN00000000",
        credential_endpoint::SECRET,
        Some(&format!(
            "{}TURN00000000",
            credential_endpoint::SESSION_TOKEN
        )),
        "arn:aws:iam::123456789012:user/me",
    );
    engine();
    let room = Room::new();
    let mut command = room.credrun(&["--live", "--role-arn", ROLE, "-i", IMAGE, "cat"]);
    command
        .envs(endpoint.session())
        .env("AWS_ENDPOINT_URL_STS", sts.url());
    let mut child = start(&mut command);
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"up\n").expect("a reader");
    let mut line = [0; 3];
    child
        .stdout
        .as_mut()
        .expect("a pipe")
        .read_exact(&mut line)
        .expect("an echo");
    for process in [child.id()].into_iter().chain(children(child.id())) {
        let arguments = fs::read(format!("/proc/{process}/cmdline")).expect("a process");
        assert!(!arguments.is_empty());
        assert_clean(&arguments, &secrets(), "a command line");
    }
    drop(input);
    finish(child).success();
}

/// The processes that this one has started and that run.
fn children(parent: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let list = list.unwrap_or_default();
    list.split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect()
}
