//! An error and its causes, walked here and nowhere else.

use std::error::Error;
use std::io;
use std::iter::successors;

/// The error itself, then its causes, from the nearest to the farthest.
pub fn links<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&link| link.source())
}

/// The first link that is an `E`, also inside of an [`io::Error`], whose
/// [`source`](Error::source) skips what it wraps.
#[must_use]
pub fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    successors(Some(error), |&link| behind(link)).find_map(|link| link.downcast_ref())
}

fn behind<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match link.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as _),
        None => link.source(),
    }
}

/// The last link: what the operating system or the protocol said.
#[must_use]
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let last = links(error).last();
    last.map(ToString::to_string).unwrap_or_default()
}

/// All links, in one line.
#[must_use]
pub fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let links: Vec<String> = links(error).map(ToString::to_string).collect();
    let text = links.join(": ");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer\n  with a second line")]
    struct Outer(#[source] Inner);

    #[derive(Debug, PartialEq, thiserror::Error)]
    #[error("inner")]
    struct Inner;

    #[test]
    fn a_line_has_all_causes_and_no_line_break() {
        assert_eq!(
            in_one_line(&Outer(Inner)),
            "outer; with a second line: inner"
        );
    }

    #[test]
    fn the_innermost_cause_may_be_the_error_itself() {
        assert_eq!(innermost(&Outer(Inner)), "inner");
        assert_eq!(innermost(&Inner), "inner");
    }

    #[test]
    fn a_cause_is_found_inside_of_what_the_operating_system_is_said_to_have_said() {
        let wrapped = io::Error::other(Outer(Inner));
        assert_eq!(find::<Inner>(&wrapped), Some(&Inner));
        assert!(find::<std::fmt::Error>(&wrapped).is_none());
    }
}
