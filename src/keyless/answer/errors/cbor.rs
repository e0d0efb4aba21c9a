//! The texts in a CBOR map, as far as an error has some.

/// A major type and its argument. None is a length that is not told.
struct Head {
    major: u8,
    argument: Option<u64>,
}

const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;
const BREAK: u8 = 0xff;

/// Deeper ones are not AWS's.
const DEEPEST: u8 = 16;

/// The members of the outermost map that are texts. None where the body is no such map.
pub(super) fn texts(body: &[u8]) -> Option<Vec<(&str, &str)>> {
    let mut rest = body;
    let Head {
        major: MAP,
        argument,
    } = head(&mut rest)?
    else {
        return None;
    };
    let mut found = Vec::new();
    let mut left = argument;
    while has_more(&mut rest, &mut left)? {
        let name = text(&mut rest)?;
        if rest.first()? >> 5 == TEXT {
            found.push((name, text(&mut rest)?));
        } else {
            skip(&mut rest, DEEPEST)?;
        }
    }
    Some(found)
}

/// Whether another item comes in an array or a map.
fn has_more(rest: &mut &[u8], left: &mut Option<u64>) -> Option<bool> {
    match left {
        Some(0) => Some(false),
        Some(count) => {
            *count -= 1;
            Some(true)
        }
        None if *rest.first()? == BREAK => {
            take(rest, 1)?;
            Some(false)
        }
        None => Some(true),
    }
}

fn take<'b>(rest: &mut &'b [u8], length: u64) -> Option<&'b [u8]> {
    let (taken, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(taken)
}

fn head(rest: &mut &[u8]) -> Option<Head> {
    let first = *take(rest, 1)?.first()?;
    let bytes = match first & 0x1f {
        short @ 0..24 => {
            return Some(Head {
                major: first >> 5,
                argument: Some(u64::from(short)),
            });
        }
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        31 => {
            return Some(Head {
                major: first >> 5,
                argument: None,
            });
        }
        _ => return None,
    };
    let bytes = take(rest, bytes)?.iter();
    let argument = bytes.fold(0, |number, byte| number << 8 | u64::from(*byte));
    Some(Head {
        major: first >> 5,
        argument: Some(argument),
    })
}

/// A text in one piece.
fn text<'b>(rest: &mut &'b [u8]) -> Option<&'b str> {
    let head = head(rest)?;
    let length = head.argument.filter(|_| head.major == TEXT)?;
    std::str::from_utf8(take(rest, length)?).ok()
}

fn skip(rest: &mut &[u8], depth: u8) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let Head { major, argument } = head(rest)?;
    match (major, argument) {
        (0 | 1 | SIMPLE, Some(_)) => {}
        (2 | TEXT, Some(length)) => {
            take(rest, length)?;
        }
        (TAG, Some(_)) => skip(rest, depth)?,
        // Pieces of one text, elements, or names and values.
        (2 | TEXT | ARRAY | MAP, argument) => {
            let mut left = argument;
            while has_more(rest, &mut left)? {
                skip(rest, depth)?;
                if major == MAP {
                    skip(rest, depth)?;
                }
            }
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_of_the_outermost_map_are_found() {
        let expected = vec![("__type", "E"), ("m", "text")];
        let known = b"\xa5\x66__type\x61E\x61a\x82\x01\xa1\x61b\xf5\x61c\xc1\xfb\x41\xda\x00\x00\x00\x00\x00\x00\x61d\x42\x00\x01\x61m\x78\x04text";
        assert_eq!(texts(known), Some(expected.clone()));
        let unknown = b"\xbf\x66__type\x61E\x61a\x9f\x01\x7f\x61x\x61y\xff\xff\x61m\x64text\xff";
        assert_eq!(texts(unknown), Some(expected));
    }

    #[test]
    fn what_is_cut_off_or_no_map_has_none() {
        let body = b"\xa1\x66__type\x61E";
        for end in 0..body.len() {
            assert_eq!(texts(&body[..end]), None, "{end}");
        }
        assert_eq!(texts(b"\x81\x01"), None);
        // A length that no memory has, and depth.
        assert_eq!(
            texts(b"\xa1\x61a\x5b\xff\xff\xff\xff\xff\xff\xff\xff"),
            None
        );
        assert_eq!(
            texts(&[b"\xa1\x61a".as_slice(), &[0x81; 99]].concat()),
            None
        );
    }

    proptest! {
        #[test]
        fn no_body_panics_or_takes_long(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = texts(&body);
        }
    }
}
