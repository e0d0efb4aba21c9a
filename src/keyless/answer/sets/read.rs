//! Finds the sets in an answer: wherever a member has the name of a key or a token, it must be one of
//! a complete set.

use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::cbor;
use crate::credentials::from_iso8601;
use crate::{json, xml};

/// AWS's answers are not as deep.
const DEEPEST: usize = 32;

/// The bytes of a value, and what it says.
pub(super) struct Part<'t> {
    /// With the quotes of JSON, and with the length in CBOR.
    pub(super) bytes: &'t [u8],
    pub(super) value: Zeroizing<String>,
}

pub(super) struct Set<'t> {
    pub(super) access_key_id: Part<'t>,
    pub(super) secret_access_key: Part<'t>,
    pub(super) session_token: Part<'t>,
    pub(super) expiration: Option<SystemTime>,
}

/// A member of a set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    AccessKeyId,
    SecretAccessKey,
    SessionToken,
    Expiration,
}

impl Field {
    /// Services differ in case, and in two of the names.
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "accesskeyid" => Self::AccessKeyId,
            "secretaccesskey" | "secretkey" => Self::SecretAccessKey,
            "sessiontoken" => Self::SessionToken,
            "expiration" | "expirationtime" | "expiresat" => Self::Expiration,
            _ => return None,
        })
    }
}

/// What is found of one set.
#[derive(Default)]
struct Parts<'t> {
    access_key_id: Option<Part<'t>>,
    secret_access_key: Option<Part<'t>>,
    session_token: Option<Part<'t>>,
    expiration: Option<Part<'t>>,
}

impl<'t> Parts<'t> {
    /// None where it is there already.
    fn add(&mut self, field: Field, part: Part<'t>) -> Option<()> {
        let place = match field {
            Field::AccessKeyId => &mut self.access_key_id,
            Field::SecretAccessKey => &mut self.secret_access_key,
            Field::SessionToken => &mut self.session_token,
            Field::Expiration => &mut self.expiration,
        };
        place.replace(part).is_none().then_some(())
    }

    /// Other things expire, too.
    fn are_of_a_set(&self) -> bool {
        self.access_key_id.is_some()
            || self.secret_access_key.is_some()
            || self.session_token.is_some()
    }

    fn set(self) -> Option<Set<'t>> {
        let expiration = match self.expiration {
            Some(part) => Some(time(&part.value)?),
            None => None,
        };
        Some(Set {
            access_key_id: self.access_key_id?,
            secret_access_key: self.secret_access_key?,
            session_token: self.session_token?,
            expiration,
        })
    }
}

/// None where the text cannot be read, or a set is not complete.
pub(super) fn of_xml(text: &str) -> Option<Vec<Set<'_>>> {
    let leaves = xml::leaves(text)?;
    let mut found: Vec<(usize, Parts<'_>)> = Vec::new();
    for leaf in &leaves {
        let Some(field) = Field::named(leaf.name) else {
            continue;
        };
        let index = found
            .iter()
            .position(|(siblings, _)| *siblings == leaf.siblings);
        let index = index.unwrap_or_else(|| {
            found.push((leaf.siblings, Parts::default()));
            found.len() - 1
        });
        let part = Part {
            bytes: leaf.text.as_bytes(),
            value: Zeroizing::new(leaf.value()?.trim().to_owned()),
        };
        let (_, parts) = found.get_mut(index)?;
        parts.add(field, part)?;
    }
    let parts = found.into_iter().map(|(_, parts)| parts);
    parts.filter(Parts::are_of_a_set).map(Parts::set).collect()
}

/// As [`of_xml`].
pub(super) fn of_json(text: &str) -> Option<Vec<Set<'_>>> {
    let mut found = Vec::new();
    walk(text, DEEPEST, &mut found)?;
    Some(found)
}

fn walk<'t>(value: &'t str, depth: usize, found: &mut Vec<Set<'t>>) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match value.trim_start().as_bytes().first()? {
        b'{' => {
            let mut parts = Parts::default();
            for (name, value) in json::members(value)? {
                match Field::named(&name) {
                    // Null is no value.
                    Some(_) if value == "null" => {}
                    Some(field) => parts.add(field, part(field, value)?)?,
                    None => walk(value, depth, found)?,
                }
            }
            if parts.are_of_a_set() {
                found.push(parts.set()?);
            }
        }
        b'[' => {
            for element in json::elements(value)? {
                walk(element, depth, found)?;
            }
        }
        _ => {}
    }
    Some(())
}

/// All are strings, but some times are numbers.
fn part(field: Field, text: &str) -> Option<Part<'_>> {
    let value = match json::string(text) {
        Some(value) => value.into_owned(),
        None if field == Field::Expiration => text.to_owned(),
        None => return None,
    };
    let (bytes, value) = (text.as_bytes(), Zeroizing::new(value));
    Some(Part { bytes, value })
}

/// As [`of_xml`].
pub(super) fn of_cbor(body: &[u8]) -> Option<Vec<Set<'_>>> {
    let (mut rest, mut found) = (body, Vec::new());
    walk_cbor(&mut rest, cbor::DEEPEST, &mut found)?;
    rest.is_empty().then_some(found)
}

fn walk_cbor<'t>(rest: &mut &'t [u8], depth: u8, found: &mut Vec<Set<'t>>) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let mut inside = *rest;
    let head = cbor::head(&mut inside)?;
    let mut left = head.argument;
    match head.major {
        cbor::MAP => {
            let mut parts = Parts::default();
            while cbor::has_more(&mut inside, &mut left)? {
                match Field::named(cbor::text(&mut inside)?) {
                    Some(field) => {
                        let value = cbor::item(&mut inside, depth)?;
                        if !cbor::is_null(value) {
                            parts.add(field, part_of_cbor(field, value)?)?;
                        }
                    }
                    None => walk_cbor(&mut inside, depth, found)?,
                }
            }
            if parts.are_of_a_set() {
                found.push(parts.set()?);
            }
            *rest = inside;
        }
        cbor::ARRAY => {
            while cbor::has_more(&mut inside, &mut left)? {
                walk_cbor(&mut inside, depth, found)?;
            }
            *rest = inside;
        }
        _ => drop(cbor::item(rest, depth)?),
    }
    Some(())
}

fn part_of_cbor(field: Field, bytes: &[u8]) -> Option<Part<'_>> {
    let value = match cbor::text(&mut &*bytes) {
        Some(text) => text.to_owned(),
        // Of another thing that expires, it is not read.
        None if field == Field::Expiration => cbor::seconds(bytes).unwrap_or_default(),
        None => return None,
    };
    let value = Zeroizing::new(value);
    Some(Part { bytes, value })
}

/// A time as AWS writes it: a date, or a number of seconds, or with `sso` of milliseconds.
fn time(text: &str) -> Option<SystemTime> {
    /// In seconds it is the year 5138, in milliseconds 1973.
    const MILLISECONDS_FROM: f64 = 1e11;
    if let Ok(number) = text.parse::<f64>() {
        let seconds = if number >= MILLISECONDS_FROM {
            number / 1000.0
        } else {
            number
        };
        let since = Duration::try_from_secs_f64(seconds).ok()?;
        return SystemTime::UNIX_EPOCH.checked_add(since);
    }
    from_iso8601(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_or_numbers() {
        let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        for text in [
            "2027-01-15T08:00:00Z",
            "2027-01-15T08:00:00.000Z",
            "2027-01-15T09:00:00+01:00",
            "1800000000",
            "1.8E9",
            "1800000000000",
        ] {
            assert_eq!(time(text), Some(expected), "{text}");
        }
        for text in ["", "soon", "-1", "NaN", "inf", "1e300"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
