//! An own small STS, with a clock and a memory.
//!
//! moto records no parameters, lets every session live for ever, takes any MFA code and any
//! policy. This one checks signatures and session tokens, knows which sets have ended by a clock
//! that a test can move, takes each MFA code once, holds a chained role to an hour, and keeps
//! every call for a test to look at.

mod answers;
mod signature;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use super::credential_endpoint::RotatingSet;
use super::http_server::{HttpServer, Reply, Request, http_date};
use answers::{error_xml, result_xml};
use signature::credential;

/// The account that everybody here belongs to.
pub const ACCOUNT: &str = "123456789012";
/// The secret of every set that this STS makes begins with this.
pub const SECRET: &str = "madeBySts/secret";
/// The session token of every set that this STS makes begins with this.
pub const SESSION_TOKEN: &str = "madeByStsToken";

/// One call, as it came.
#[derive(Debug, Clone)]
pub struct Call {
    pub action: String,
    pub parameters: BTreeMap<String, String>,
    /// The access key ID that signed it, if it was signed.
    pub signed_by: Option<String>,
}

impl Call {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

#[derive(Clone)]
struct Identity {
    secret: String,
    token: Option<String>,
    end: Option<SystemTime>,
    arn: String,
    has_mfa: bool,
}

#[derive(Clone)]
struct Refusal {
    status: u16,
    code: String,
    message: String,
}

fn refuse<T>(status: u16, code: &str, message: &str) -> Result<T, Refusal> {
    Err(Refusal {
        status,
        code: code.to_owned(),
        message: message.to_owned(),
    })
}

#[derive(Default)]
struct Role {
    denied: bool,
    external_id: Option<String>,
    needs_mfa: bool,
}

struct State {
    identities: BTreeMap<String, Identity>,
    roles: BTreeMap<String, Role>,
    devices: BTreeMap<String, BTreeSet<String>>,
    web_tokens: BTreeSet<String>,
    calls: Vec<Call>,
    refusal: Option<Refusal>,
    /// How far this clock is ahead of the machine's.
    ahead: Duration,
    behind: Duration,
    made: usize,
}

type Handler = Box<dyn Fn(Request) -> Reply + Send + Sync>;

/// The service. It ends when dropped.
pub struct Sts {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl Sts {
    /// An STS that knows one user: [`Sts::USER`] with [`Sts::USER_SECRET`].
    pub fn start() -> Self {
        Self::on(HttpServer::start)
    }

    /// The same on connections that [fall silent](HttpServer::falling_silent).
    pub fn falling_silent() -> Self {
        Self::on(HttpServer::falling_silent)
    }

    fn on(server: impl FnOnce(Handler) -> HttpServer) -> Self {
        let state = Arc::new(Mutex::new(State {
            identities: BTreeMap::new(),
            roles: BTreeMap::new(),
            devices: BTreeMap::new(),
            web_tokens: BTreeSet::new(),
            calls: Vec::new(),
            refusal: None,
            ahead: Duration::ZERO,
            behind: Duration::ZERO,
            made: 0,
        }));
        let shared = Arc::clone(&state);
        let server = server(Box::new(move |request| {
            shared.lock().expect("not poisoned").reply(&request)
        }));
        let sts = Self { server, state };
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/me");
        sts.know(Self::USER, Self::USER_SECRET, None, &arn);
        sts
    }

    /// The user's access key ID.
    pub const USER: &str = "AKIAUSEREXAMPLE";
    /// The user's secret access key.
    pub const USER_SECRET: &str = "userSecret/KEEP/OUT";

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("not poisoned")
    }

    /// `AWS_ENDPOINT_URL_STS`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Where it listens, for who leads others there.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The variables of the user, who has long-lived keys.
    pub fn user(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL_STS", self.url()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", Self::USER.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", Self::USER_SECRET.to_owned()),
        ]
    }

    /// Makes a set known that somebody else hands out.
    pub fn know(&self, key: &str, secret: &str, token: Option<&str>, arn: &str) {
        let identity = Identity {
            secret: secret.to_owned(),
            token: token.map(str::to_owned),
            end: None,
            arn: arn.to_owned(),
            has_mfa: false,
        };
        self.state().identities.insert(key.to_owned(), identity);
    }

    /// Makes a set known that a stand-in for CloudShell hands out, until it ends.
    pub fn know_until(&self, set: &RotatingSet) {
        let identity = Identity {
            secret: super::credential_endpoint::SECRET.to_owned(),
            token: Some(set.session_token.clone()),
            end: Some(set.end),
            arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/cloudshell/me"),
            has_mfa: false,
        };
        let key = set.access_key_id.clone();
        self.state().identities.insert(key, identity);
    }

    /// Lets nobody assume this role.
    pub fn deny(&self, role_arn: &str) {
        self.state()
            .roles
            .entry(role_arn.to_owned())
            .or_default()
            .denied = true;
    }

    /// Lets this role be assumed with this external ID only.
    pub fn want_external_id(&self, role_arn: &str, id: &str) {
        let mut state = self.state();
        state
            .roles
            .entry(role_arn.to_owned())
            .or_default()
            .external_id = Some(id.to_owned());
    }

    /// Lets this role be assumed with MFA only.
    pub fn want_mfa(&self, role_arn: &str) {
        self.state()
            .roles
            .entry(role_arn.to_owned())
            .or_default()
            .needs_mfa = true;
    }

    /// The device `serial` shows these codes; each works once.
    pub fn device(&self, serial: &str, codes: &[&str]) {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        self.state().devices.insert(serial.to_owned(), codes);
    }

    /// Trusts this web identity token.
    pub fn trust_token(&self, token: &str) {
        self.state().web_tokens.insert(token.to_owned());
    }

    /// Refuses every call so.
    pub fn refuse_all(&self, status: u16, code: &str, message: &str) {
        self.state().refusal = refuse::<()>(status, code, message).err();
    }

    /// Moves this clock on.
    pub fn advance(&self, by: Duration) {
        self.state().ahead += by;
    }

    /// Sets this clock back.
    pub fn set_back(&self, by: Duration) {
        self.state().behind += by;
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The actions of all calls so far.
    pub fn actions(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.action).collect()
    }
}

impl State {
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead - self.behind
    }

    fn reply(&mut self, request: &Request) -> Reply {
        let parameters = form(&request.body);
        let call = Call {
            action: parameters.get("Action").cloned().unwrap_or_default(),
            signed_by: credential(request).map(|scope| scope.access_key_id),
            parameters,
        };
        self.calls.push(call.clone());
        let (status, body) = match self.refusal.clone() {
            Some(refusal) => (refusal.status, error_xml(&refusal)),
            None => match self.act(&call, request) {
                Ok(result) => (200, result_xml(&call.action, &result)),
                Err(refusal) => (refusal.status, error_xml(&refusal)),
            },
        };
        Reply::Answer {
            status,
            headers: vec![
                ("Content-Type".to_owned(), "text/xml".to_owned()),
                ("Date".to_owned(), http_date(self.now())),
            ],
            body,
        }
    }
}

fn form(body: &[u8]) -> BTreeMap<String, String> {
    String::from_utf8_lossy(body)
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits =
                    [rest.next(), rest.next()].map(|digit| char::from(digit.unwrap_or(b'0')));
                let digits: String = digits.iter().collect();
                u8::from_str_radix(&digits, 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
