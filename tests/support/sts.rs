//! An own small STS, with a clock and a memory.
//!
//! moto records no parameters, lets every session live for ever, takes any MFA code and any
//! policy. This one checks signatures and session tokens, knows which sets have ended by a clock
//! that a test can move, takes each MFA code once, holds a chained role to an hour, and keeps
//! every call for a test to look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as SigningKeys;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::credential_endpoint::RotatingSet;
use super::http_server::{HttpServer, Reply, Request, http_date};

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

    fn act(&mut self, call: &Call, request: &Request) -> Result<String, Refusal> {
        if call.action == "AssumeRoleWithWebIdentity" {
            return self.assume_role_with_web_identity(call);
        }
        let caller = self.caller(request)?;
        match call.action.as_str() {
            "GetCallerIdentity" => Ok(format!(
                "<Arn>{}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{ACCOUNT}</Account>",
                caller.arn
            )),
            "GetSessionToken" => self.get_session_token(call, &caller),
            "AssumeRole" => self.assume_role(call, &caller),
            other => refuse(400, "InvalidAction", &format!("no action {other}")),
        }
    }

    /// Whose call it is, after checking its signature, its token and its end.
    fn caller(&self, request: &Request) -> Result<Identity, Refusal> {
        let Some(scope) = credential(request) else {
            return refuse(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            );
        };
        let signed_at = request.headers.get("x-amz-date").map(String::as_str);
        let Some(signed_at) = signed_at.and_then(compact_time) else {
            return refuse(403, "IncompleteSignature", "no X-Amz-Date");
        };
        let off = match self.now().duration_since(signed_at) {
            Ok(off) => off,
            Err(error) => error.duration(),
        };
        if off > Duration::from_secs(300) {
            return refuse(
                403,
                "SignatureDoesNotMatch",
                "Signature expired: it is not within 5 minutes of now",
            );
        }
        let Some(identity) = self.identities.get(&scope.access_key_id) else {
            return refuse(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            );
        };
        if request.headers.get("x-amz-security-token") != identity.token.as_ref() {
            return refuse(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            );
        }
        if identity.end.is_some_and(|end| end <= self.now()) {
            return refuse(
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
            );
        }
        if signature(request, &scope, identity, signed_at) != scope.signature {
            let token = identity.token.clone().unwrap_or_default();
            let message = format!(
                "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:{token}'"
            );
            return refuse(403, "SignatureDoesNotMatch", &message);
        }
        Ok(identity.clone())
    }

    fn check_code(&mut self, call: &Call) -> Result<bool, Refusal> {
        let (Some(serial), Some(code)) = (call.get("SerialNumber"), call.get("TokenCode")) else {
            return Ok(false);
        };
        let taken = self
            .devices
            .get_mut(serial)
            .is_some_and(|codes| codes.remove(code));
        if taken {
            return Ok(true);
        }
        refuse(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        )
    }

    fn get_session_token(&mut self, call: &Call, caller: &Identity) -> Result<String, Refusal> {
        if caller.token.is_some() {
            return refuse(
                403,
                "AccessDenied",
                "Cannot call GetSessionToken with session credentials",
            );
        }
        let has_mfa = self.check_code(call)?;
        let life = seconds(call).unwrap_or(43_200);
        Ok(self.make_set(&caller.arn, life, has_mfa))
    }

    fn assume_role(&mut self, call: &Call, caller: &Identity) -> Result<String, Refusal> {
        let arn = call.get("RoleArn").unwrap_or_default().to_owned();
        let has_mfa = self.check_code(call)? || caller.has_mfa;
        let empty = Role::default();
        let role = self.roles.get(&arn).unwrap_or(&empty);
        let id_fits =
            role.external_id.is_none() || role.external_id.as_deref() == call.get("ExternalId");
        if role.denied || !id_fits || (role.needs_mfa && !has_mfa) {
            let message = format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                caller.arn
            );
            return refuse(403, "AccessDenied", &message);
        }
        let life = seconds(call).unwrap_or(3600);
        if caller.arn.contains(":assumed-role/") && life > 3600 {
            let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
            return refuse(400, "ValidationError", message);
        }
        Ok(self.assumed(&arn, call, life))
    }

    fn assume_role_with_web_identity(&mut self, call: &Call) -> Result<String, Refusal> {
        let token = call.get("WebIdentityToken").unwrap_or_default();
        if !self.web_tokens.contains(token) {
            return refuse(
                400,
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider",
            );
        }
        let arn = call.get("RoleArn").unwrap_or_default().to_owned();
        Ok(self.assumed(&arn, call, seconds(call).unwrap_or(3600)))
    }

    fn assumed(&mut self, role_arn: &str, call: &Call, life: u64) -> String {
        let name = role_arn.rsplit('/').next().unwrap_or_default();
        let session = call.get("RoleSessionName").unwrap_or_default();
        let account = role_arn.split(':').nth(4).unwrap_or(ACCOUNT);
        let arn = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
        let set = self.make_set(&arn, life, false);
        format!(
            "{set}<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROA:{session}</AssumedRoleId></AssumedRoleUser>"
        )
    }

    fn make_set(&mut self, arn: &str, life: u64, has_mfa: bool) -> String {
        self.made += 1;
        let key = format!("ASIASTS{:09}", self.made);
        let (secret, token) = (
            format!("{SECRET}{}", self.made),
            format!("{SESSION_TOKEN}{}", self.made),
        );
        let end = self.now() + Duration::from_secs(life);
        let identity = Identity {
            secret: secret.clone(),
            token: Some(token.clone()),
            end: Some(end),
            arn: arn.to_owned(),
            has_mfa,
        };
        self.identities.insert(key.clone(), identity);
        let end = DateTime::from_secs(DateTime::from(end).secs());
        let end = end.fmt(Format::DateTime).expect("a time");
        format!(
            "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken><Expiration>{end}</Expiration></Credentials>"
        )
    }
}

fn seconds(call: &Call) -> Option<u64> {
    call.get("DurationSeconds")?.parse().ok()
}

/// What `Authorization` says.
struct Scope {
    access_key_id: String,
    region: String,
    signed_headers: Vec<String>,
    signature: String,
}

fn credential(request: &Request) -> Option<Scope> {
    let header = request.headers.get("authorization")?;
    let part = |name: &str| {
        let (_, rest) = header.split_once(&format!("{name}="))?;
        Some(rest.split([',', ' ']).next()?.to_owned())
    };
    let scope = part("Credential")?;
    let mut scope = scope.split('/');
    Some(Scope {
        access_key_id: scope.next()?.to_owned(),
        region: scope.nth(1)?.to_owned(),
        signed_headers: part("SignedHeaders")?
            .split(';')
            .map(str::to_owned)
            .collect(),
        signature: part("Signature")?,
    })
}

/// The signature that the request should have.
fn signature(request: &Request, scope: &Scope, identity: &Identity, at: SystemTime) -> String {
    let keys = SigningKeys::new(
        &scope.access_key_id,
        &identity.secret,
        identity.token.clone(),
        None,
        "stand-in",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&keys)
        .region(&scope.region)
        .name("sts")
        .time(at)
        .settings(SigningSettings::default())
        .build()
        .expect("whole parameters")
        .into();
    let url = format!("http://{}{}", request.headers["host"], request.target);
    // The signer adds these two itself.
    let own = ["x-amz-date", "x-amz-security-token"];
    let headers = scope
        .signed_headers
        .iter()
        .filter(|name| !own.contains(&name.as_str()))
        .filter_map(|name| Some((name.as_str(), request.headers.get(name)?.as_str())));
    let body = SignableBody::Bytes(&request.body);
    let signable =
        SignableRequest::new(&request.method, url, headers, body).expect("a request to sign");
    sign(signable, &parameters)
        .expect("a signature")
        .signature()
        .to_owned()
}

/// `20261124T081500Z`.
fn compact_time(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let part = |text: &str, at: usize, length: usize| text.get(at..at + length).map(str::to_owned);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(date, 0, 4)?,
        part(date, 4, 2)?,
        part(date, 6, 2)?,
        part(time, 0, 2)?,
        part(time, 2, 2)?,
        part(time, 4, 2)?
    );
    let time = DateTime::from_str(&text, Format::DateTime).ok()?;
    time.try_into().ok()
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

fn result_xml(action: &str, result: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )
}

fn error_xml(refusal: &Refusal) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>1</RequestId></ErrorResponse>",
        refusal.code, refusal.message
    )
}
