//! `credrun compose`, typed by somebody who wants to see what it does. Compose throws its stderr away.

use crate::support::process::{credrun, run};
use crate::support::terminal::Terminal;

const NO_ENGINE: (&str, &str) = ("DOCKER_HOST", "unix:///nonexistent/engine.sock");

#[test]
fn at_a_terminal_an_error_is_in_words_whoever_has_met_it() {
    for delivery in ["env", "live", "keyless"] {
        let mut compose = credrun();
        compose
            .env(NO_ENGINE.0, NO_ENGINE.1)
            .args(["compose", "--project-name=p", "up", "--profile=nope"])
            .args([&format!("--delivery={delivery}"), "aws"]);
        let (code, shown) = Terminal::start(&compose).wait();
        assert_eq!(code, 125, "{shown}");
        assert!(shown.starts_with("credrun: "), "{shown}");
        assert!(shown.contains("\r\ncaused by: "), "{shown}");
        assert!(!shown.contains("\"type\""), "{shown}");
    }
}

#[test]
fn what_is_no_call_of_composes_is_said_in_words_too_where_stdout_is_a_pipe() {
    for words in [&["up"][..], &["up", "aws"], &["uq", "aws"]] {
        let refused = run(credrun().arg("compose").args(words));
        assert_eq!(refused.code(), 125);
        assert!(refused.out().starts_with("{\"type\":\"error\""));
        let said = &refused.stderr;
        assert!(said.starts_with("credrun: "), "{words:?}: {said}");
        assert!(
            said.contains("\nhint: Docker Compose calls this command"),
            "{said}"
        );
    }
    let of_compose = ["compose", "--project-name=p", "up", "--rolearn=x", "aws"];
    let refused = run(credrun().args(of_compose));
    assert!(
        refused.out().contains("unknown option"),
        "{}",
        refused.out()
    );
    assert_eq!(refused.stderr, "");
}
