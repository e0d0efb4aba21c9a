//! CBOR (RFC 8949), as far as requests, answers and errors of services that speak Smithy's RPC v2 CBOR are
//! read and written.

/// A major type and its argument. None is a length that is not told.
pub(crate) struct Head {
    pub(crate) major: u8,
    pub(crate) argument: Option<u64>,
}

const TEXT: u8 = 3;
pub(crate) const ARRAY: u8 = 4;
pub(crate) const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;
const BREAK: u8 = 0xff;
const NULL: u8 = 0xf6;
/// The tag of a time in seconds.
const TIME: u64 = 1;

/// Deeper ones are not AWS's.
pub(crate) const DEEPEST: u8 = 16;

/// The members of the outermost map that are texts. None where the body is no such map.
pub(crate) fn texts(body: &[u8]) -> Option<Vec<(&str, &str)>> {
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

/// Hands each text of a document to `each`, with the names of the maps that it is in. Elements of a list
/// have the name of the list. None where the document cannot be read whole: what came before has been
/// handed over.
pub(crate) fn leaves<'b>(body: &'b [u8], each: &mut impl FnMut(&[&'b str], &'b str)) -> Option<()> {
    let mut rest = body;
    if rest.first()? >> 5 != MAP {
        return None;
    }
    walk(&mut rest, &mut Vec::new(), DEEPEST, each)?;
    rest.is_empty().then_some(())
}

fn walk<'b>(
    rest: &mut &'b [u8],
    path: &mut Vec<&'b str>,
    depth: u8,
    each: &mut impl FnMut(&[&'b str], &'b str),
) -> Option<()> {
    match rest.first()? >> 5 {
        // One in pieces is refused, so that it hides nothing.
        TEXT => each(path, text(rest)?),
        MAP => {
            let mut left = head(rest)?.argument;
            while has_more(rest, &mut left)? {
                path.push(text(rest)?);
                walk(rest, path, depth.checked_sub(1)?, each)?;
                path.pop();
            }
        }
        ARRAY => {
            let mut left = head(rest)?.argument;
            while has_more(rest, &mut left)? {
                walk(rest, path, depth.checked_sub(1)?, each)?;
            }
        }
        TAG => {
            head(rest)?;
            walk(rest, path, depth.checked_sub(1)?, each)?;
        }
        _ => skip(rest, depth)?,
    }
    Some(())
}

/// Whether another item comes in an array or a map.
pub(crate) fn has_more(rest: &mut &[u8], left: &mut Option<u64>) -> Option<bool> {
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

pub(crate) fn head(rest: &mut &[u8]) -> Option<Head> {
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
pub(crate) fn text<'b>(rest: &mut &'b [u8]) -> Option<&'b str> {
    let head = head(rest)?;
    let length = head.argument.filter(|_| head.major == TEXT)?;
    std::str::from_utf8(take(rest, length)?).ok()
}

/// The bytes of an item.
pub(crate) fn item<'b>(rest: &mut &'b [u8], depth: u8) -> Option<&'b [u8]> {
    let whole = *rest;
    skip(rest, depth)?;
    whole.get(..whole.len() - rest.len())
}

/// Whether an item is no value.
pub(crate) fn is_null(item: &[u8]) -> bool {
    item == [NULL]
}

/// An item that is a number of seconds, as JSON would have it.
pub(crate) fn seconds(mut item: &[u8]) -> Option<String> {
    if item.first()? >> 5 == TAG {
        head(&mut item)?.argument.filter(|tag| *tag == TIME)?;
    }
    let first = *item.first()?;
    let argument = head(&mut item)?.argument.filter(|_| item.is_empty())?;
    match first {
        0xfa => Some(f32::from_bits(u32::try_from(argument).ok()?).to_string()),
        0xfb => Some(f64::from_bits(argument).to_string()),
        _ if first >> 5 == 0 => Some(argument.to_string()),
        _ => None,
    }
}

/// Writes a text, with its length in as many bytes as it needs.
pub(crate) fn put_text(body: &mut Vec<u8>, text: &str) {
    let (major, length) = (TEXT << 5, text.len());
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..24), _) => body.push(major | short),
        (Ok(short), _) => body.extend([major | 24, short]),
        (_, Ok(middle)) => {
            body.push(major | 25);
            body.extend(middle.to_be_bytes());
        }
        _ => {
            body.push(major | 27);
            body.extend((length as u64).to_be_bytes());
        }
    }
    body.extend(text.as_bytes());
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

    #[test]
    fn texts_are_written_as_they_are_read() {
        for (length, begin) in [
            (0, &[0x60][..]),
            (23, &[0x77]),
            (24, &[0x78, 24]),
            (255, &[0x78, 255]),
            (256, &[0x79, 1, 0]),
            (65_536, &[0x7b, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let mut body = Vec::new();
            put_text(&mut body, &"y".repeat(length));
            assert!(body.starts_with(begin), "{length}");
            let mut rest = body.as_slice();
            assert_eq!(text(&mut rest).map(str::len), Some(length));
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn seconds_are_whole_or_not_with_a_tag_or_without() {
        for (item, expected) in [
            (&b"\xc1\x1a\x6b\x49\xd2\x00"[..], Some("1800000000")),
            (
                b"\xc1\xfb\x41\xda\xd2\x74\x80\x00\x00\x00",
                Some("1800000000"),
            ),
            (b"\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00", Some("1.5")),
            (b"\xc1\xfa\x3f\xc0\x00\x00", Some("1.5")),
            (b"\xc1\x07", Some("7")),
            (b"\xc2\x07", None),
            (b"\x27", None),
            (b"\x61a", None),
            (b"\xf6", None),
            (b"\x07\x07", None),
            (b"\xc1", None),
            (b"", None),
        ] {
            assert_eq!(seconds(item).as_deref(), expected, "{item:x?}");
        }
    }

    fn paths(body: &[u8]) -> (Vec<String>, bool) {
        let mut found = Vec::new();
        let mut each = |path: &[&str], text: &str| found.push(format!("{}={text}", path.join(".")));
        let is_whole = leaves(body, &mut each).is_some();
        (found, is_whole)
    }

    #[test]
    fn each_text_is_found_with_its_path() {
        // {"N": "n", "L": ["a", {"K": "b"}], "I": 1, "T": 1(1.5), "B": h'00', "E": []}
        let body = b"\xa6\x61N\x61n\x61L\x82\x61a\xa1\x61K\x61b\x61I\x01\x61T\xc1\xf9\x3e\x00\x61B\x41\x00\x61E\x80";
        let expected = ["N=n", "L=a", "L.K=b"].map(str::to_owned).to_vec();
        assert_eq!(paths(body), (expected.clone(), true));
        let unknown = b"\xbf\x61N\xc0\x61n\x61L\x9f\x61a\xbf\x61K\x61b\xff\xff\xff";
        assert_eq!(paths(unknown), (expected, true));
    }

    #[test]
    fn what_hides_a_text_is_not_read_as_whole() {
        for body in [
            // A value and a name in pieces, a name that is a number.
            &b"\xa1\x61N\x7f\x61n\xff"[..],
            b"\xa1\x7f\x61N\xff\x61n",
            b"\xa1\x01\x61n",
            // More behind it, less than told, no UTF-8, another kind.
            b"\xa0\xa1\x61N\x61n",
            b"\xa2\x61N\x61n",
            b"\xa1\x61N\x61\xff",
            b"\x81\x61n",
            b"",
            &[b"\xa1\x61a".as_slice(), &[0x81; 99]].concat(),
        ] {
            assert!(!paths(body).1, "{body:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics_or_takes_long(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = texts(&body);
            let _ = paths(&body);
            let _ = paths(&[b"\xbf\x61a\x9f".as_slice(), &body].concat());
            let _ = seconds(&body);
            if let Some(one) = item(&mut body.as_slice(), DEEPEST) {
                prop_assert!(body.starts_with(one));
            }
        }
    }
}
