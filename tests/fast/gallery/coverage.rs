//! A message that no page shows fails here, and so does a page that shows what is no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::{Attribute, Fields, ImplItem, Item, Visibility};

use super::page::{RULE, SHOWS, directory};
use crate::support::repository;

/// Types whose variants are messages, but have no text of `#[error]`.
const OTHERS: [&str; 7] = [
    "policy::read::Skipped",
    "policy::remark::Remark",
    "project::warning::Warning",
    "keyless::event::Event",
    "live::event::Event",
    "live::event::Refusal",
    "lifetime::too_short::NoHope",
];

/// What credrun answers the container with: its SDKs show it, and `tests/keyless` shows that they do.
const ANSWERS: [&str; 3] = ["body", "answer", "signature"];

/// A message of the source: where it is, and the fixed parts of its text, in order.
struct Message {
    path: Vec<String>,
    parts: Vec<String>,
}

/// The messages of a file.
fn messages_in(module: &[String], file: &Path) -> Vec<Message> {
    let text = fs::read_to_string(file).expect("a source file");
    let mut messages = Vec::new();
    for item in syn::parse_file(&text).expect("Rust").items {
        match item {
            Item::Enum(item) => {
                let name = item.ident.to_string();
                let is_other = OTHERS.iter().any(|other| {
                    let path = [module, std::slice::from_ref(&name)].concat().join("::");
                    path.ends_with(other)
                });
                for variant in &item.variants {
                    let path = [module, &[name.clone(), variant.ident.to_string()]].concat();
                    match template(&variant.attrs) {
                        Some(text) => messages.push(Message {
                            path,
                            parts: parts(&text),
                        }),
                        None if is_other => messages.push(Message {
                            path,
                            parts: Vec::new(),
                        }),
                        None => {}
                    }
                }
            }
            Item::Struct(item) if !matches!(item.fields, Fields::Unit) => {
                if let Some(text) = template(&item.attrs) {
                    let path = [module, &[item.ident.to_string()]].concat();
                    messages.push(Message {
                        path,
                        parts: parts(&text),
                    });
                }
            }
            // Each public method of `Notices` that takes a value says something.
            Item::Impl(item) if module.iter().any(|room| room == "notices") => {
                for method in item.items {
                    let ImplItem::Fn(method) = method else {
                        continue;
                    };
                    let name = method.sig.ident.to_string();
                    let is_public = matches!(method.vis, Visibility::Public(_));
                    let is_notice = method.sig.receiver().is_some() && name != "warning";
                    if is_public && is_notice {
                        let path = [module, &["Notices".to_owned(), name]].concat();
                        messages.push(Message {
                            path,
                            parts: Vec::new(),
                        });
                    }
                }
            }
            _ => {}
        }
    }
    messages
}

/// The text of `#[error("…")]`; none for `#[error(transparent)]`, whose text is another's.
fn template(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|one| one.path().is_ident("error"))?;
    let tokens = attribute.meta.require_list().ok()?.tokens.clone();
    let first = tokens.into_iter().next()?.to_string();
    let literal: syn::LitStr = syn::parse_str(&first).ok()?;
    Some(literal.value())
}

/// `"the {name} of {0:?}"` → `the `, ` of `.
fn parts(template: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_inside = false;
    for character in template.chars() {
        match character {
            '{' => {
                is_inside = true;
                parts.push(String::new());
            }
            '}' => is_inside = false,
            other if !is_inside => parts.last_mut().expect("one").push(other),
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// All messages of the library.
fn messages() -> Vec<Message> {
    let mut messages = Vec::new();
    let mut directories = vec![(Vec::new(), repository("src"))];
    while let Some((module, directory)) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_stem()
                .and_then(|name| name.to_str())
                .expect("a name");
            let below = match name {
                "mod" => module.clone(),
                name => [&module[..], &[name.to_owned()]].concat(),
            };
            if path.is_dir() {
                directories.push((below, path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                messages.extend(messages_in(&below, &path));
            }
        }
    }
    messages
}

/// What each page's entries show, with their text.
fn entries() -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory()).expect("the pages") {
        let page = fs::read_to_string(entry.expect("an entry").path()).expect("a page");
        for entry in page.split(RULE).skip(1) {
            let names = entry.lines().find_map(|line| line.strip_prefix(SHOWS));
            for name in names
                .unwrap_or_default()
                .split(", ")
                .filter(|name| !name.is_empty())
            {
                entries.push((name.to_owned(), entry.to_owned()));
            }
        }
    }
    entries
}

/// Whether `name` is the end of `path`.
fn names(name: &str, path: &[String]) -> bool {
    let words: Vec<&str> = name.split("::").collect();
    path.ends_with(
        &words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>(),
    )
}

fn has_parts(text: &str, parts: &[String]) -> bool {
    let mut rest = text;
    parts
        .iter()
        .all(|part| match rest.split_once(part.as_str()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
}

#[test]
fn every_message_is_on_a_page() {
    let (messages, entries) = (messages(), entries());
    assert!(messages.len() > 150, "{} messages", messages.len());
    let is_answer = |message: &&Message| match message.path.as_slice() {
        [room, file, ..] => room == "keyless" && ANSWERS.contains(&file.as_str()),
        _ => false,
    };
    let missing: Vec<String> = messages
        .iter()
        .filter(|message| !is_answer(message))
        .filter(|message| {
            let mut shown = entries
                .iter()
                .filter(|(name, _)| names(name, &message.path));
            !shown.any(|(_, text)| has_parts(text, &message.parts))
        })
        .map(|message| message.path.join("::"))
        .collect();
    assert!(
        missing.is_empty(),
        "no page of tests/fast/gallery shows\n  {}",
        missing.join("\n  ")
    );
}

#[test]
fn every_name_on_a_page_is_that_of_one_message() {
    let messages = messages();
    let mut meant: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in entries() {
        let found = messages
            .iter()
            .filter(|message| names(&name, &message.path));
        let found: Vec<&Message> = found.collect();
        for message in &found {
            assert!(
                has_parts(&text, &message.parts),
                "an entry is to show {name}, and has not its text:{text}"
            );
        }
        let paths = found.iter().map(|message| message.path.join("::"));
        meant.entry(name).or_default().extend(paths);
    }
    for (name, paths) in meant {
        assert_eq!(paths.len(), 1, "{name}: {paths:?}");
    }
}
