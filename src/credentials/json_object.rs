//! Reads the few members that matter from one JSON object, as returned by credential endpoints and
//! `credential_process`.
//!
//! serde's derived types accept an array for a struct, and their messages repeat values, which are
//! secret here. Errors here only name the kind of problem, so that the user can fix it.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Why bytes are not a readable JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAnObject {
    Empty,
    /// JSON that stops in the middle.
    CutShort,
    NotJson,
    /// JSON of another kind, with its article.
    Other(&'static str),
    /// The same member twice: either choice could be wrong.
    Twice(&'static str),
}

/// The members called `names`, in that order.
pub(crate) fn members<const N: usize>(
    bytes: &[u8],
    names: [&'static str; N],
) -> Result<[Option<Value>; N], NotAnObject> {
    if bytes.trim_ascii().is_empty() {
        return Err(NotAnObject::Empty);
    }
    let json: Json = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_eof() {
            NotAnObject::CutShort
        } else {
            NotAnObject::NotJson
        }
    })?;
    let all = match json {
        Json::Object(all) => all,
        Json::Other(kind) => return Err(NotAnObject::Other(kind)),
    };
    let mut found = [const { None }; N];
    for (name, value) in all {
        let Some(place) = names.iter().position(|wanted| *wanted == name) else {
            continue;
        };
        if found[place].replace(value).is_some() {
            return Err(NotAnObject::Twice(names[place]));
        }
    }
    Ok(found)
}

/// A string that is not empty.
pub(crate) fn text(value: Option<&Value>) -> Option<&str> {
    value
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// The same, as an owned value.
pub(crate) fn into_text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

enum Json {
    /// All members as they appear, duplicates included.
    Object(Vec<(String, Value)>),
    Other(&'static str),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kinds;

        impl<'de> Visitor<'de> for Kinds {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = map.next_entry()? {
                    all.push(member);
                }
                Ok(Json::Object(all))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Json::Other("an array"))
            }

            fn visit_str<E>(self, _: &str) -> Result<Json, E> {
                Ok(Json::Other("a string"))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
                Ok(Json::Other("a boolean"))
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Other("null"))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
                Ok(Json::Other("a number"))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
                Ok(Json::Other("a number"))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
                Ok(Json::Other("a number"))
            }
        }

        deserializer.deserialize_any(Kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_json_is_told_from_what_is_none() {
        for (bytes, expected) in [
            ("", NotAnObject::Empty),
            (" \n", NotAnObject::Empty),
            ("{\"a\":", NotAnObject::CutShort),
            ("[1,", NotAnObject::CutShort),
            ("hush", NotAnObject::NotJson),
            ("{} {}", NotAnObject::NotJson),
            ("[]", NotAnObject::Other("an array")),
            ("[{\"a\": [1]}]", NotAnObject::Other("an array")),
            ("\"hush\"", NotAnObject::Other("a string")),
            ("-1", NotAnObject::Other("a number")),
            ("1", NotAnObject::Other("a number")),
            ("1.5", NotAnObject::Other("a number")),
            ("true", NotAnObject::Other("a boolean")),
            ("null", NotAnObject::Other("null")),
            ("{\"a\": 1, \"b\": 2, \"a\": 1}", NotAnObject::Twice("a")),
        ] {
            assert_eq!(members(bytes.as_bytes(), ["a"]), Err(expected), "{bytes}");
        }
    }

    #[test]
    fn members_come_in_the_order_asked_for_and_others_may_repeat() {
        let found = members(br#"{"x": 1, "b": "B", "x": 2}"#, ["a", "b"]).expect("an object");
        assert_eq!(found, [None, Some(Value::from("B"))]);
    }
}
