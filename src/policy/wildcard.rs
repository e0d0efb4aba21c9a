//! `*` and `?` in the resources of a policy.

/// Whether all that `other` stands for is in `pattern`. A wildcard of `other` is only in one that is
/// as wide.
pub(crate) fn covers(pattern: &str, other: &str) -> bool {
    let (pattern, other) = (pattern.as_bytes(), other.as_bytes());
    let (mut at, mut of) = (0, 0);
    // Where to go on if the letters after a `*` do not fit: that `*` takes one letter more.
    let mut back: Option<(usize, usize)> = None;
    while let Some(&letter) = other.get(of) {
        match pattern.get(at) {
            Some(b'*') => {
                back = Some((at + 1, of));
                at += 1;
            }
            Some(b'?') if letter != b'*' => (at, of) = (at + 1, of + 1),
            Some(&same) if same == letter && letter != b'*' => (at, of) = (at + 1, of + 1),
            _ => match back {
                Some((after, taken)) => {
                    (at, of) = (after, taken + 1);
                    back = Some((after, taken + 1));
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at..)
        .is_some_and(|rest| rest.iter().all(|&one| one == b'*'))
}

pub(crate) fn is_pattern(resource: &str) -> bool {
    resource.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_it_fits() {
        for (pattern, other) in [
            ("*", "arn:aws:s3:::b/k"),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/"),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b*"),
            ("a*c*e", "abcde"),
            ("a*c*e", "acccce"),
            ("secret:n-*", "secret:n-??????"),
            ("secret:n-??????", "secret:n-aB3dEf"),
            ("a", "a"),
            ("a**", "a"),
        ] {
            assert!(covers(pattern, other), "{pattern} {other}");
        }
        for (pattern, other) in [
            ("a", "b"),
            ("a", "ab"),
            ("ab", "a"),
            ("a?", "a*"),
            ("a?", "a"),
            ("arn:aws:s3:::b/x*", "arn:aws:s3:::b/*"),
            ("a*c", "acd"),
            ("", "a"),
        ] {
            assert!(!covers(pattern, other), "{pattern} {other}");
        }
    }
}
