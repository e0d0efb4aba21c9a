//! Signatures against those of botocore and of `aws-sigv4`, and what is refused.

mod chunked;
mod oracle;
mod refused;
mod tampered;
mod untrue;
mod vectors;

use std::sync::LazyLock;
use std::time::SystemTime;

use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use secrecy::SecretString;
use serde::Deserialize;

use super::claim::Claim;
use super::time;
use crate::credentials::{CredentialValues, Credentials};
use crate::digest::sha256_hex;
use crate::keyless::keys::IssuedSet;

/// What `scripts/signatures.py` wrote.
#[derive(Deserialize)]
struct File {
    now: String,
    issued: [String; 3],
    real: [String; 3],
    vectors: Vec<Vector>,
}

/// A request as botocore signed it.
#[derive(Debug, Deserialize, Clone)]
struct Vector {
    name: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    upstream: Upstream,
}

/// What botocore makes of it for AWS.
#[derive(Debug, Deserialize, Clone)]
struct Upstream {
    uri: String,
    sent: String,
    name: String,
    region: String,
    headers: Vec<(String, String)>,
    /// Where its chunks are signed.
    body: Option<String>,
}

static FILE: LazyLock<File> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).expect("vectors"));

fn now() -> SystemTime {
    time::parse(&FILE.now).expect("a date")
}

fn issued() -> IssuedSet {
    let [id, secret, token] = &FILE.issued;
    IssuedSet {
        access_key_id: id.clone(),
        secret_access_key: SecretString::from(secret.as_str()),
        session_token: SecretString::from(token.as_str()),
    }
}

fn real() -> Credentials {
    let [id, secret, token] = &FILE.real;
    Credentials::new(CredentialValues {
        access_key_id: id.clone(),
        secret_access_key: SecretString::from(secret.as_str()),
        session_token: Some(SecretString::from(token.as_str())),
        expiration: None,
        account_id: None,
    })
    .expect("a set")
}

impl Vector {
    fn named(name: &str) -> Self {
        let found = FILE.vectors.iter().find(|vector| vector.name == name);
        found.expect("a vector").clone()
    }

    fn parts(&self) -> Parts {
        parts(&self.method, &self.target, &self.headers)
    }

    fn claim(&self) -> Claim {
        Claim::read(&self.parts()).expect("a claim")
    }

    fn body_sha256(&self) -> String {
        sha256_hex(&self.body)
    }

    /// Whether it is accepted at this time. Why not, otherwise.
    fn check(&self, now: SystemTime) -> Result<(), String> {
        let parts = self.parts();
        let claim = Claim::read(&parts).map_err(|error| error.to_string())?;
        let body = self.body_sha256();
        let verdict = claim.verify(&parts, &issued(), Some(&body), now);
        verdict.map_err(|wrong| wrong.to_string())
    }

    /// The same with another value of a header, or with one more.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(one, _)| !one.eq_ignore_ascii_case(name));
        self.and(name, value)
    }

    fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(one, _)| !one.eq_ignore_ascii_case(name));
        self
    }

    /// With `old` replaced in the target and in `Authorization`.
    fn replaced(mut self, old: &str, new: &str) -> Self {
        let before = (self.target.clone(), self.headers.clone());
        self.target = self.target.replace(old, new);
        for (name, value) in &mut self.headers {
            if name == "Authorization" {
                *value = value.replace(old, new);
            }
        }
        assert_ne!(before, (self.target.clone(), self.headers.clone()), "{old}");
        self
    }
}

fn parts(method: &str, target: &str, headers: &[(String, String)]) -> Parts {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        let name = HeaderName::try_from(name).expect("a name");
        request = request.header(name, HeaderValue::from_str(value).expect("a value"));
    }
    request.body(()).expect("a request").into_parts().0
}

fn json() -> Vector {
    Vector::named("JSON: a table")
}

fn presigned() -> Vector {
    Vector::named("presigned: an object")
}
