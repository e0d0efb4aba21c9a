//! The command line that is being completed.

use std::ffi::OsString;

use crate::cli;

/// The first word of a line.
pub(super) const PROGRAM: &str = "credrun";

/// The program's name and what is typed behind it, and which of these words is at the cursor.
pub(super) struct Line {
    words: Vec<OsString>,
    index: usize,
}

impl Line {
    /// Without `index`, the last word is at the cursor.
    pub(super) fn of(words: Vec<OsString>, index: Option<usize>) -> Self {
        let last = words.len().saturating_sub(1);
        Self {
            index: index.map_or(last, |index| index.min(last)),
            words,
        }
    }

    /// A line up to the cursor, as it is typed. Of several commands in it (`;`, `&&`, `|`), a shell
    /// passes on the one at the cursor.
    pub(super) fn typed(line: &str) -> Self {
        let is_assignment = |word: &String| word.contains('=');
        let words = split(line).into_iter().skip_while(is_assignment);
        let mut words: Vec<String> = words.collect();
        if line.ends_with(|c: char| c.is_whitespace()) || words.is_empty() {
            words.push(String::new());
        }
        Self::of(words.into_iter().map(OsString::from).collect(), None)
    }

    /// The word at the cursor, which may be empty.
    pub(super) fn word(&self) -> String {
        let word = self
            .words
            .get(self.index)
            .map(|word| word.to_string_lossy());
        word.unwrap_or_default().into_owned()
    }

    pub(super) fn words(&self) -> &[OsString] {
        &self.words
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Whether what is at the cursor belongs to the container, or to the command of `env`.
    pub(super) fn is_past_the_image(&self) -> bool {
        cli::begins_foreign_words(&self.before())
    }

    /// The words before the cursor, without the program's name.
    pub(super) fn before(&self) -> Vec<String> {
        let before = self.words.iter().take(self.index).skip(1);
        before
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }
}

/// The words of a line. A quotation mark that is still open ends with the line.
fn split(line: &str) -> Vec<String> {
    let closed = ["", "'", "\""].map(|end| shell_words::split(&format!("{line}{end}")));
    let words = closed.into_iter().find_map(Result::ok);
    words.unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_that_the_shell_will_make() {
        for (typed, words) in [
            (
                "credrun --rm alpine:3",
                &["credrun", "--rm", "alpine:3"][..],
            ),
            (
                "credrun -H ssh://me@h exe",
                &["credrun", "-H", "ssh://me@h", "exe"],
            ),
            (
                "credrun -e DEBUG= img ",
                &["credrun", "-e", "DEBUG=", "img", ""],
            ),
            ("credrun -v 'a b", &["credrun", "-v", "a b"]),
            ("credrun -v \"a b", &["credrun", "-v", "a b"]),
            ("", &[""]),
            ("AWS_PROFILE=x credrun ps", &["credrun", "ps"]),
        ] {
            assert_eq!(Line::typed(typed).words(), words, "{typed}");
        }
    }

    #[test]
    fn behind_the_image_begin_words_of_the_container() {
        for (typed, is_past) in [
            ("credrun ", false),
            ("credrun --rm im", false),
            ("credrun --rm image ", true),
            ("credrun --name image ", false),
            ("credrun run image --", true),
            ("credrun exec container ", true),
            ("credrun exec ", false),
            ("credrun stop one ", false),
            ("credrun --log-level debug stop one ", false),
            ("credrun env aws s", true),
            ("credrun -- ps ", true),
        ] {
            let line = Line::typed(typed);
            assert_eq!(line.is_past_the_image(), is_past, "{typed}");
        }
    }
}
