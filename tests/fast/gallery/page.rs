//! A page: entries, each of which names what it shows.

use std::fmt::Write as _;

use crate::support::repository;

/// What stands between two entries.
pub(super) const RULE: &str =
    "────────────────────────────────────────────────────────────────────────";
/// What the names of an entry begin with.
pub(super) const SHOWS: &str = "shows ";

/// Where the pages are.
pub(super) fn directory() -> std::path::PathBuf {
    repository("tests/fast/gallery/pages")
}

/// Something that is seen, and how it came about.
pub(super) struct Seen {
    pub(super) provoked_by: String,
    pub(super) text: String,
}

pub(super) struct Page {
    name: &'static str,
    text: String,
}

impl Page {
    pub(super) fn new(name: &'static str, title: &str) -> Self {
        let text = format!("{title}\n");
        Self { name, text }
    }

    /// An entry. `shows` are variants, as `Type::Variant`, with as much of the path before them as
    /// tells them from others: see `coverage.rs`.
    pub(super) fn show(&mut self, shows: &[&str], seen: impl Into<Seen>) {
        let Seen { provoked_by, text } = seen.into();
        let _ = write!(self.text, "\n{RULE}\n{}\n", provoked_by.trim_end());
        if !shows.is_empty() {
            let _ = writeln!(self.text, "{SHOWS}{}", shows.join(", "));
        }
        let _ = writeln!(self.text, "\n{}", text.trim_end());
    }

    /// Compares the page with the one that was last read by somebody.
    pub(super) fn check(self) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(directory());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(self.name, self.text));
    }
}
