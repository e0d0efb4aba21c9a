//! The files of `--env-file` and `--label-file`: one `KEY[=VALUE]` per line.
//!
//! Nothing is unquoted, and nothing after a value is a comment: `A="b" # c` is the value `"b" # c`.
//! Docker's users rely on this (docker/cli#3630), and other tools write such files for it.

use std::io::ErrorKind;
use std::path::Path;

use crate::container::FlagError;

/// The longest line, as in Go's `bufio.Scanner`.
const MAX_LINE: usize = 64 * 1024;

/// Reads a file relative to `directory`, and parses it with `parse`. `what` names the kind of file
/// in errors.
pub(crate) fn read(
    name: &str,
    directory: &Path,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, FlagError> {
    let bytes = std::fs::read(directory.join(name)).map_err(|error| match error.kind() {
        // A directory can be opened, so docker fails a step later, with another message.
        ErrorKind::IsADirectory => FlagError::with_hint(
            format!("invalid env file ({name}): read {name}: is a directory"),
            "name a file with NAME=value on each line",
        ),
        _ => cannot_open(name, &error),
    })?;
    parse(&bytes, lookup).map_err(|why| FlagError::new(format!("invalid env file ({name}): {why}")))
}

/// The system's message, in Go's form: `open FILE: no such file or directory`.
pub(crate) fn cannot_open(name: &str, error: &std::io::Error) -> FlagError {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    FlagError::new(format!("open {name}: {}", lower_first(text)))
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// A key without `=` takes its value from `lookup`, and is omitted if there is none.
fn parse(
    bytes: &[u8],
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.len() >= MAX_LINE {
            return Err("bufio.Scanner: token too long".to_owned());
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = std::str::from_utf8(line).map_err(|_| {
            format!(
                "invalid utf8 bytes at line {}: {}",
                index + 1,
                go_list(line)
            )
        })?;
        let line = match index {
            0 => line.strip_prefix('\u{feff}').unwrap_or(line),
            _ => line,
        };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (line, None),
        };
        if key.is_empty() {
            return Err(format!("no variable name on line '{line}'"));
        }
        if key.contains([' ', '\t']) {
            return Err(format!("variable '{key}' contains whitespaces"));
        }
        if let Some(value) = value.or_else(|| lookup(key)) {
            pairs.push((key.to_owned(), value));
        }
    }
    Ok(pairs)
}

/// Bytes as Go prints them: `[255 254]`.
fn go_list(bytes: &[u8]) -> String {
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    format!("[{}]", numbers.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &[u8]) -> Result<Vec<(String, String)>, String> {
        parse(text, |name| (name == "HERE").then(|| "here".to_owned()))
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn a_directory_is_no_such_file() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("dir")).expect("made");
        let error = read("dir", directory.path(), |_| None).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "invalid env file (dir): read dir: is a directory"
        );
        assert!(error.hint().is_some_and(|hint| hint.contains("NAME=value")));
    }

    #[test]
    fn quotes_and_trailing_comments_are_part_of_the_value() {
        assert_eq!(
            read_text(b"A=\"a b\"\nB=x # y  \n# comment\n\n  C=1\nD="),
            Ok(vec![
                pair("A", "\"a b\""),
                pair("B", "x # y  "),
                pair("C", "1"),
                pair("D", "")
            ])
        );
    }

    #[test]
    fn a_name_alone_is_looked_up_and_dropped_if_unset() {
        assert_eq!(read_text(b"HERE\nGONE\n"), Ok(vec![pair("HERE", "here")]));
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_on_the_first_line_are_dropped() {
        assert_eq!(
            read_text(b"\xef\xbb\xbfA=1\r\nB=2\r\n"),
            Ok(vec![pair("A", "1"), pair("B", "2")])
        );
        assert_eq!(
            read_text(b"A=1\n\xef\xbb\xbfB=2"),
            Ok(vec![pair("A", "1"), pair("\u{feff}B", "2")])
        );
    }

    #[test]
    fn each_refusal_quotes_the_line() {
        let message = |text| read_text(text).expect_err("refused");
        assert_eq!(
            message(b"BAD KEY=1"),
            "variable 'BAD KEY' contains whitespaces"
        );
        assert_eq!(message(b"=x"), "no variable name on line '=x'");
        assert_eq!(
            message(b"A=1\n\xff\xfe=1"),
            "invalid utf8 bytes at line 2: [255 254 61 49]"
        );
        assert_eq!(message(&[b'A'; MAX_LINE]), "bufio.Scanner: token too long");
        let value = "v".repeat(60_000);
        let long = format!("A={value}\n");
        assert_eq!(read_text(long.as_bytes()), Ok(vec![pair("A", &value)]));
    }
}
