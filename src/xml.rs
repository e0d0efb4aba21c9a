//! XML as AWS answers with it: elements with text, and the position of each text.

use xmlparser::{ElementEnd, Token, Tokenizer};

/// Nothing that is read here is as deep.
const DEEPEST: usize = 64;

/// As many leaves are kept. They take more memory than their text.
const MOST: usize = 16 * 1024;

/// An element that has text and no elements.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leaf<'t> {
    pub(crate) name: &'t str,
    /// The name of the element around it.
    pub(crate) parent: &'t str,
    /// Equal for leaves of one element.
    pub(crate) siblings: usize,
    /// As it is written.
    pub(crate) text: &'t str,
}

impl Leaf<'_> {
    /// What the text says. None for what is not XML's own escapes.
    pub(crate) fn value(&self) -> Option<String> {
        unescaped(self.text)
    }
}

/// An element that is open.
struct Open<'t> {
    /// With its prefix, as the end tag has it.
    tag: (&'t str, &'t str),
    number: usize,
    text: Option<&'t str>,
    is_plain: bool,
}

/// All leaves, in their order. None where the text is no sound XML, or has what AWS's has not: a
/// document type, text in two pieces or beside elements. Or where it has too many.
pub(crate) fn leaves(text: &str) -> Option<Vec<Leaf<'_>>> {
    let mut found = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut count = 0;
    let mut is_over = false;
    for token in Tokenizer::from(text) {
        match token.ok()? {
            Token::Declaration { .. } | Token::Comment { .. } | Token::Attribute { .. } => {}
            Token::ElementStart { prefix, local, .. } => {
                if is_over || open.len() == DEEPEST {
                    return None;
                }
                if let Some(around) = open.last_mut() {
                    if around.text.is_some_and(|text| !text.trim().is_empty()) {
                        return None;
                    }
                    around.is_plain = false;
                }
                count += 1;
                open.push(Open {
                    tag: (prefix.as_str(), local.as_str()),
                    number: count,
                    text: None,
                    is_plain: true,
                });
            }
            Token::ElementEnd { end, .. } => {
                let tag = match end {
                    ElementEnd::Open => continue,
                    ElementEnd::Empty => None,
                    ElementEnd::Close(prefix, local) => Some((prefix.as_str(), local.as_str())),
                };
                let closed = open.pop()?;
                if tag.is_some_and(|tag| tag != closed.tag) {
                    return None;
                }
                is_over = open.is_empty();
                if closed.is_plain {
                    if found.len() == MOST {
                        return None;
                    }
                    let around = open.last();
                    found.push(Leaf {
                        name: closed.tag.1,
                        parent: around.map_or("", |around| around.tag.1),
                        siblings: around.map_or(0, |around| around.number),
                        text: closed.text.unwrap_or_default(),
                    });
                }
            }
            Token::Text { text } => add(&mut open, text.as_str())?,
            // Its text would be read without escapes.
            Token::Cdata { .. } => return None,
            _ => return None,
        }
    }
    is_over.then_some(found)
}

fn add<'t>(open: &mut [Open<'t>], text: &'t str) -> Option<()> {
    let Some(around) = open.last_mut() else {
        return text.trim().is_empty().then_some(());
    };
    if !around.is_plain {
        return text.trim().is_empty().then_some(());
    }
    match around.text {
        Some(_) => None,
        None => {
            around.text = Some(text);
            Some(())
        }
    }
}

fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut value = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';')?;
        value.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => {
                let number = number.strip_prefix('#')?;
                let number = match number.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(number)?
            }
        });
        value.push_str(rest);
    }
    Some(value)
}

/// The text for the inside of an element. What no XML can have is a question mark.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' => escaped.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('?');
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn leaves_have_their_text_and_the_element_around_them() {
        let text =
            "<?xml version=\"1.0\"?>\n<R xmlns=\"u\"><C><K>a</K>\n<T> b </T></C><C><K/></C></R>\n";
        let found = leaves(text).expect("sound");
        let seen: Vec<_> = found
            .iter()
            .map(|leaf| (leaf.parent, leaf.name, leaf.text))
            .collect();
        assert_eq!(seen, [("C", "K", "a"), ("C", "T", " b "), ("C", "K", "")]);
        assert_eq!(found[0].siblings, found[1].siblings);
        assert_ne!(found[0].siblings, found[2].siblings);
    }

    #[test]
    fn what_is_not_sound_or_not_as_aws_writes_it_has_no_leaves() {
        for text in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a></a>x",
            "<x:a></a>",
            "<a><![CDATA[b]]></a>",
            "<a>b<!-- c -->d</a>",
            "<a><b/>c</a>",
            "<a>c<b/></a>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a>&",
            &"<a>".repeat(65),
            &format!("<a>{}</a>", "<b/>".repeat(MOST + 1)),
        ] {
            assert_eq!(leaves(text), None, "{text}");
        }
    }

    #[test]
    fn escapes_are_read_and_others_are_none() {
        assert_eq!(unescaped("a&amp;&#43;&#x2B;&lt;").as_deref(), Some("a&++<"));
        assert_eq!(unescaped("&b;"), None);
        assert_eq!(unescaped("a&b"), None);
    }

    #[test]
    fn a_control_character_is_a_question_mark() {
        assert_eq!(escaped("a\u{0}\u{1b}<b>"), "a??&lt;b&gt;");
    }

    proptest! {
        #[test]
        fn escaped_text_is_read_back(text in "[ -~é\u{10000}]*") {
            let document = format!("<a>{}</a>", escaped(&text));
            let found = leaves(&document).expect("sound");
            prop_assert_eq!(found[0].value(), Some(text));
        }

        #[test]
        fn no_text_panics(text in "[<>/a&;!\\[\\]?\"= -]{0,60}|.{0,40}") {
            let _ = leaves(&text);
        }
    }
}
