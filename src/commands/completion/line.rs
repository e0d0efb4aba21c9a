//! The command line that is being completed.

use std::ffi::OsString;

use crate::cli;

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

    /// The same from bash, which breaks words at `:` and `=` and makes these words, too.
    pub(super) fn rejoined(words: Vec<OsString>, index: Option<usize>) -> Self {
        let broken = Self::of(words, index);
        let mut whole: Vec<OsString> = Vec::new();
        let mut index = 0;
        let mut is_open = false;
        for (number, word) in broken.words.into_iter().enumerate() {
            let breaks = word == ":" || word == "=";
            match whole.last_mut() {
                Some(last) if number > 1 && (breaks || is_open) => last.push(&word),
                _ => whole.push(word),
            }
            is_open = breaks;
            if number == broken.index {
                index = whole.len() - 1;
            }
        }
        Self {
            words: whole,
            index,
        }
    }

    /// How many bytes of the word at the cursor bash keeps: up to the last `:` or `=`.
    pub(super) fn broken_off(&self) -> usize {
        let word = self.words.get(self.index).and_then(|word| word.to_str());
        let at = word.and_then(|word| word.rfind([':', '=']));
        at.map_or(0, |at| at + 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str], index: usize) -> Line {
        let words = words.iter().map(OsString::from).collect();
        Line::rejoined(words, Some(index))
    }

    #[test]
    fn what_bash_has_broken_is_one_word_again() {
        let tag = line(&["credrun", "--rm", "alpine", ":", "3", "sh"], 4);
        assert_eq!(tag.words(), ["credrun", "--rm", "alpine:3", "sh"]);
        assert_eq!((tag.index(), tag.broken_off()), (2, 7));
        let value = line(&["credrun", "--profile", "=", ""], 3);
        assert_eq!(value.words(), ["credrun", "--profile="]);
        assert_eq!((value.index(), value.broken_off()), (1, 10));
        let at_the_break = line(&["credrun", "--profile", "="], 2);
        assert_eq!(at_the_break.words(), ["credrun", "--profile="]);
        assert_eq!(at_the_break.index(), 1);
    }

    #[test]
    fn behind_the_image_begin_words_of_the_container() {
        for (words, is_past) in [
            (&["credrun", ""][..], false),
            (&["credrun", "--rm", "im"], false),
            (&["credrun", "--rm", "image", ""], true),
            (&["credrun", "--name", "image", ""], false),
            (&["credrun", "run", "image", "--"], true),
            (&["credrun", "exec", "container", ""], true),
            (&["credrun", "exec", ""], false),
            (&["credrun", "stop", "one", ""], false),
            (
                &["credrun", "--log-level", "debug", "stop", "one", ""],
                false,
            ),
            (&["credrun", "env", "aws", "s"], true),
        ] {
            let last = words.len() - 1;
            assert_eq!(line(words, last).is_past_the_image(), is_past, "{words:?}");
        }
    }
}
