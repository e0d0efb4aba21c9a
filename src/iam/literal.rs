//! Names in patterns of IAM's. A resource of a policy, and one of a record, is a pattern: `*` and `?`
//! stand for letters that are not known, and `${` begins a variable. Names are the container's, and can
//! have all three: IAM reads `${*}`, `${?}` and `${$}` as the letters themselves.

use std::borrow::Cow;

/// A letter of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letter<'a> {
    /// `?`
    One,
    /// `*`
    Any,
    Plain(char),
    /// `${aws:username}`, with all around it. Without an end, it has the rest.
    Variable(&'a str),
}

/// The pattern that fits the name alone.
pub(crate) fn literal(name: &str) -> Cow<'_, str> {
    if !name.contains(['*', '?']) && !name.contains("${") {
        return Cow::Borrowed(name);
    }
    let mut pattern = String::with_capacity(name.len() + 12);
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => pattern.push_str("${*}"),
            '?' => pattern.push_str("${?}"),
            '$' if letters.peek() == Some(&'{') => pattern.push_str("${$}"),
            other => pattern.push(other),
        }
    }
    Cow::Owned(pattern)
}

/// The letters of a pattern, each with the index at which it begins.
pub(crate) fn letters(pattern: &str) -> impl Iterator<Item = (usize, Letter<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = pattern.get(at..)?;
        let first = rest.chars().next()?;
        let (letter, length) = match first {
            '$' if rest.starts_with("${") => {
                let length = rest.find('}').map_or(rest.len(), |end| end + 1);
                let whole = &rest[..length];
                let letter = match whole {
                    "${*}" => Letter::Plain('*'),
                    "${?}" => Letter::Plain('?'),
                    "${$}" => Letter::Plain('$'),
                    variable => Letter::Variable(variable),
                };
                (letter, length)
            }
            '*' => (Letter::Any, 1),
            '?' => (Letter::One, 1),
            other => (Letter::Plain(other), other.len_utf8()),
        };
        let start = at;
        at += length;
        Some((start, letter))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_that_mean_more_in_a_policy_are_written_as_iam_writes_them() {
        for (name, pattern) in [
            ("a-b", "a-b"),
            ("*", "${*}"),
            ("a?b*", "a${?}b${*}"),
            ("${aws:username}", "${$}{aws:username}"),
            ("${*}", "${$}{${*}}"),
            ("$", "$"),
            ("$a{", "$a{"),
            ("$${", "$${$}{"),
            ("\u{e9}*", "\u{e9}${*}"),
        ] {
            assert_eq!(literal(name), pattern);
        }
    }

    #[test]
    fn wildcards_and_variables_are_no_plain_letters() {
        let of = |pattern| letters(pattern).collect::<Vec<_>>();
        assert_eq!(
            of("a*?${*}$"),
            [
                (0, Letter::Plain('a')),
                (1, Letter::Any),
                (2, Letter::One),
                (3, Letter::Plain('*')),
                (7, Letter::Plain('$'))
            ]
        );
        assert_eq!(of("${a}b")[0], (0, Letter::Variable("${a}")));
        assert_eq!(of("${*"), [(0, Letter::Variable("${*"))]);
    }

    proptest! {
        #[test]
        fn a_name_is_read_back_letter_by_letter(name in "([*?${}a/:]|\\PC){0,30}") {
            let pattern = literal(&name);
            let read: Option<String> = letters(&pattern)
                .map(|(_, letter)| match letter {
                    Letter::Plain(letter) => Some(letter),
                    _ => None,
                })
                .collect();
            prop_assert_eq!(read, Some(name));
        }
    }
}
