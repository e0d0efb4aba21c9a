//! `--label` and `--label-file`.

use std::collections::HashMap;
use std::path::Path;

use super::key_value_file;
use crate::container::FlagError;

/// Checks `KEY[=VALUE]`; it is kept as typed.
///
/// # Errors
/// An empty key, or blanks in it.
pub(crate) fn parse(label: &str) -> Result<String, FlagError> {
    let key = label.split('=').next().unwrap_or_default();
    let key = key.trim_start_matches([' ', '\t']);
    if key.is_empty() {
        return Err(FlagError::new(format!(
            "invalid label '{label}': empty name"
        )));
    }
    if key.contains([' ', '\t']) {
        return Err(FlagError::new(format!(
            "label '{key}' contains whitespaces"
        )));
    }
    Ok(label.to_owned())
}

/// Flags win over files. A key alone has an empty value in a flag, and is dropped in a file.
pub(crate) fn collect(
    files: &[String],
    flags: &[String],
    directory: &Path,
) -> Result<HashMap<String, String>, FlagError> {
    let mut labels = HashMap::new();
    for file in files {
        labels.extend(key_value_file::read(file, directory, |_| None)?);
    }
    labels.extend(key_value_map(flags));
    Ok(labels)
}

/// Each `KEY=VALUE`, or `KEY` with an empty value; the last entry for a key wins.
pub(crate) fn key_value_map(pairs: &[String]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key.to_owned(), value.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_a_key_without_blanks() {
        assert_eq!(parse("d= v ").as_deref(), Ok("d= v "));
        let message = |label| parse(label).expect_err("refused").to_string();
        assert_eq!(message("=x"), "invalid label '=x': empty name");
        assert_eq!(message("a b=c"), "label 'a b' contains whitespaces");
    }

    #[test]
    fn labels_of_flags_win_over_those_of_files() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("labels"), "a=file\nb=file\n").expect("a file");
        let flags = ["b=flag".to_owned(), "c".to_owned()];
        let labels = collect(&["labels".to_owned()], &flags, directory.path());
        let expected = [("a", "file"), ("b", "flag"), ("c", "")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(labels, Ok(HashMap::from(expected)));
    }

    #[test]
    fn values_keep_their_equals_signs() {
        let map = key_value_map(&["c=x=y".to_owned(), "b".to_owned()]);
        assert_eq!(map["c"], "x=y");
        assert_eq!(map["b"], "");
    }
}
