//! The ways in which docker lets a flag and its value be written.

use proptest::prelude::*;
use proptest::sample::select;

/// Of memory, and what only looks like one.
pub fn size() -> BoxedStrategy<String> {
    near("-?[0-9]{0,3}(\\.[0-9])? ?([bkmgtpx]|Kb|MiB|gib|bb)?")
}

/// In Go's writing.
pub fn number() -> BoxedStrategy<String> {
    near("[-+]?(0x|0b|0o|0)?[0-9_]{1,4}")
}

/// Matches of a pattern, and now and then anything short.
pub fn near(pattern: &str) -> BoxedStrategy<String> {
    let regular = prop::string::string_regex(pattern).expect("a pattern");
    prop_oneof![12 => regular, 1 => "[a-z0-9:=/.,-]{0,6}"].boxed()
}

/// One of these.
pub fn any_of(values: &[&str]) -> BoxedStrategy<String> {
    let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
    select(values).boxed()
}

/// One of the words between blanks.
pub fn any_word(words: &str) -> BoxedStrategy<String> {
    any_of(&words.split_whitespace().collect::<Vec<_>>())
}

/// A flag without a value.
pub fn bare(flags: &[&str]) -> BoxedStrategy<Vec<String>> {
    any_of(flags).prop_map(|flag| vec![flag]).boxed()
}

/// `--flag=BOOL`.
pub fn bools(flags: &[&str]) -> BoxedStrategy<Vec<String>> {
    let value = any_word("true false 1 0 T F TRUE False yes");
    (any_of(flags), value)
        .prop_map(|(flag, value)| vec![format!("{flag}={value}")])
        .boxed()
}

/// `--flag value`, `--flag=value`, `-f value`, `-fvalue` or `-f=value`.
pub fn valued(flags: &[&str], value: BoxedStrategy<String>) -> BoxedStrategy<Vec<String>> {
    (any_of(flags), value, any::<u8>())
        .prop_map(|(flag, value, form)| match form % 3 {
            0 => vec![format!("{flag}={value}")],
            1 if !flag.starts_with("--") && !value.is_empty() => vec![format!("{flag}{value}")],
            _ => vec![flag, value],
        })
        .boxed()
}
