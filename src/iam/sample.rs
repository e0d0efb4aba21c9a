//! Requests for tests.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::lookup::lookup;
use super::needs::Needs;
use super::operation::{Meaning, Operation};
use super::place::Place;
use super::refusal::Refusal;
use super::request::{Request, Scope};

/// Where calls go.
pub(crate) const PLACE: Place<'static> = Place {
    partition: "aws",
    region: "eu-west-1",
    account: Some("123456789012"),
};

/// A request, step by step.
pub(crate) struct Sample {
    method: &'static str,
    target: String,
    headers: HeaderMap,
    service: Option<&'static str>,
    body: Option<Vec<u8>>,
}

pub(crate) fn signed(service: &'static str, method: &'static str, target: &str) -> Sample {
    Sample {
        method,
        target: target.to_owned(),
        headers: HeaderMap::new(),
        service: Some(service),
        body: None,
    }
}

/// A call of the JSON protocol.
pub(crate) fn json(service: &'static str, target: &str) -> Sample {
    signed(service, "POST", "/")
        .header("x-amz-target", target)
        .header("content-type", "application/x-amz-json-1.0")
}

/// A form.
pub(crate) fn form(service: &'static str, body: &str) -> Sample {
    signed(service, "POST", "/")
        .header(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .body(body)
}

impl Sample {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::try_from(value).expect("a value");
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.body = Some(body.as_bytes().to_vec());
        self
    }

    pub(crate) fn bytes(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    pub(crate) fn unsigned(mut self) -> Self {
        self.service = None;
        self
    }

    pub(crate) fn request(&self) -> Result<Request<'_>, Refusal> {
        let scope = self.service.map(|service| Scope {
            service,
            region: "eu-west-1",
        });
        Request::new(
            self.method,
            &self.target,
            &self.headers,
            scope,
            self.body.as_deref(),
        )
    }

    pub(crate) fn meaning(&self) -> Result<Meaning, Refusal> {
        lookup(&self.request()?)
    }

    /// `module.Operation`, several with `|` between them, `?`, or why it is refused.
    pub(crate) fn found(&self) -> String {
        match self.meaning() {
            Ok(Meaning::Known(first, others)) => {
                let all = std::iter::once(first).chain(others);
                let names: Vec<_> = all
                    .map(|one| format!("{}.{}", one.module.name, one.name()))
                    .collect();
                names.join("|")
            }
            Ok(Meaning::Unknown(_)) => "?".to_owned(),
            Err(refusal) => refusal.to_string(),
        }
    }

    pub(crate) fn operation(&self) -> Operation {
        let meaning = self.meaning().expect("a sound request");
        meaning.only().unwrap_or_else(|| panic!("{meaning:?}"))
    }

    /// The certain actions, with blanks between them.
    pub(crate) fn actions(&self) -> String {
        let needs = Needs::of(&self.operation(), &self.request().expect("sound"));
        let texts: Vec<_> = needs.certain.iter().map(ToString::to_string).collect();
        texts.join(" ")
    }
}
