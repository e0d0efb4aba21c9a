//! The parts of a name that are another each time: account IDs, UUIDs, timestamps, random letters.

/// A shorter run of letters and digits is not taken for one that was made by chance.
const SHORTEST: usize = 8;
/// A shorter one is not an ID, even where AWS is known to have made one up.
const SHORTEST_ID: usize = 6;
/// Hexadecimal digits that are no word.
const HEXADECIMAL: usize = 16;
/// Letters in a row that make a word.
const WORD: usize = 5;
/// Hexadecimal digits of a UUID, between its dashes.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// A part of a text, from `start` to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Where `text` has parts that vary, in order. `worker1` and `ec2instance` are words.
pub(super) fn varying(text: &str) -> Vec<Part> {
    parts(text, random)
}

/// Where a name that AWS has made up has parts that vary.
pub(super) fn made_up(text: &str) -> Vec<Part> {
    parts(text, id)
}

fn parts(text: &str, random: fn(&[u8]) -> Option<usize>) -> Vec<Part> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let is_inside = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
        let rest = &bytes[at..];
        let length = match is_inside {
            true => 0,
            false => uuid(rest)
                .or_else(|| date(rest))
                .or_else(|| random(rest))
                .unwrap_or(0),
        };
        if length > 0 {
            parts.push(Part {
                start: at,
                end: at + length,
            });
        }
        at += length.max(1);
    }
    parts
}

/// The text with a mark in the place of each part that varies. Texts of the same kind have the same.
pub(super) fn shape(text: &str, parts: &[Part]) -> String {
    let mut shape = String::with_capacity(text.len());
    let mut at = 0;
    for part in parts {
        shape.push_str(&text[at..part.start]);
        shape.push('\0');
        at = part.end;
    }
    shape.push_str(&text[at..]);
    shape
}

fn uuid(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for (index, length) in UUID.into_iter().enumerate() {
        if index > 0 {
            (text.get(at) == Some(&b'-')).then_some(())?;
            at += 1;
        }
        let digits = text.get(at..at + length)?;
        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
        at += length;
    }
    ends(text, at).then_some(at)
}

/// `2024-11-26`, `2024/11/26`, `2024-11-26T10-15-00Z`.
fn date(text: &[u8]) -> Option<usize> {
    let year = number(text, 4)?;
    (text.starts_with(b"19") || text.starts_with(b"20")).then_some(())?;
    let separator = *text.get(year)?;
    b"-/_.".contains(&separator).then_some(())?;
    let month = year + 1 + number(&text[year + 1..], 2)?;
    (text.get(month) == Some(&separator)).then_some(())?;
    let day = month + 1 + number(&text[month + 1..], 2)?;
    let end = day + time(&text[day..]).unwrap_or(0);
    ends(text, end).then_some(end)
}

/// `T10:15:00Z`, `-10-15`, ` 101500`
fn time(text: &[u8]) -> Option<usize> {
    b"Tt-_/ ".contains(text.first()?).then_some(())?;
    let mut at = 1 + number(&text[1..], 2)?;
    for _ in 0..2 {
        let separated = usize::from(text.get(at).is_some_and(|one| b":-_.".contains(one)));
        let Some(digits) = text.get(at + separated..).and_then(|rest| number(rest, 2)) else {
            break;
        };
        at += separated + digits;
    }
    Some(at + usize::from(text.get(at).is_some_and(|one| b"Zz".contains(one))))
}

/// As many digits.
fn number(text: &[u8], digits: usize) -> Option<usize> {
    let are = text.get(..digits)?.iter().all(u8::is_ascii_digit);
    are.then_some(digits)
}

/// A run of letters and digits that has a digit.
fn id(text: &[u8]) -> Option<usize> {
    let run = run(text);
    let has_digit = run.iter().any(u8::is_ascii_digit);
    (run.len() >= SHORTEST_ID && has_digit).then_some(run.len())
}

/// A number, or a run whose letters and digits are mixed as nobody names a thing.
fn random(text: &[u8]) -> Option<usize> {
    let run = run(text);
    let digits = run.iter().filter(|one| one.is_ascii_digit()).count();
    let changes = run
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count();
    let mut words = run.split(u8::is_ascii_digit);
    let has_word = words.any(|letters| letters.len() >= WORD);
    let is_hexadecimal = run.iter().all(u8::is_ascii_hexdigit);
    let is_random = match (digits, is_hexadecimal) {
        (0, _) => false,
        (all, _) if all == run.len() => true,
        (_, true) => changes >= 2 || run.len() >= HEXADECIMAL,
        _ => is_time(run) || (digits >= 3 && changes >= 3 && !has_word),
    };
    (run.len() >= SHORTEST && is_random).then_some(run.len())
}

/// `20241126T101500`, `20241126T101500Z`
fn is_time(run: &[u8]) -> bool {
    let run = run.strip_suffix(b"Z").unwrap_or(run);
    let mut parts = run.split(|one| *one == b'T');
    let mut digits = |counts: &[usize]| {
        let part = parts.next().unwrap_or_default();
        counts.contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
    };
    digits(&[8]) && digits(&[4, 6]) && parts.next().is_none()
}

/// The letters and digits at the start.
fn run(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|one| !one.is_ascii_alphanumeric());
    &text[..end.unwrap_or(text.len())]
}

fn ends(text: &[u8], at: usize) -> bool {
    !text.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_another_each_time_is_found() {
        let shown = |text: &str| shape(text, &varying(text)).replace('\0', "<>");
        for (text, expected) in [
            (
                "arn:aws:sqs:eu-west-1:123456789012:jobs",
                "arn:aws:sqs:eu-west-1:<>:jobs",
            ),
            ("job-0b5c9f0e-9d4b-4c43-a8a3-6b1e0a0e5e3d/x", "job-<>/x"),
            ("out/2024-11-26/a.csv", "out/<>/a.csv"),
            ("out/2024/11/26/a.csv", "out/<>/a.csv"),
            ("run-2024-11-26T10:15:00Z.log", "run-<>.log"),
            ("run-20241126T101500.log", "run-<>.log"),
            ("backup-1732616100", "backup-<>"),
            ("instance/i-0abc1234def567890", "instance/i-<>"),
            ("stack-1A2B3C4D5E6F7", "stack-<>"),
            ("run-20241126T1015Z", "run-<>"),
            ("bucket-x7f9k2", "bucket-x7f9k2"),
            ("worker1/deploy2", "worker1/deploy2"),
            ("deployment2", "deployment2"),
            ("s3bucket2024", "s3bucket2024"),
            ("prod2eu1", "prod2eu1"),
            ("decade20", "decade20"),
            ("build/41", "build/41"),
            ("app-config", "app-config"),
            ("2024-11-26x", "2024-11-26x"),
            ("été-2024-11-26", "été-<>"),
            ("", ""),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn what_aws_has_made_up_can_be_short() {
        assert_eq!(made_up("sg-x7f9k2"), [Part { start: 3, end: 9 }]);
        assert_eq!(made_up("build-41"), []);
    }

    #[test]
    fn parts_are_at_borders_of_letters() {
        for text in [
            "日2024-11-26本",
            "\u{1f980}123456",
            "a\u{0301}000000",
            "é0b5c9f0",
        ] {
            for part in varying(text) {
                assert!(text.get(part.start..part.end).is_some(), "{text}");
            }
        }
    }
}
