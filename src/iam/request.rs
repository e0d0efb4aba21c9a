//! A request, as the look-up of its operation sees it.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use percent_encoding::percent_decode_str;

use super::refusal::Refusal;

/// EC2's longest lists have a thousand entries with a few parameters each.
const MOST_PARAMETERS: usize = 16_384;

/// Headers by which some servers take another method than the request's.
const METHOD_OVERRIDES: [&str; 3] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// Service and region of the scope that the client signed for. They are a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    pub service: &'a str,
    pub region: &'a str,
}

impl Scope<'_> {
    /// Whether the path is a bucket and a key, which S3 takes as they are sent.
    #[must_use]
    pub fn is_s3(&self) -> bool {
        ["s3", "s3express", "s3-object-lambda"].contains(&self.service)
    }
}

/// What of a request says which operation it is.
#[derive(Debug)]
pub struct Request<'a> {
    pub method: &'a str,
    /// As sent, without `/~module`.
    pub path: &'a str,
    /// Names and values, decoded.
    pub query: Vec<Parameter<'a>>,
    /// As sent.
    raw_query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    /// None for a request without a signature.
    pub scope: Option<Scope<'a>>,
    /// The body, where it is held. [`Self::wants_body`] says for which requests it must be.
    pub body: Option<&'a [u8]>,
    /// From `/~module`.
    pub(super) module: Option<&'a str>,
}

/// A name and a value of a query or of a form, decoded.
pub type Parameter<'a> = (Cow<'a, str>, Cow<'a, str>);

impl<'a> Request<'a> {
    /// `target` is the request's, in origin form: `/path?query`.
    pub fn new(
        method: &'a str,
        target: &'a str,
        headers: &'a HeaderMap,
        scope: Option<Scope<'a>>,
        body: Option<&'a [u8]>,
    ) -> Result<Self, Refusal> {
        let (path, raw_query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        if !path.starts_with('/') || target.contains('#') {
            return Err(Refusal::Target);
        }
        check_encoding(target)?;
        if METHOD_OVERRIDES
            .iter()
            .any(|name| headers.contains_key(*name))
        {
            return Err(Refusal::MethodOverride);
        }
        let (module, path) = without_module(path);
        if scope.is_some_and(|scope| scope.is_s3()) {
            check_dots(path)?;
        } else {
            check_path(path)?;
        }
        let request = Self {
            method,
            path,
            query: parameters(raw_query.unwrap_or_default(), Plus::IsItself)?,
            raw_query,
            headers,
            scope,
            body,
            module,
        };
        let target = request.header("x-amz-target")?;
        let names_another = ["Action", "X-Amz-Target"]
            .iter()
            .any(|name| request.has_in_query(name));
        if target.is_some() && names_another {
            return Err(Refusal::TwoOperations);
        }
        request.header("content-type")?;
        request.check_charset()?;
        Ok(request)
    }

    /// A body that says what the call is would be another text in another character set.
    fn check_charset(&self) -> Result<(), Refusal> {
        let Some(value) = self.header("content-type")? else {
            return Ok(());
        };
        let mut parameters = value.split(';').skip(1).map(str::trim);
        let is_utf8 = |charset: &str| charset.trim_matches('"').eq_ignore_ascii_case("utf-8");
        let is_other = parameters.any(|parameter| {
            let (name, charset) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.trim().eq_ignore_ascii_case("charset") && !is_utf8(charset.trim())
        });
        match is_other && (self.is_form() || self.has_header("x-amz-target")) {
            true => Err(Refusal::ContentType),
            false => Ok(()),
        }
    }

    /// Whether the operation, or which actions it needs, depends on the body.
    #[must_use]
    pub fn wants_body(&self) -> bool {
        if self.scope.is_some_and(|scope| scope.is_s3()) {
            // Any other body is an object, of whatever type and size.
            return self.method == "POST" && self.once("delete").is_some();
        }
        (self.method == "POST" && self.is_form())
            || self.has_header("x-amz-target")
            || self.once("Action").is_some()
    }

    /// The bucket of a request to S3, as it stands in the path.
    #[must_use]
    pub fn bucket(&self) -> Option<&'a str> {
        self.segments().next().filter(|name| !name.is_empty())
    }

    /// Path and query as they are sent on: without `/~module`, and without the bucket where that is
    /// in the host.
    #[must_use]
    pub fn target(&self, bucket_in_host: bool) -> String {
        let path = match (bucket_in_host, self.bucket()) {
            (true, Some(bucket)) => &self.path[1 + bucket.len()..],
            _ => self.path,
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        let query = self.raw_query.map(|query| format!("?{query}"));
        format!("{slash}{path}{}", query.unwrap_or_default())
    }

    /// A header that may come once.
    pub(super) fn header(&self, name: &'static str) -> Result<Option<&'a str>, Refusal> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(Refusal::RepeatedHeader(name));
        }
        // What is no ASCII is a value, though none that means something here.
        Ok(first.map(|value| value.to_str().unwrap_or("\u{fffd}")))
    }

    pub(super) fn has_header(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// A part of the query that may come once. None where it does not come.
    pub(super) fn once(&self, name: &str) -> Option<Result<&str, Refusal>> {
        once(&self.query, name)
    }

    /// Whether the query has this name, in whatever letters.
    pub(crate) fn has_in_query(&self, name: &str) -> bool {
        let mut names = self.query.iter().map(|(found, _)| found);
        names.any(|found| found.eq_ignore_ascii_case(name))
    }

    /// A header of S3, or its value in the query, where signed URLs carry it.
    pub(super) fn has_amz(&self, name: &str) -> bool {
        self.has_header(name)
            || self
                .query
                .iter()
                .any(|(found, _)| found.eq_ignore_ascii_case(name))
    }

    /// All values of such a header, wherever they stand.
    pub(super) fn amz_values(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        let headers = self.headers.get_all(name).into_iter();
        let headers = headers.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let query = self.query.iter();
        let query = query
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| Cow::Borrowed(value.as_ref()));
        headers.chain(query)
    }

    pub(super) fn media_type(&self) -> Option<&'a str> {
        let value = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        Some(value.split(';').next().unwrap_or_default().trim())
    }

    pub(super) fn is_form(&self) -> bool {
        self.media_type()
            .is_some_and(|found| found.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    }

    /// What a form has in it; nothing where the body is no form.
    pub(super) fn form(&self) -> Result<Vec<Parameter<'a>>, Refusal> {
        if !self.is_form() || self.is_bare() {
            return Ok(Vec::new());
        }
        let body = self.body.ok_or(Refusal::NoBody)?;
        let text = std::str::from_utf8(body).map_err(|_| Refusal::Encoding)?;
        parameters(text, Plus::IsBlank)
    }

    /// Whether it is known to have no body.
    pub(super) fn is_bare(&self) -> bool {
        self.body.map_or(self.method == "GET", <[u8]>::is_empty)
    }

    /// The parts of the path between slashes, as sent. A slash at the end is none.
    pub(super) fn segments(&self) -> impl Iterator<Item = &'a str> {
        segments(self.path)
    }
}

/// The value of a parameter that may come once. Case counts, but another case is the same name again.
pub(super) fn once<'p>(
    parameters: &'p [Parameter<'_>],
    name: &str,
) -> Option<Result<&'p str, Refusal>> {
    let mut found = parameters
        .iter()
        .filter(|(one, _)| one.eq_ignore_ascii_case(name));
    let (first, value) = found.next()?;
    if found.next().is_some() {
        return Some(Err(Refusal::RepeatedParameter(name.to_owned())));
    }
    (*first == name).then_some(Ok(value))
}

/// `/a/b/` → `a`, `b`.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').filter(move |_| !path.is_empty())
}

/// `/~sesv2/v2/email` → `sesv2` and `/v2/email`.
fn without_module(path: &str) -> (Option<&str>, &str) {
    let Some(rest) = path.strip_prefix("/~") else {
        return (None, path);
    };
    match rest.find('/') {
        Some(end) => (Some(&rest[..end]), &rest[end..]),
        None => (Some(rest), "/"),
    }
}

/// Two hexadecimal digits behind each `%`, and nothing that has to be encoded.
fn check_encoding(text: &str) -> Result<(), Refusal> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_sound = match byte {
            b'%' => {
                let mut digit = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
                digit() && digit()
            }
            _ => byte.is_ascii_graphic(),
        };
        if !is_sound {
            return Err(Refusal::Encoding);
        }
    }
    Ok(())
}

/// Only S3 takes a path as it is. All others remove dots and double slashes before they read it, so
/// that what was signed is not what was sent.
pub(super) fn check_path(path: &str) -> Result<(), Refusal> {
    if path.contains("//") {
        return Err(Refusal::Path);
    }
    for segment in segments(path) {
        let decoded: Cow<'_, [u8]> = percent_decode_str(segment).into();
        let is_dots = matches!(&*decoded, b"." | b"..");
        if is_dots
            || decoded
                .iter()
                .any(|byte| matches!(byte, 0 | b'\r' | b'\n' | b'\\'))
        {
            return Err(Refusal::Path);
        }
    }
    Ok(())
}

/// S3 takes dots as they are. Dots that are encoded would be sent as dots, and a server before S3 might
/// take them for a way up.
fn check_dots(path: &str) -> Result<(), Refusal> {
    let is_hidden = |segment: &str| {
        let decoded: Cow<'_, [u8]> = percent_decode_str(segment).into();
        segment.contains('%') && matches!(&*decoded, b"." | b"..")
    };
    match segments(path).any(is_hidden) {
        true => Err(Refusal::Path),
        false => Ok(()),
    }
}

/// What a plus sign stands for: a blank in a form, itself in a query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    IsBlank,
    IsItself,
}

fn parameters(text: &str, plus: Plus) -> Result<Vec<Parameter<'_>>, Refusal> {
    // Some servers take it for an ampersand.
    if plus == Plus::IsBlank && text.contains(';') {
        return Err(Refusal::Encoding);
    }
    let mut found = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        if found.len() == MOST_PARAMETERS {
            return Err(Refusal::TooManyParameters);
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        found.push((decoded(name, plus)?, decoded(value, plus)?));
    }
    Ok(found)
}

fn decoded(text: &str, plus: Plus) -> Result<Cow<'_, str>, Refusal> {
    let found = percent_decode_str(text).decode_utf8();
    let found = found.map_err(|_| Refusal::Encoding)?;
    if plus == Plus::IsItself || !text.contains('+') {
        return Ok(found);
    }
    let blanks = text.replace('+', " ");
    let found = percent_decode_str(&blanks).decode_utf8_lossy();
    Ok(Cow::Owned(found.into_owned()))
}

#[cfg(test)]
mod tests;
