//! JSON by its parts: each part is a piece of the text, so that it can be replaced where it is. A name
//! that comes twice is there twice.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// As many parts an object or an array of AWS's may have. They take more memory than their text.
const MOST: usize = 16 * 1024;

/// A name of an object with its value.
pub(crate) type Member<'t> = (String, &'t str);

/// The members of an object. None where the text is none, or has too many.
pub(crate) fn members(text: &str) -> Option<Vec<Member<'_>>> {
    let Members(members) = serde_json::from_str(text).ok()?;
    Some(members)
}

/// The elements of an array. None where the text is none, or has too many.
pub(crate) fn elements(text: &str) -> Option<Vec<&str>> {
    let Elements(elements) = serde_json::from_str(text).ok()?;
    Some(elements)
}

/// What a string says. None where the text is no string.
pub(crate) fn string(text: &str) -> Option<Cow<'_, str>> {
    let Text(found) = serde_json::from_str(text).ok()?;
    Some(found)
}

/// The text as a string of JSON, with its quotes.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Members<'t>(Vec<Member<'t>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnObject)
    }
}

struct AnObject;

impl<'de> Visitor<'de> for AnObject {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if members.len() == MOST {
                return Err(A::Error::custom("too many"));
            }
            members.push((name, value.get()));
        }
        Ok(Members(members))
    }
}

struct Elements<'t>(Vec<&'t str>);

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(AnArray)
    }
}

struct AnArray;

impl<'de> Visitor<'de> for AnArray {
    type Value = Elements<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Elements<'de>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element::<&RawValue>()? {
            if elements.len() == MOST {
                return Err(A::Error::custom("too many"));
            }
            elements.push(element.get());
        }
        Ok(Elements(elements))
    }
}

struct Text<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(AString)
    }
}

struct AString;

impl<'de> Visitor<'de> for AString {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_pieces_of_the_text() {
        let text = r#" {"a" : "x\/\u0041", "b":[1, "two",{}], "a":null}"#;
        let found = members(text).expect("an object");
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "a"]);
        assert_eq!(found[0].1, r#""x\/\u0041""#);
        assert!(
            text.as_bytes()
                .as_ptr_range()
                .contains(&found[0].1.as_ptr())
        );
        assert_eq!(string(found[0].1).as_deref(), Some("x/A"));
        assert_eq!(elements(found[1].1), Some(vec!["1", "\"two\"", "{}"]));
        assert_eq!(string(found[2].1), None);
    }

    #[test]
    fn what_is_no_json_has_no_parts() {
        for text in ["", "{", "[]", "{\"a\":1}}", "{\"a\":\"\n\"}", "{a:1}"] {
            assert_eq!(members(text), None, "{text}");
        }
        assert_eq!(elements("{}"), None);
    }

    #[test]
    fn parts_have_a_bound() {
        let array = |count| format!("[{}0]", "0,".repeat(count - 1));
        assert_eq!(elements(&array(MOST)).map(|found| found.len()), Some(MOST));
        assert_eq!(elements(&array(MOST + 1)), None);
        let object = format!("{{{}\"\":0}}", "\"\":0,".repeat(MOST));
        assert_eq!(members(&object), None);
    }

    #[test]
    fn a_string_is_quoted_so_that_it_is_read_back() {
        let text = "a\"b\\c\u{1}é</script>";
        assert_eq!(string(&quoted(text)).as_deref(), Some(text));
    }
}
