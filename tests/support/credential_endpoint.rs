//! A stand-in for CloudShell's credential endpoint, with its rotating, short-lived sets, and for
//! everything that can be wrong with one.

use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::engine::engine;
use super::http_server::{HttpServer, Reply, Request, http_date};
use super::process::credrun;

/// The path of CloudShell's endpoint; its host and port are `localhost:1338`.
pub const PATH: &str = "/latest/meta-data/container/security-credentials";
/// The secret access key of every set, for tests that look for it where it must not be.
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/cloudshell";
/// The session token of every set begins with this.
pub const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE";

/// What the endpoint does when it is asked.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Hands out sets of `life`, each replaced when `spare` of it is left, as CloudShell does.
    Rotate { life: Duration, spare: Duration },
    /// A set that ended this long ago.
    Expired(Duration),
    /// A set without `Expiration`.
    NoExpiration,
    /// A status and a body.
    Status(u16, String),
    /// A redirect to there.
    Redirect(String),
    /// A log-in page with status 200.
    Html,
    /// JSON that stops in the middle of the secret.
    HalfJson,
    /// No answer, the connection stays open.
    Hang,
    /// No answer, the connection is closed.
    Close,
    /// Fails this often with the status, then rotates.
    FailFirst { times: usize, status: u16 },
}

impl Behaviour {
    /// CloudShell's: a set has 5 to 15 minutes left.
    pub fn cloudshell() -> Self {
        Self::Rotate {
            life: Duration::from_secs(15 * 60),
            spare: Duration::from_secs(5 * 60),
        }
    }
}

struct State {
    token: String,
    behaviour: Behaviour,
    began: SystemTime,
    /// How far the endpoint's clock is ahead, in seconds.
    clock: i64,
    requests: Vec<Request>,
}

/// A set that is handed out at some time.
#[derive(Debug, Clone)]
pub struct RotatingSet {
    pub access_key_id: String,
    pub session_token: String,
    /// As announced, in whole seconds.
    pub end: SystemTime,
}

/// The endpoint. It ends when dropped.
pub struct CredentialEndpoint {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl CredentialEndpoint {
    /// Behaves as CloudShell's.
    pub fn start() -> Self {
        Self::behaving(Behaviour::cloudshell())
    }

    pub fn behaving(behaviour: Behaviour) -> Self {
        let state = Arc::new(Mutex::new(State {
            token: "0tTwAuthorizationToken=".to_owned(),
            behaviour,
            began: SystemTime::now(),
            clock: 0,
            requests: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let server = HttpServer::start(move |request| {
            let mut state = shared.lock().expect("not poisoned");
            state.requests.push(request.clone());
            state.reply(&request)
        });
        Self { server, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("not poisoned")
    }

    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.server.address())
    }

    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    pub fn token(&self) -> String {
        self.state().token.clone()
    }

    /// The variables of a CloudShell session with this endpoint.
    pub fn session(&self) -> [(&'static str, String); 3] {
        [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", self.url()),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", self.token()),
            ("AWS_EXECUTION_ENV", "CloudShell".to_owned()),
        ]
    }

    /// From now on another token is right.
    pub fn set_token(&self, token: &str) {
        self.state().token = token.to_owned();
    }

    /// From now on it does this.
    pub fn behave(&self, behaviour: Behaviour) {
        self.state().behaviour = behaviour;
    }

    /// Sets the endpoint's clock ahead (or, negative, behind).
    pub fn set_clock(&self, seconds: i64) {
        self.state().clock = seconds;
    }

    /// The first sets of [`Behaviour::Rotate`], for who is to know them.
    pub fn sets(&self, life: Duration, spare: Duration, count: u32) -> Vec<RotatingSet> {
        let began = self.state().began;
        let seconds = |time: SystemTime| {
            let since = time.duration_since(SystemTime::UNIX_EPOCH).expect("a time");
            SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
        };
        (0..count)
            .map(|number| RotatingSet {
                access_key_id: format!("ASIA{}", turn_name(number.into())),
                session_token: format!("{SESSION_TOKEN}{}", turn_name(number.into())),
                end: seconds(began + (life - spare) * number + life),
            })
            .collect()
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }
}

impl State {
    fn reply(&self, request: &Request) -> Reply {
        let given = request.headers.get("authorization");
        if given != Some(&self.token) {
            let body = r#"{"code":"Unauthorized","message":"the authorization token is wrong"}"#;
            return self.answer(403, body.to_owned());
        }
        match &self.behaviour {
            Behaviour::Rotate { life, spare } => self.answer(200, self.rotating(*life, *spare)),
            Behaviour::Expired(ago) => {
                let end = DateTime::from(self.now() - *ago);
                self.answer(200, set("EXPIRED", Some(end)))
            }
            Behaviour::NoExpiration => self.answer(200, set("ENDLESS", None)),
            Behaviour::Status(status, body) => self.answer(*status, body.clone()),
            Behaviour::Redirect(to) => Reply::Answer {
                status: 302,
                headers: vec![("Location".to_owned(), to.clone())],
                body: String::new(),
            },
            Behaviour::Html => self.answer(200, format!("<!DOCTYPE html><p>Sign in {SECRET}</p>")),
            Behaviour::HalfJson => self.answer(
                200,
                format!(r#"{{"AccessKeyId":"ASIAHALF","SecretAccessKey":"{SECRET}"#),
            ),
            Behaviour::Hang => Reply::Hang,
            Behaviour::Close => Reply::Close,
            Behaviour::FailFirst { times, status } if self.requests.len() <= *times => {
                self.answer(*status, "busy".to_owned())
            }
            Behaviour::FailFirst { .. } => {
                let (life, spare) = (Duration::from_secs(900), Duration::from_secs(300));
                self.answer(200, self.rotating(life, spare))
            }
        }
    }

    fn now(&self) -> SystemTime {
        let now = SystemTime::now();
        let ahead = Duration::from_secs(self.clock.unsigned_abs());
        if self.clock < 0 {
            now - ahead
        } else {
            now + ahead
        }
    }

    fn rotating(&self, life: Duration, spare: Duration) -> String {
        let turn = life - spare;
        let lived = self.began.elapsed().unwrap_or_default();
        let number = lived.as_millis() / turn.as_millis().max(1);
        let turns = turn * u32::try_from(number).unwrap_or(u32::MAX);
        let ahead = self
            .now()
            .duration_since(SystemTime::now())
            .unwrap_or_default();
        let end = self.began + turns + life + ahead;
        set(&turn_name(number), Some(DateTime::from(end)))
    }

    fn answer(&self, status: u16, body: String) -> Reply {
        Reply::Answer {
            status,
            headers: vec![
                ("Content-Type".to_owned(), "application/json".to_owned()),
                ("Date".to_owned(), http_date(self.now())),
            ],
            body,
        }
    }
}

/// What tells the sets of [`Behaviour::Rotate`] apart.
fn turn_name(number: u128) -> String {
    format!("TURN{number:08}")
}

/// CloudShell's own answer, field by field.
fn set(key: &str, expiration: Option<DateTime>) -> String {
    let mut answer = serde_json::json!({
        "LastUpdated": "1970-01-01T00:00:00Z",
        "Type": "",
        "AccessKeyId": format!("ASIA{key}"),
        "SecretAccessKey": SECRET,
        "Token": format!("{SESSION_TOKEN}{key}"),
        "Code": "Success",
    });
    if let Some(end) = expiration {
        let end = DateTime::from_secs(end.secs()).fmt(Format::DateTime);
        answer["Expiration"] = end.expect("a time").into();
    }
    answer.to_string()
}

/// credrun in a CloudShell session with a region.
pub fn in_cloudshell(endpoint: &CredentialEndpoint) -> Command {
    engine();
    let mut command = credrun();
    command
        .envs(endpoint.session())
        .env("AWS_REGION", "eu-west-1");
    command
}
