//! A CloudFormation template as a tree that keeps its order, written as YAML or as JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// A part of a template.
pub(crate) enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Cow<'static, str>, Node)>),
}

pub(crate) fn text(value: impl Into<String>) -> Node {
    Node::Text(value.into())
}

pub(crate) fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node::List(items.into_iter().collect())
}

pub(crate) fn map(entries: impl IntoIterator<Item = (&'static str, Node)>) -> Node {
    let entries = entries.into_iter();
    Node::Map(entries.map(|(key, value)| (key.into(), value)).collect())
}

impl Node {
    pub(crate) fn to_json(&self) -> String {
        // Only strings, lists and maps with string keys: writing them cannot fail.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    pub(crate) fn to_yaml(&self) -> String {
        let mut yaml = String::new();
        self.write_yaml(&mut yaml, 0);
        yaml
    }

    fn write_yaml(&self, yaml: &mut String, indent: usize) {
        match self {
            Self::Text(value) => {
                let _ = writeln!(yaml, "{:indent$}{}", "", scalar(value));
            }
            Self::List(items) => {
                for item in items {
                    let mut block = String::new();
                    item.write_yaml(&mut block, indent + 2);
                    // The dash replaces part of the item's own indentation.
                    block.replace_range(indent..=indent, "-");
                    yaml.push_str(&block);
                }
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    let _ = write!(yaml, "{:indent$}{}:", "", scalar(key));
                    if let Self::Text(value) = value {
                        let _ = writeln!(yaml, " {}", scalar(value));
                    } else {
                        yaml.push('\n');
                        value.write_yaml(yaml, indent + 2);
                    }
                }
            }
        }
    }
}

/// A YAML scalar that is read as a string, quoted if it could be read as another type.
fn scalar(value: &str) -> String {
    // Other quotes fold a line break.
    if value.contains(breaks) {
        return serde_json::Value::from(value).to_string();
    }
    let plain = value.starts_with(|first: char| first.is_ascii_alphabetic())
        && !value.contains(": ")
        && !value.contains(" #")
        && !value.ends_with(|last: char| last == ':' || last.is_whitespace())
        && !is_yaml_word(value);
    if plain {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

fn breaks(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Words that YAML 1.1 reads as a boolean or as null.
fn is_yaml_word(value: &str) -> bool {
    let word = value.to_ascii_lowercase();
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&word.as_str())
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_would_cut_or_fold_is_quoted() {
        for (value, written) in [
            ("arn:aws:s3:::b/a b", "arn:aws:s3:::b/a b"),
            ("arn:aws:s3:::b/a ", "'arn:aws:s3:::b/a '"),
            (" a", "' a'"),
            ("a\u{a0}", "'a\u{a0}'"),
            ("a\t", "\"a\\t\""),
            ("a\n\nb", "\"a\\n\\nb\""),
            ("it's ", "'it''s '"),
        ] {
            assert_eq!(scalar(value), written);
        }
    }
}
