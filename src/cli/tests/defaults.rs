use super::*;
use crate::iam::pattern::Pattern;

/// A run in a directory where these are set.
fn run_with<const N: usize>(set: [(&str, &str); N], words: &[&str]) -> RunArgs {
    match parse_with(&Environment::fixed(set), words) {
        Ok(Cli::Run(args)) => *args,
        other => panic!("{other:?}"),
    }
}

#[test]
fn credruns_own_options_have_defaults_in_the_environment() {
    let set = [
        ("CREDRUN_LIVE", "1"),
        ("CREDRUN_ECR_LOGIN", "false"),
        ("CREDRUN_ROLE_ARN", "arn:one\n arn:two\n"),
        ("CREDRUN_MIN_TTL", "10m"),
        ("CREDRUN_PROFILE", ""),
        ("CREDRUN_LOG_LEVEL", "debug"),
        ("CREDRUN_QUIET", "true"),
        // docker's, a code, and one that is no option.
        ("CREDRUN_NAME", "x"),
        ("CREDRUN_TOKEN_CODE", "123456"),
        ("CREDRUN_NOTHING", "x"),
    ];
    let args = run_with(set, &["img"]);
    assert!(args.delivery.live);
    assert_eq!(args.delivery.ecr_login, Some(false));
    assert_eq!(args.aws.role_arn, ["arn:one", "arn:two"]);
    assert!(args.delivery.min_ttl.is_some());
    assert_eq!(args.aws.profile, None);
    assert!(args.aws.token_code.is_none());
    assert_eq!(args.container.lifecycle.name, None);
    let environment = Environment::fixed(set);
    let export = parse_with(&environment, &["export"]);
    let Ok(Cli::Export(export)) = export else {
        panic!("{export:?}");
    };
    assert_eq!(export.aws.role_arn, ["arn:one", "arn:two"]);
    assert_eq!(export.log.log_level, Some(tracing::Level::DEBUG));
    let mut names = defaults_set_in(&environment);
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "CREDRUN_ECR_LOGIN",
            "CREDRUN_LIVE",
            "CREDRUN_LOG_LEVEL",
            "CREDRUN_MIN_TTL",
            "CREDRUN_QUIET",
            "CREDRUN_ROLE_ARN"
        ]
    );
}

#[test]
fn what_is_typed_replaces_the_default_and_what_contradicts_it() {
    let set = [
        ("CREDRUN_LIVE", "1"),
        ("CREDRUN_ROLE_ARN", "arn:one"),
        ("CREDRUN_MFA_SESSION_CACHE", "true"),
    ];
    let args = run_with(set, &["--live=false", "--role-arn=arn:two", "img"]);
    assert!(!args.delivery.live);
    assert_eq!(args.aws.role_arn, ["arn:two"]);
    assert!(args.aws.mfa_session_cache);
    // Before the command, too.
    let export = parse_with(
        &Environment::fixed([("CREDRUN_LONG_LIVED", "1")]),
        &["--long-lived=false", "export"],
    );
    let Ok(Cli::Export(export)) = export else {
        panic!("{export:?}");
    };
    assert!(!export.aws.long_lived);
    let source = [
        ("CREDRUN_PROFILE", "dev"),
        ("CREDRUN_DURATION_SECONDS", "900"),
    ];
    let args = run_with(
        source,
        &["--credential-source=Environment", "--long-lived", "img"],
    );
    assert_eq!((args.aws.profile, args.aws.duration_seconds), (None, None));
    let args = run_with(set, &["--mfa-in-assume-role", "img"]);
    assert!(args.aws.mfa_in_assume_role && !args.aws.mfa_session_cache);
}

#[test]
fn a_default_that_cannot_be_read_is_refused_by_its_variable() {
    for (name, value, told) in [
        (
            "CREDRUN_LIVE",
            "maybe",
            "invalid value \"maybe\" of CREDRUN_LIVE: not true or false",
        ),
        (
            "CREDRUN_DURATION_SECONDS",
            "1h",
            "invalid value \"1h\" of CREDRUN_DURATION_SECONDS: not a number of seconds",
        ),
    ] {
        let refused = parse_with(&Environment::fixed([(name, value)]), &["img"]);
        let Err(ParseOutcome::Refused(refused)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(refused.to_string(), told);
    }
}

#[test]
fn the_help_names_the_variable_of_each_default() {
    let help = printed(&["run", "--help"]);
    // Long lines are wrapped.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for shown in ["[env: CREDRUN_ROLE_ARN]", "[env: CREDRUN_LIVE]"] {
        assert!(help.contains(shown), "{shown} is not in\n{help}");
    }
    assert!(!help.contains("CREDRUN_TOKEN_CODE") && !help.contains("CREDRUN_NAME"));
}

#[test]
fn options_of_one_command_alone_and_hidden_ones_have_no_default() {
    let environment = Environment::fixed([
        ("CREDRUN_FORMAT", "env"),
        ("CREDRUN_OUTPUT", "json"),
        ("CREDRUN_ROLE_ARN", "arn:one"),
        ("CREDRUN_QUIET", "1"),
    ]);
    let whoami = parse_with(&environment, &["whoami"]);
    let Ok(Cli::Whoami(whoami)) = whoami else {
        panic!("{whoami:?}");
    };
    assert_eq!(whoami.output, crate::cli::output::OutputFormat::Text);
    assert!(whoami.quiet.quiet);
    // It tells who asks, and has `--role-arn` only so that a line can be typed with it.
    let template = parse_with(&environment, &["role-template", "--action", "s3:GetObject"]);
    let Ok(Cli::RoleTemplate(template)) = template else {
        panic!("{template:?}");
    };
    assert!(template.aws.role_arn.is_empty());
    // Its `-q` prints IDs.
    let ps = parse_with(&environment, &["ps"]);
    let Ok(Cli::Ps(ps)) = ps else {
        panic!("{ps:?}");
    };
    assert!(!ps.quiet);
}

#[test]
fn a_default_that_means_nothing_without_another_is_left_out() {
    let set = [("CREDRUN_RELAY_IMAGE", "an/image")];
    assert_eq!(run_with(set, &["img"]).delivery.relay_image, None);
    for way in ["--live", "--keyless"] {
        let served = run_with(set, &[way, "img"]);
        assert_eq!(served.delivery.relay_image.as_deref(), Some("an/image"));
    }
    let set = [("CREDRUN_ALLOW", "s3:*"), ("CREDRUN_RECORD", "calls.jsonl")];
    for (way, records) in [(&["img"][..], false), (&["--live", "img"], true)] {
        let args = run_with(set, way);
        assert!(args.delivery.allow.is_empty());
        assert_eq!(args.delivery.record.is_some(), records);
    }
    let args = run_with(set, &["--keyless", "img"]);
    assert_eq!(args.delivery.allow.len(), 1);
    assert!(args.delivery.record.is_some());
}

#[test]
fn patterns_are_one_a_line_and_typed_ones_replace_them_all() {
    let set = [
        ("CREDRUN_KEYLESS", "1"),
        ("CREDRUN_ALLOW", "read-only\n dynamodb:*\n"),
        ("CREDRUN_DENY", "dynamodb:Delete*"),
    ];
    let shown = |patterns: &[Pattern]| {
        let all: Vec<_> = patterns.iter().map(ToString::to_string).collect();
        all.join(" ")
    };
    let args = run_with(set, &["img"]).delivery;
    assert!(args.keyless);
    assert_eq!(shown(&args.allow), "read-only dynamodb:*");
    assert_eq!(shown(&args.deny), "dynamodb:Delete*");
    let args = run_with(set, &["--allow", "s3:Get*", "--allow=s3:List*", "img"]).delivery;
    assert_eq!(shown(&args.allow), "s3:Get* s3:List*");
    assert_eq!(shown(&args.deny), "dynamodb:Delete*");
    let wrong = Environment::fixed([("CREDRUN_KEYLESS", "1"), ("CREDRUN_ALLOW", "s3:GetObjekt")]);
    let Err(ParseOutcome::Refused(refused)) = parse_with(&wrong, &["img"]) else {
        panic!("no such action");
    };
    assert_eq!(
        refused.to_string(),
        "invalid value \"s3:GetObjekt\" of CREDRUN_ALLOW: s3 has no action GetObjekt"
    );
    assert_eq!(
        refused.hint().as_deref(),
        Some("did you mean s3:GetObject?")
    );
}

#[test]
fn a_typed_live_does_not_silently_replace_a_default_without_keys() {
    let set = [("CREDRUN_KEYLESS", "1")];
    let args = run_with(set, &["--live", "img"]).delivery;
    // The plan refuses both together.
    assert!(args.live && args.keyless);
    assert!(
        !run_with(set, &["--keyless=false", "--live", "img"])
            .delivery
            .keyless
    );
}

#[test]
fn two_defaults_that_contradict_each_other_are_refused_by_their_variables() {
    let set = [
        ("CREDRUN_MFA_SESSION_CACHE", "1"),
        ("CREDRUN_MFA_IN_ASSUME_ROLE", "1"),
    ];
    let refused = parse_with(&Environment::fixed(set), &["img"]);
    let Err(ParseOutcome::Refused(refused)) = refused else {
        panic!("{refused:?}");
    };
    let told = refused.to_string();
    assert!(set.iter().all(|(name, _)| told.contains(name)), "{told}");
}

#[test]
fn whoever_asks_for_help_gets_it_whatever_is_set() {
    let wrong = Environment::fixed([("CREDRUN_LOG_LEVEL", "loud")]);
    for command in ["run", "ps", "whoami"] {
        let printed = parse_with(&wrong, &[command, "--help"]);
        assert!(
            matches!(printed, Err(ParseOutcome::Print(_))),
            "{printed:?}"
        );
    }
}

#[test]
fn an_error_about_an_option_that_nobody_has_typed_names_its_variable() {
    let environment = Environment::fixed([("CREDRUN_ROLE_ARN", "x"), ("CREDRUN_LIVE", "1")]);
    let argv = |words: &str| words.split(' ').map(OsString::from).collect::<Vec<_>>();
    let told = |error, words| defaults_named_in(error, &argv(words), &environment);
    assert_eq!(
        told("--role-arn: it is no ARN", "credrun img"),
        "hint: CREDRUN_ROLE_ARN sets --role-arn here\n"
    );
    assert_eq!(
        told("--role-arn: it is no ARN", "credrun --role-arn=x img"),
        ""
    );
    assert_eq!(told("--role-arn-x and live", "credrun img"), "");
}

#[test]
fn a_variable_that_belongs_to_no_option_is_told_with_the_nearest() {
    let environment = Environment::fixed([
        ("CREDRUN_ROLEARN", "arn:one"),
        ("CREDRUN_NAME_OF_NOTHING", "x"),
        ("CREDRUN_ROLE_ARN", "arn:one"),
        ("CREDRUN_RELEASES", "https://example.com"),
        ("CREDRUN_EMPTY", ""),
    ]);
    assert_eq!(
        unknown_defaults_in(&environment),
        [
            "CREDRUN_NAME_OF_NOTHING sets no option",
            "CREDRUN_ROLEARN sets no option; did you mean CREDRUN_ROLE_ARN?"
        ]
    );
}

#[test]
fn doctor_learns_what_a_run_would_refuse() {
    let refused = refusal_of_defaults(&Environment::fixed([("CREDRUN_LIVE", "maybe")]));
    assert!(refused.is_some_and(|error| error.to_string().contains("CREDRUN_LIVE")));
    assert!(refusal_of_defaults(&Environment::fixed([("CREDRUN_LIVE", "1")])).is_none());
}

#[test]
fn a_default_that_means_nothing_without_another_goes_where_that_is_taken_back() {
    let set = [
        ("CREDRUN_KEYLESS", "1"),
        ("CREDRUN_ALLOW", "read-only"),
        ("CREDRUN_RELAY_IMAGE", "an/image"),
    ];
    let args = run_with(set, &["--keyless=false", "img"]);
    assert!(!args.delivery.keyless);
    assert!(args.delivery.allow.is_empty());
    assert_eq!(args.delivery.relay_image, None);
    assert_eq!(run_with(set, &["img"]).delivery.allow.len(), 1);
}

#[test]
fn a_program_that_credrun_runs_gets_none_of_the_defaults() {
    let mut program = std::process::Command::new("credrun");
    program.env("CREDRUN_ROLE_ARN", "arn:aws:iam::123456789012:role/deploy");
    program.env("OTHER", "1");
    crate::cli::defaults::remove_from(&mut program);
    let kept: Vec<_> = program
        .get_envs()
        .filter_map(|(name, value)| value.map(|_| name.to_owned()))
        .collect();
    assert_eq!(kept, ["OTHER"]);
}
