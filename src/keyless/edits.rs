//! Replaces parts of a body at their positions. All other bytes stay as they are.

use std::ops::Range;

/// Parts of one body, and what comes in their place.
pub(crate) struct Edits<'b> {
    body: &'b [u8],
    edits: Vec<(Range<usize>, Vec<u8>)>,
}

impl<'b> Edits<'b> {
    pub(crate) fn of(body: &'b (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            body: body.as_ref(),
            edits: Vec::new(),
        }
    }

    /// Whether the part is one of this body, and not an equal part of another.
    #[must_use]
    pub(crate) fn replace(&mut self, part: impl AsRef<[u8]>, with: impl Into<Vec<u8>>) -> bool {
        let part = part.as_ref();
        let start = (part.as_ptr() as usize).checked_sub(self.body.as_ptr() as usize);
        let range = start.map(|start| start..start + part.len());
        let Some(range) = range.filter(|range| self.body.get(range.clone()) == Some(part)) else {
            return false;
        };
        self.edits.push((range, with.into()));
        true
    }

    pub(crate) fn are_none(&self) -> bool {
        self.edits.is_empty()
    }

    /// The new body. None where two parts overlap.
    pub(crate) fn done(mut self) -> Option<Vec<u8>> {
        self.edits.sort_by_key(|(range, _)| range.start);
        let added: usize = self.edits.iter().map(|(_, with)| with.len()).sum();
        let mut done = Vec::with_capacity(self.body.len() + added);
        let mut from = 0;
        for (range, with) in &self.edits {
            done.extend_from_slice(self.body.get(from..range.start)?);
            done.extend_from_slice(with);
            from = range.end;
        }
        done.extend_from_slice(self.body.get(from..)?);
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
        assert!(edits.replace(&text[8..], "two"));
        assert!(edits.replace(&text[..1], "letter"));
        assert_eq!(edits.done().as_deref(), Some(&b"letter=one&b=two"[..]));
    }

    #[test]
    fn an_equal_part_of_another_text_is_none() {
        let (text, other) = ("one".to_owned(), "one".to_owned());
        let mut edits = Edits::of(&text);
        assert!(!edits.replace(&other, "two"));
        assert!(edits.are_none());
    }

    #[test]
    fn parts_that_overlap_are_refused() {
        let text = "abc";
        let mut edits = Edits::of(text);
        assert!(edits.replace(&text[..2], ""));
        assert!(edits.replace(&text[1..], ""));
        assert_eq!(edits.done(), None);
    }
}
