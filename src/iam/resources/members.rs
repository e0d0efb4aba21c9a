//! Names and texts of a request's body: of an object in JSON, or of a form.

use std::borrow::Cow;

use super::place::is_arn;
use crate::iam::module::Protocol;
use crate::iam::operation::Operation;
use crate::iam::request::Request;
use crate::json;

/// A member that is a list is there once for each of its texts.
pub(super) struct Members(Vec<(String, String)>);

impl Members {
    pub(super) fn of(operation: &Operation, request: &Request<'_>) -> Self {
        let found = match is_json(operation.protocol) {
            true => of_json(request.body),
            false => Some(of_form(request)),
        };
        Self(found.unwrap_or_default())
    }

    /// The texts of these members, in the order of the request.
    pub(super) fn all<'m>(&'m self, names: &[&str]) -> impl Iterator<Item = &'m str> + use<'m> {
        let found = self
            .0
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()));
        let found: Vec<_> = found.map(|(_, text)| text.as_str()).collect();
        found.into_iter().filter(|text| !text.is_empty())
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all(&[name]).next()
    }

    /// The texts of members whose names fit.
    pub(super) fn called(&self, fits: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |(name, _)| fits(name));
        found.map(|(_, text)| text.as_str())
    }

    /// Members that are called ARN and are one.
    pub(super) fn called_arns(&self) -> Vec<String> {
        let found = self.called(|name| name.to_ascii_lowercase().ends_with("arn"));
        found
            .filter(|text| is_arn(text))
            .map(ToOwned::to_owned)
            .collect()
    }
}

/// Whether the body of the protocol's requests is JSON.
fn is_json(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Json | Protocol::RestJson)
}

fn of_json(body: Option<&[u8]>) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(body?).ok()?;
    let mut found = Vec::new();
    for (name, value) in json::members(text)? {
        match value.as_bytes().first() {
            Some(b'"') => found.push((name, json::string(value)?.into_owned())),
            Some(b'[') => {
                // A list of other things than texts has none.
                let elements = json::elements(value).unwrap_or_default().into_iter();
                let texts = elements.filter_map(json::string);
                found.extend(texts.map(|text| (name.clone(), text.into_owned())));
            }
            _ => {}
        }
    }
    Some(found)
}

/// `Names.member.1` and `QueueUrl.1` are elements of `Names` and `QueueUrl`.
fn of_form(request: &Request<'_>) -> Vec<(String, String)> {
    let form = request.form().unwrap_or_default();
    let all = request.query.iter().chain(&form);
    all.map(|(name, value)| (without_index(name).to_owned(), Cow::to_string(value)))
        .collect()
}

fn without_index(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((start, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            start.strip_suffix(".member").unwrap_or(start)
        }
        _ => name,
    }
}
