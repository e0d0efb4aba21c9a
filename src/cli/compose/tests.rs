use super::*;

fn call(words: &[&str]) -> Result<ComposeCall, FlagError> {
    let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
    ComposeCall::read(&words)
}

fn up(words: &[&str]) -> ProviderArgs {
    let words = [&["--project-name=p", "up"], words, &["aws"]].concat();
    match call(&words) {
        Ok(ComposeCall::Up(args)) => *args,
        other => panic!("{other:?}"),
    }
}

#[test]
fn options_are_those_of_a_run() {
    let args = up(&["--role-arn=a", "--delivery=live", "--role-arn=b"]);
    assert_eq!(args.project, "p");
    assert_eq!(args.service, "aws");
    assert_eq!(args.options.delivery, ComposeDelivery::Live);
    assert_eq!(args.options.common.aws.role_arn, ["a", "b"]);
}

#[test]
fn a_service_with_options_of_its_own_has_the_others_too() {
    let args = up(&[
        "--role-arn=a",
        "--my.worker.role-arn=b",
        "--profile=dev",
        "--my.worker.role-arn=c",
    ]);
    assert_eq!(args.options.common.aws.role_arn, ["a"]);
    let worker = &args.of_services["my.worker"].aws;
    assert_eq!(worker.role_arn, ["b", "c"]);
    assert_eq!(worker.profile.as_deref(), Some("dev"));
}

#[test]
fn a_service_may_be_allowed_something_else_but_never_what_is_denied_to_all() {
    let args = up(&[
        "--allow=s3:Get*",
        "--deny=iam:*",
        "--worker.allow=sqs:*",
        "--worker.deny=sqs:DeleteQueue",
    ]);
    let typed = |patterns: &[Pattern]| -> Vec<String> {
        patterns.iter().map(ToString::to_string).collect()
    };
    let common = &args.options.common;
    assert_eq!(typed(&common.allow), ["s3:Get*"]);
    assert_eq!(typed(&common.deny), ["iam:*"]);
    let worker = &args.of_services["worker"];
    assert_eq!(typed(&worker.allow), ["sqs:*"]);
    assert_eq!(typed(&worker.deny), ["iam:*", "sqs:DeleteQueue"]);
}

#[test]
fn the_order_of_options_says_nothing() {
    let one = up(&["--role-arn=b", "--role-arn=a", "--delivery=live"]);
    let other = up(&["--delivery=live", "--role-arn=b", "--role-arn=a"]);
    assert_eq!(one.typed, other.typed);
    let another = up(&["--delivery=live", "--role-arn=a", "--role-arn=b"]);
    assert_ne!(one.typed, another.typed);
}

#[test]
fn a_wrong_option_is_refused_by_name() {
    let refused = |words: &[&str]| {
        let words = [&["--project-name=p", "up"], words, &["aws"]].concat();
        let error = call(&words).expect_err("refused");
        format!("{error}; {}", error.hint().unwrap_or_default())
    };
    assert_eq!(
        refused(&["--rolearn=a"]),
        "unknown option in compose.yaml: rolearn; is role-arn meant? `credrun compose metadata` lists all"
    );
    assert_eq!(
        refused(&["--delivery=liv"]),
        "invalid value \"liv\" of the option delivery; one of env, live, keyless"
    );
    assert!(refused(&["--worker.delivery=env"]).starts_with("no option of a single service"));
    assert!(refused(&["--worker.role=env"]).starts_with("no option of a single service"));
    assert!(refused(&["--worker.region=us-east-1"]).contains("the same AWS_REGION"));
    let far = refused(&["--frobnicate=a"]);
    assert!(!far.contains("meant?"), "{far}");
}

#[test]
fn another_command_takes_the_same_options_of_aws() {
    let args = up(&[
        "--serial-number=arn:mfa",
        "--delivery=live",
        "--long-lived=true",
        "--mfa-session-cache=false",
    ]);
    assert_eq!(
        options_of_aws(&args.typed),
        ["--long-lived", "--serial-number", "arn:mfa"]
    );
}

#[test]
fn a_switch_has_the_value_true_or_false() {
    assert!(up(&["--long-lived=true"]).options.common.aws.long_lived);
    assert!(!up(&["--long-lived=false"]).options.common.aws.long_lived);
    assert!(call(&["--project-name=p", "up", "--long-lived=yes", "aws"]).is_err());
}

#[test]
fn down_takes_the_options_of_up_whatever_they_are() {
    for wrong in [
        "--rolearn=x",
        "--a.b=c",
        "--long-lived=yes",
        "--delivery=no",
    ] {
        let words = ["--project-name=p", "down", wrong, "aws"];
        let Ok(ComposeCall::Down { project, service }) = call(&words) else {
            panic!("refused: {wrong}");
        };
        assert_eq!((project.as_str(), service.as_str()), ("p", "aws"));
    }
}
