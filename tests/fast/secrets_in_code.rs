//! Secrets are taken out of their types in few files, and these are named in the crate's
//! documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::repository;

/// The files below `directory`, with their text.
fn sources(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            let name = path.strip_prefix(repository("src")).expect("below src");
            found.push((name.display().to_string(), text));
        }
    }
}

/// What comes before a file's own tests.
fn program(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or(text)
}

/// The files of the table under `# Secrets`.
fn documented() -> BTreeSet<String> {
    let library = fs::read_to_string(repository("src/lib.rs")).expect("the library");
    let (_, table) = library.split_once("//! # Secrets").expect("a section");
    let rows = table
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `"));
    let files = rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()));
    files.collect()
}

#[test]
fn only_the_documented_files_take_secrets_out_of_their_types() {
    let mut all = Vec::new();
    sources(&repository("src"), &mut all);
    assert!(all.len() > 100, "{} files", all.len());
    let exposes = |text: &str| program(text).contains("expose_secret");
    let files = all.iter().filter(|(name, text)| {
        let is_test = name.ends_with("/tests.rs") || name.contains("/tests/");
        !is_test && exposes(text)
    });
    let exposing: BTreeSet<String> = files.map(|(name, _)| name.clone()).collect();
    assert_eq!(exposing, documented());
}
