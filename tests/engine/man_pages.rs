//! The man pages, as `man` shows them.

use std::process::Command;

use crate::support::process::{credrun, run};

#[test]
fn every_command_has_a_page_that_man_shows_without_a_warning() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut write = credrun();
    write.args(["man", "--output-dir"]).arg(directory.path());
    run(&mut write).success();
    let mut pages: Vec<String> = std::fs::read_dir(directory.path())
        .expect("a directory")
        .map(|entry| entry.expect("a file").file_name())
        .map(|name| name.into_string().expect("UTF-8"))
        .collect();
    pages.sort_unstable();
    assert!(pages.contains(&"credrun.1".to_owned()), "{pages:?}");
    for command in ["run", "exec", "env", "export", "whoami", "ps", "stop"] {
        assert!(pages.contains(&format!("credrun-{command}.1")), "{pages:?}");
    }
    for page in &pages {
        let mut man = Command::new("man");
        man.args(["--warnings", "--local-file"])
            .arg(directory.path().join(page))
            .env("LC_ALL", "C.UTF-8")
            .env("MANWIDTH", "80");
        let shown = run(&mut man).success();
        assert_eq!(shown.stderr, "", "{page}");
        let title = page.trim_end_matches(".1");
        // man fills lines with spaces.
        let words: Vec<String> = shown.out().split_whitespace().map(str::to_owned).collect();
        let name = [title.to_owned(), "-".to_owned()];
        assert!(words.windows(2).any(|pair| pair == name), "{page}");
    }
}

#[test]
fn a_single_page_goes_to_stdout_and_one_of_no_command_is_refused() {
    let page = run(credrun().args(["man", "run"])).success().out();
    assert!(page.contains(".TH credrun-run 1"), "{page}");
    assert!(page.contains("\\-\\-role\\-arn"), "{page}");
    let refused = run(credrun().args(["man", "nothing"]));
    assert_eq!(refused.code(), 125);
    assert!(
        refused
            .stderr
            .contains("credrun has no command \"nothing\"")
    );
}
