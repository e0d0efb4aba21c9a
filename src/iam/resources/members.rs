//! Names and texts of a request: of its path and query, of an object in JSON, or of a form.

use std::borrow::Cow;

use crate::cbor;
use crate::iam::literal::literal;
use crate::iam::module::Protocol;
use crate::iam::operation::Operation;
use crate::iam::place::{begins_as_arn, decoded};
use crate::iam::request::{Request, segments};
use crate::json;
use crate::xml;

/// As many texts of a request are kept, and none that is longer: no name and no ARN is.
const MOST: usize = 4096;
const LONGEST: usize = 2048;
/// No path in the tables is as long. A member whose path is longer is not followed: each text below it
/// would have its name again.
const LONGEST_PATH: usize = 256;
/// The same with the numbers of lists in it. A longer name of a form is not taken apart.
const LONGEST_NAME: usize = 4 * LONGEST_PATH;
/// Paths and texts have at most as many bytes together.
const ROOM: usize = 1024 * 1024;
/// Objects and lists are followed as deep. Paths of the tables have half as many names.
const DEEPEST: usize = 12;
/// Of a longer member, what is in it is not read.
const FOLLOWED: usize = 4 * 1024 * 1024;

/// Paths with texts: `:0` is the first label of the path, `?x` is in the query of a call that has its
/// operation in method and path, `A.B` is in the body. Numbers of list elements are left out, so that
/// a list is there once for each of its texts. Texts are patterns, in which what a name has is literal.
#[derive(Default)]
pub(super) struct Members {
    found: Vec<(String, String)>,
    bytes: usize,
    /// Names and ARNs that are not kept, because they are too long.
    overlong_names: usize,
    /// There is more than could be read.
    is_cut: bool,
}

impl Members {
    pub(super) fn of(operation: &Operation, request: &Request<'_>) -> Self {
        let mut found = Self::default();
        match operation.protocol {
            Protocol::RestJson | Protocol::RestXml => found.add_target(operation, request),
            Protocol::Query | Protocol::Ec2 => found.add_form(request),
            Protocol::Json | Protocol::Cbor => {}
        }
        let is_document = operation.protocol == Protocol::RestJson && !operation.is_named_in_body();
        if is_json(operation.protocol) && !is_document {
            found.add_document(request.body.unwrap_or_default());
        }
        if operation.protocol == Protocol::RestXml && operation.is_named_in_body() {
            found.add_xml(request.body.unwrap_or_default());
        }
        if operation.protocol == Protocol::Cbor {
            found.add_cbor(request.body.unwrap_or_default());
        }
        found
    }

    /// Whether the request has more than what is here.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// How many names and ARNs are longer than any of AWS's.
    pub(super) fn overlong_names(&self) -> usize {
        self.overlong_names
    }

    /// Of an answer. XML has the names of elements only, without those around them.
    pub(super) fn of_answer(protocol: Protocol, body: &[u8]) -> Self {
        let mut found = Self::default();
        match protocol {
            Protocol::Json | Protocol::RestJson => {
                found.add_document(body);
            }
            Protocol::Query | Protocol::Ec2 | Protocol::RestXml => found.add_xml(body),
            Protocol::Cbor => found.add_cbor(body),
        }
        found
    }

    /// The texts of these members, in the order of the request.
    pub(super) fn all<'m>(&'m self, names: &[&str]) -> impl Iterator<Item = &'m str> + use<'m> {
        let found = self.found.iter();
        let found = found.filter(|(path, _)| names.contains(&path.as_str()));
        let found: Vec<_> = found.map(|(_, text)| text.as_str()).collect();
        found.into_iter().filter(|text| !text.is_empty())
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all(&[name]).next()
    }

    /// The texts of a path of the tables, which can be of a header, too: `!name`.
    pub(super) fn texts<'m>(&'m self, path: &str, request: &'m Request<'_>) -> Vec<Cow<'m, str>> {
        match path.strip_prefix('!') {
            Some(header) => {
                let values = request.headers.get_all(header).iter();
                let values = values.filter_map(|value| value.to_str().ok());
                values.map(literal).collect()
            }
            None if path.is_empty() => Vec::new(),
            None => {
                let found = self.found.iter().filter(|(one, _)| one == path);
                let texts = found.map(|(_, text)| text.as_str());
                texts
                    .filter(|text| !text.is_empty())
                    .map(Cow::Borrowed)
                    .collect()
            }
        }
    }

    /// Whether anything is at the path or below it.
    pub(super) fn has(&self, path: &str) -> bool {
        self.found.iter().any(|(one, _)| {
            let below = one.strip_prefix(path);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// Whether there are tags under another name than that of the path. The query protocol of a service has
    /// its names in other cases and numbers: `Tag.1.Key` for `tags`.
    pub(super) fn have_tags(&self, path: &str) -> bool {
        fn first(path: &str) -> String {
            let name = path.split('.').next().unwrap_or_default();
            name.to_ascii_lowercase().trim_end_matches('s').to_owned()
        }
        let wanted = first(path);
        wanted.starts_with("tag") && self.found.iter().any(|(one, _)| first(one) == wanted)
    }

    /// The texts of members whose paths fit.
    pub(super) fn called(&self, fits: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
        let found = self.found.iter().filter(move |(path, _)| fits(path));
        found.map(|(_, text)| text.as_str())
    }

    /// All paths with their texts.
    pub(super) fn all_paths(&self) -> impl Iterator<Item = (&str, &str)> {
        let found = self.found.iter();
        found.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Members on top that are called ARN and are one.
    pub(super) fn called_arns(&self) -> Vec<String> {
        let found =
            self.called(|path| !path.contains('.') && path.to_ascii_lowercase().ends_with("arn"));
        found
            .filter(|text| begins_as_arn(text))
            .map(ToOwned::to_owned)
            .collect()
    }

    fn add(&mut self, path: String, text: &str) {
        if text.len() > LONGEST {
            return self.add_overlong(path);
        }
        let bytes = self.bytes + path.len() + text.len();
        if path.len() > LONGEST_PATH {
            return;
        }
        if bytes > ROOM || self.found.len() == MOST {
            self.is_cut = true;
            return;
        }
        self.found.push((path, literal(text).into_owned()));
        self.bytes = bytes;
    }

    /// That something is there is kept of a text that is too long.
    fn add_overlong(&mut self, path: String) {
        self.overlong_names += usize::from(is_of_a_name(&path));
        self.add(path, "");
    }

    /// The labels of the path, and the query.
    fn add_target(&mut self, operation: &Operation, request: &Request<'_>) {
        let route = operation.row.route.as_ref();
        let wanted: Vec<_> = route.map_or_else(Vec::new, |route| segments(route.path).collect());
        let there: Vec<_> = request.segments().collect();
        // What follows a label that takes slashes is at the end.
        let more = (there.len() + 1).saturating_sub(wanted.len());
        let mut rest = there.as_slice();
        let mut number = 0;
        for part in wanted {
            let length = if part == "{+}" { more } else { 1 };
            let Some((these, after)) = rest.split_at_checked(length) else {
                return;
            };
            rest = after;
            if part.starts_with('{') {
                let text = these.join("/");
                self.add(format!(":{number}"), &decoded(&text));
                number += 1;
            }
        }
        for (name, text) in &request.query {
            self.add(format!("?{name}"), text);
        }
    }

    /// `Targets.member.1.Id` → `Targets.Id`.
    fn add_form(&mut self, request: &Request<'_>) {
        let form = request.form();
        self.is_cut |= form.is_err() && request.body.is_some_and(|body| !body.is_empty());
        let form = form.unwrap_or_default();
        for (name, text) in request.query.iter().chain(&form) {
            if name.len() > LONGEST_NAME {
                self.is_cut = true;
                continue;
            }
            let names = name.split('.');
            let is_of_list = |part: &&str| {
                let mut bytes = part.bytes();
                *part == "member" || bytes.all(|byte| byte.is_ascii_digit())
            };
            let names = names.filter(|part| !is_of_list(part));
            let path: Vec<_> = names.collect();
            self.add(path.join("."), text);
        }
    }

    fn add_xml(&mut self, body: &[u8]) {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let text = text.trim_start_matches('\u{feff}');
        let leaves = xml::leaves(text);
        self.is_cut |= leaves.is_none() && !text.is_empty();
        for leaf in leaves.unwrap_or_default() {
            let value = leaf.value().unwrap_or_default();
            self.add(leaf.name.to_owned(), &value);
        }
    }

    /// A document in CBOR. One without a body has no members.
    fn add_cbor(&mut self, body: &[u8]) {
        let mut each = |path: &[&str], text: &str| {
            let length: usize = path.iter().map(|name| name.len() + 1).sum();
            if length <= LONGEST_PATH {
                self.add(path.join("."), text);
            }
        };
        let is_read = body.is_empty() || cbor::leaves(body, &mut each).is_some();
        self.is_cut |= !is_read;
    }

    /// A document in JSON, which is an object.
    fn add_document(&mut self, body: &[u8]) {
        let text = std::str::from_utf8(body).unwrap_or_default().trim_ascii();
        let is_object = text.starts_with('{');
        self.is_cut |= !is_object && !body.is_empty();
        if is_object {
            self.add_json("", text, 0);
        }
    }

    fn add_json(&mut self, path: &str, text: &str, depth: usize) {
        let is_deep = depth == DEEPEST || (depth == 1 && text.len() > FOLLOWED);
        match text.as_bytes().first() {
            Some(b'"') => {
                // Longer ones are not needed, and would be copied.
                if text.len() > 6 * LONGEST {
                    return self.add_overlong(path.to_owned());
                }
                let text = json::string(text);
                self.add(path.to_owned(), &text.unwrap_or(Cow::Borrowed("")));
            }
            Some(b'{') if !is_deep => {
                let members = json::members(text);
                self.is_cut |= members.is_none();
                for (name, value) in members.unwrap_or_default() {
                    if path.len() + name.len() >= LONGEST_PATH {
                        continue;
                    }
                    let path = match path {
                        "" => name,
                        _ => format!("{path}.{name}"),
                    };
                    self.add_json(&path, value, depth + 1);
                }
            }
            Some(b'[') if depth < DEEPEST => {
                let elements = json::elements(text);
                self.is_cut |= elements.is_none();
                for element in elements.unwrap_or_default() {
                    let is_text = element.starts_with('"');
                    if is_text || !is_deep {
                        self.add_json(path, element, depth + 1);
                    } else {
                        self.is_cut = true;
                    }
                }
            }
            Some(b'{' | b'[') => self.is_cut = true,
            _ => {}
        }
    }
}

/// The name of a member, without those that it is in.
pub(super) fn last(path: &str) -> &str {
    path.rsplit(['.', '?']).next().unwrap_or(path)
}

/// Whether the member is called as those that say what a call is about: most others may be long.
fn is_of_a_name(path: &str) -> bool {
    const ENDS: [&str; 7] = ["name", "names", "arn", "arns", "id", "ids", "queueurl"];
    let name = last(path).to_ascii_lowercase();
    path.starts_with(':') || ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether the body of the protocol's requests is JSON.
fn is_json(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Json | Protocol::RestJson)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Members {
        Members::of_answer(Protocol::Json, body.as_bytes())
    }

    #[test]
    fn a_long_name_is_not_kept_once_for_each_member_below_it() {
        let long = "n".repeat(200_000);
        let texts = vec![r#"{"a":"b"}"#; 4096].join(",");
        let members = of(&format!(r#"{{"{long}":[{texts}],"Name":"n"}}"#));
        assert_eq!(members.found, [("Name".to_owned(), "n".to_owned())]);
        let long = "n".repeat(100);
        let members = of(&format!(
            r#"{{"{long}":{{"{long}":{{"{long}":"a","b":"c"}}}}}}"#
        ));
        assert_eq!(members.found.len(), 1);
    }

    #[test]
    fn what_is_kept_of_a_request_is_bounded() {
        let texts = vec![format!("{:?}", "t".repeat(2000)); 2000].join(",");
        let members = of(&format!(r#"{{"Names":[{texts}]}}"#));
        let kept: usize = members
            .all_paths()
            .map(|(path, text)| path.len() + text.len())
            .sum();
        assert_eq!(kept, members.bytes);
        assert!(kept <= ROOM && kept > ROOM - 2100);
        assert!(
            of(&format!("[{}]", "{\"a\":1},".repeat(9)))
                .found
                .is_empty()
        );
    }
}
