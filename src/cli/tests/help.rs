use super::*;

#[test]
fn help_on_a_run_lists_every_flag_under_a_heading() {
    let help = printed(&["run", "--help"]);
    assert!(help.contains("Usage: credrun [run] [OPTIONS] IMAGE [COMMAND] [ARG...]"));
    for heading in [
        "AWS credentials:",
        "Network:",
        "Resources:",
        "Docker Engine:",
    ] {
        assert!(help.contains(heading), "{heading} is not in\n{help}");
    }
    assert!(
        !help.contains("\nOptions:"),
        "a flag has no heading:\n{help}"
    );
    assert_eq!(printed(&["help", "run"]), help);
    assert_eq!(printed(&["--rm", "--help"]), help);
}

#[test]
fn credrun_alone_says_in_a_screen_what_it_is() {
    let page = printed(&[]);
    for words in [&["help"][..], &["--help"], &["--quiet", "help"]] {
        assert_eq!(printed(words), page);
    }
    assert!(page.lines().count() <= 30, "{page}");
    assert!(page.lines().all(|line| line.len() <= 80), "{page}");
    for command in program().get_subcommands() {
        if command.is_hide_set() {
            continue;
        }
        let line = format!("\n  {} ", command.get_name());
        assert!(page.contains(&line), "{line} is not in\n{page}");
    }
}

#[test]
fn help_on_a_command_that_is_none_names_the_nearest() {
    let refused = refusal(&["help", "docter"]);
    assert_eq!(refused.to_string(), "credrun has no command \"docter\"");
    assert_eq!(refused.hint().as_deref(), Some("did you mean doctor?"));
}

#[test]
fn flags_that_do_nothing_any_more_are_not_in_the_help() {
    let help = printed(&["run", "--help"]);
    assert!(help.contains("--memory"));
    for flag in ["--kernel-memory", "--disable-content-trust"] {
        assert!(!help.contains(flag), "{flag}");
    }
}

#[test]
fn the_help_of_role_template_has_what_tells_who_asks_and_takes_the_rest() {
    let help = printed(&["role-template", "--help"]);
    for shown in ["--profile", "--credential-source", "--region", "--action"] {
        assert!(help.contains(shown), "{shown} is not in\n{help}");
    }
    for hidden in ["--tags", "--duration-seconds", "--role-arn", "--long-lived"] {
        assert!(!help.contains(hidden), "{hidden} is in\n{help}");
    }
    let words = ["role-template", "--role-arn", "arn:aws:iam::1:role/x"];
    assert!(parse_words(&words).is_ok());
    assert!(printed(&["whoami", "--help"]).contains("--role-arn"));
}
