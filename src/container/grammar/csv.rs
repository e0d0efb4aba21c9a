//! One record of comma-separated values, by the rules of Go's `encoding/csv`.
//!
//! `--mount`, `--gpus` and the long form of `--network` are such records:
//! `type=volume,"volume-opt=o=addr=1.2.3.4,rw"`. The `csv` crate also reads them, but never refuses
//! one: it treats a stray quote as text, where docker reports the error.

use crate::container::FlagError;

/// Splits a record into its fields.
///
/// # Errors
/// An empty record, a quote inside an unquoted field, a quoted field that does not end properly.
pub(crate) fn parse(record: &str) -> Result<Vec<String>, FlagError> {
    // A record ends with its line; docker never reads the record after it.
    let mut rest = record.trim_start_matches(['\n', '\r']);
    if rest.is_empty() {
        return Err(FlagError::new("EOF"));
    }
    let mut fields = Vec::new();
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(record, quoted)?,
            None => bare_field(record, rest)?,
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(fields),
        }
    }
}

fn bare_field<'a>(record: &str, rest: &'a str) -> Result<(String, &'a str), FlagError> {
    let end = rest.find([',', '\n']).unwrap_or(rest.len());
    let (field, after) = rest.split_at(end);
    match field.find('"') {
        Some(quote) => Err(error(
            record.len() - rest.len() + quote,
            r#"bare " in non-quoted-field"#,
        )),
        None => Ok((field.trim_end_matches('\r').to_owned(), after)),
    }
}

fn quoted_field<'a>(record: &str, mut rest: &'a str) -> Result<(String, &'a str), FlagError> {
    let mut field = String::new();
    while let Some(quote) = rest.find('"') {
        field.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.chars().next() {
            Some('"') => {
                field.push('"');
                rest = &rest[1..];
            }
            None | Some(',' | '\n') => return Ok((field, rest)),
            Some(_) => {
                let column = record.len() - rest.len() - 1;
                return Err(error(column, r#"extraneous or missing " in quoted-field"#));
            }
        }
    }
    Err(error(
        record.len(),
        r#"extraneous or missing " in quoted-field"#,
    ))
}

/// Columns count bytes, starting at one.
fn error(offset: usize, what: &str) -> FlagError {
    FlagError::new(format!(
        "parse error on line 1, column {}: {what}",
        offset + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas_and_doubled_quotes() {
        assert_eq!(
            parse(r#"a=1,"b=x,y","c=""q""",d"#).expect("well-formed"),
            ["a=1", "b=x,y", "c=\"q\"", "d"]
        );
        assert_eq!(parse("a,,").expect("well-formed"), ["a", "", ""]);
    }

    #[test]
    fn a_stray_quote_is_refused_with_its_column() {
        assert_eq!(
            parse(r#"type=bind,src="/a""#)
                .expect_err("stray")
                .to_string(),
            r#"parse error on line 1, column 15: bare " in non-quoted-field"#
        );
        assert_eq!(
            parse(r#"a,"bc"d"#).expect_err("stray").to_string(),
            r#"parse error on line 1, column 6: extraneous or missing " in quoted-field"#
        );
        assert_eq!(
            parse(r#"a,"b"#).expect_err("open").to_string(),
            r#"parse error on line 1, column 5: extraneous or missing " in quoted-field"#
        );
        assert_eq!(parse("").expect_err("empty").to_string(), "EOF");
    }
}
