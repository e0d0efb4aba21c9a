//! Text of others in credrun's own lines: a path in an image, a message of a server. Control
//! characters in it could clear the terminal, or write a line that looks like credrun's.

use std::borrow::Cow;

/// `text` with its control characters spelled out, but for line breaks and tabs.
#[must_use]
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    spelled_out(text, |c| c.is_control() && c != '\n' && c != '\t')
}

/// The same in one line.
#[must_use]
pub(crate) fn on_one_line(text: &str) -> Cow<'_, str> {
    spelled_out(text, char::is_control)
}

fn spelled_out(text: &str, is_hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_hidden(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        assert_eq!(
            visible("\u{1b}[2J\u{9b}31m\rx\n\ty"),
            "\\u{1b}[2J\\u{9b}31m\\rx\n\ty"
        );
        assert_eq!(on_one_line("a\nb"), "a\\nb");
        assert!(matches!(visible("é 世 ok\n"), Cow::Borrowed(_)));
    }
}
