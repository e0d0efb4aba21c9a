//! Replaces parts of a text at their positions. All other bytes stay as they are.

use std::ops::Range;

/// Parts of one text, and what comes in their place.
pub(crate) struct Edits<'t> {
    text: &'t str,
    edits: Vec<(Range<usize>, String)>,
}

impl<'t> Edits<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self {
            text,
            edits: Vec::new(),
        }
    }

    /// Whether the part is one of this text, and not an equal part of another.
    #[must_use]
    pub(crate) fn replace(&mut self, part: &str, with: String) -> bool {
        let start = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        let range = start.map(|start| start..start + part.len());
        let Some(range) = range.filter(|range| self.text.get(range.clone()) == Some(part)) else {
            return false;
        };
        self.edits.push((range, with));
        true
    }

    pub(crate) fn are_none(&self) -> bool {
        self.edits.is_empty()
    }

    /// The new text. None where two parts overlap.
    pub(crate) fn done(mut self) -> Option<String> {
        self.edits.sort_by_key(|(range, _)| range.start);
        let added: usize = self.edits.iter().map(|(_, with)| with.len()).sum();
        let mut done = String::with_capacity(self.text.len() + added);
        let mut from = 0;
        for (range, with) in &self.edits {
            done.push_str(self.text.get(from..range.start)?);
            done.push_str(with);
            from = range.end;
        }
        done.push_str(self.text.get(from..)?);
        Some(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_replaced_where_they_are_and_nothing_else_changes() {
        let text = "a=one&b=one";
        let mut edits = Edits::of(text);
        assert!(edits.replace(&text[8..], "two".to_owned()));
        assert!(edits.replace(&text[..1], "letter".to_owned()));
        assert_eq!(edits.done().as_deref(), Some("letter=one&b=two"));
    }

    #[test]
    fn an_equal_part_of_another_text_is_none() {
        let (text, other) = ("one".to_owned(), "one".to_owned());
        let mut edits = Edits::of(&text);
        assert!(!edits.replace(&other, "two".to_owned()));
        assert!(edits.are_none());
    }

    #[test]
    fn parts_that_overlap_are_refused() {
        let text = "abc";
        let mut edits = Edits::of(text);
        assert!(edits.replace(&text[..2], String::new()));
        assert!(edits.replace(&text[1..], String::new()));
        assert_eq!(edits.done(), None);
    }
}
