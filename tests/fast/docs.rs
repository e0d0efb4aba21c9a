//! What the pages say can be followed: links lead somewhere, command lines are ones that credrun
//! reads, and files, `make` targets, flags and messages that are named are there.
//!
//! What `examples/` does is tried in `tests/engine/examples.rs` and `tests/compose/examples.rs`.

mod command_line;
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::repository;
use command_line::{calls, is_a_flag};
use page::{Code, Page};

/// README's length is a promise: who reads it has five minutes.
const MOST_WORDS: usize = 1000;

/// Flags of other programs that the pages name.
const OF_OTHERS: [&str; 3] = [
    // aws
    "--endpoint-url",
    // docker compose run
    "--no-deps",
    // How a credrun that stays behind is shown in a list of processes; nobody types it.
    "--supervisor",
];

/// Where the repository's files are.
const DIRECTORIES: [&str; 9] = [
    ".github/",
    "bench/",
    "docs/",
    "examples/",
    "fuzz/",
    "relay/",
    "scripts/",
    "src/",
    "tests/",
];

fn pages() -> Vec<Page> {
    let directories = ["", "docs", "examples"].map(repository);
    let files = directories.iter().flat_map(|directory| {
        let entries = fs::read_dir(directory).expect("a directory");
        entries.map(|entry| entry.expect("an entry").path())
    });
    let mut pages: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "md"))
        .map(|file| Page::read(&file))
        .collect();
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(pages.len() > 10, "{} pages", pages.len());
    pages
}

/// All that is wrong, a line each.
fn assert_nothing(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

/// What is wrong with each piece of code of each page, and where that is.
fn wrong_with_code(problems: impl Fn(&Code) -> Vec<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in pages() {
        for code in &page.code {
            let name = page.path.display();
            let found = problems(code).into_iter();
            wrong.extend(found.map(|problem| format!("{name}:{}: {problem}", code.line)));
        }
    }
    wrong
}

/// Why a link to something in the repository leads nowhere.
fn broken(page: &Page, link: &str) -> Option<String> {
    if link.contains("://") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = match file {
        "" => page.path.clone(),
        file => page.path.parent().expect("a directory").join(file),
    };
    if !path.exists() {
        return Some(format!("there is no {file}"));
    }
    let is_there = anchor.is_empty() || Page::read(&path).anchors.contains(anchor);
    (!is_there).then(|| format!("{} has no heading #{anchor}", path.display()))
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let (mut count, mut wrong) = (0, Vec::new());
    for page in pages() {
        for link in &page.links {
            count += 1;
            let problem = broken(&page, link);
            wrong.extend(problem.map(|why| format!("{}: {link}: {why}", page.path.display())));
        }
    }
    assert!(count > 40, "{count} links");
    assert_nothing("broken links", &wrong);
}

#[test]
fn every_command_line_is_one_that_credrun_reads() {
    let all = pages().into_iter().flat_map(|page| page.code);
    let count: usize = all
        .filter_map(|code| calls(&code).ok())
        .map(|all| all.len())
        .sum();
    assert!(count > 60, "{count} command lines");
    let wrong = wrong_with_code(|code| match calls(code) {
        Err(why) => vec![why],
        Ok(calls) => calls.iter().filter_map(|call| call.problem()).collect(),
    });
    assert_nothing("command lines that credrun refuses", &wrong);
}

#[test]
fn every_flag_that_is_named_exists() {
    assert!(!is_a_flag("--no-such-flag") && is_a_flag("--live") && is_a_flag("--output"));
    let wrong = wrong_with_code(|code| {
        let name = code.text.split(['=', ' ', '[']).next().unwrap_or_default();
        let is_known = !name.starts_with("--") || OF_OTHERS.contains(&name) || is_a_flag(name);
        let is_wrong = code.is_inline && !is_known;
        is_wrong
            .then(|| format!("there is no flag {name}"))
            .into_iter()
            .collect()
    });
    assert_nothing("flags that credrun does not have", &wrong);
}

#[test]
fn every_file_of_the_repository_that_is_named_exists() {
    let wrong = wrong_with_code(|code| {
        let words = code.text.split_whitespace();
        let files = words.map(|word| word.trim_end_matches([',', ';', ':']));
        files
            .filter(|file| {
                DIRECTORIES
                    .iter()
                    .any(|directory| file.starts_with(directory))
            })
            .filter(|file| !repository(file).exists())
            .map(|file| format!("there is no {file}"))
            .collect()
    });
    assert_nothing("files that do not exist", &wrong);
}

/// The Makefile's targets, and those of them that `make help` lists.
fn targets() -> (BTreeSet<String>, BTreeSet<String>) {
    let makefile = fs::read_to_string(repository("Makefile")).expect("a Makefile");
    let is_a_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let rules = makefile.lines().filter_map(|line| line.split_once(':'));
    let rules: Vec<_> = rules.filter(|(name, _)| is_a_name(name)).collect();
    let listed = rules.iter().filter(|(_, rest)| rest.contains("## "));
    let listed = listed.map(|(name, _)| (*name).to_owned()).collect();
    (
        rules.iter().map(|(name, _)| (*name).to_owned()).collect(),
        listed,
    )
}

#[test]
fn every_make_target_that_is_named_exists_and_make_help_lists_all() {
    let (all, listed) = targets();
    assert!(all.len() > 5, "{all:?}");
    assert_eq!(all, listed, "each target has its line of help behind `##`");
    let wrong = wrong_with_code(|code| {
        let words: Vec<_> = code.text.split_whitespace().collect();
        let calls = words.windows(2).filter(|pair| pair[0] == "make");
        calls
            .filter(|pair| !all.contains(pair[1]))
            .map(|pair| format!("there is no target {}", pair[1]))
            .collect()
    });
    assert_nothing("make targets that do not exist", &wrong);
}

/// The program's text without comments, as a user reads it: a string that goes over several lines
/// is one line.
fn program_text(directory: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).expect("src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text.push_str(&program_text(&path));
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let file = fs::read_to_string(&path).expect("a source file");
        let lines = file.lines().map(str::trim_start);
        for line in lines.filter(|line| !line.starts_with("//")) {
            match line.strip_suffix('\\') {
                Some(goes_on) => text.push_str(goes_on),
                None => text.push_str(&format!("{line}\n")),
            }
        }
    }
    text.replace("\\\"", "\"")
}

/// `…` stands for what differs from case to case.
#[test]
fn every_message_of_the_troubleshooting_page_is_one_of_the_programs() {
    let program = program_text(&repository("src"));
    let page = Page::read(&repository("docs/troubleshooting.md"));
    assert!(page.first_cells.len() > 40, "{}", page.first_cells.len());
    let wrong: Vec<_> = page
        .first_cells
        .iter()
        .filter(|message| !message.split('…').all(|part| program.contains(part.trim())))
        .cloned()
        .collect();
    assert_nothing("messages that the program does not have", &wrong);
}

#[test]
fn the_readme_can_be_read_in_five_minutes() {
    let text = fs::read_to_string(repository("README.md")).expect("README");
    let words = text.split_whitespace();
    let count = words
        .filter(|word| word.contains(char::is_alphanumeric))
        .count();
    assert!(count < MOST_WORDS, "{count} words");
}
