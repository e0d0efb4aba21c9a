use proptest::prelude::*;

use super::*;

fn matches(pattern: &str, action: &'static str) -> bool {
    let pattern: Pattern = pattern
        .parse()
        .unwrap_or_else(|bad| panic!("{pattern}: {bad}"));
    pattern.matches(Action::parse("", action))
}

fn refused(text: &str) -> String {
    let bad = text.parse::<Pattern>().expect_err(text);
    let hint = bad.hint().into_iter();
    [bad.to_string()]
        .into_iter()
        .chain(hint)
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn what_is_nearly_a_pattern_gets_a_hint() {
    let hint = |text: &str| text.parse::<Pattern>().err().and_then(|bad| bad.hint());
    for text in ["readonly", "ReadOnly", "read_only", "Read-Only"] {
        assert_eq!(hint(text).as_deref(), Some("did you mean read-only?"));
    }
    let several = hint("s3:Get*,s3:List*");
    assert_eq!(
        several.as_deref(),
        Some("give the flag once for each pattern")
    );
    assert_eq!(hint(":"), None);
}

#[test]
fn a_pattern_fits_the_whole_action_and_case_does_not_count() {
    assert!(matches("s3:GetObject", "s3:GetObject"));
    assert!(matches("S3:getobject", "s3:GetObject"));
    assert!(!matches("s3:GetObject", "s3:GetObjectAcl"));
    assert!(!matches("s3:Get*", "s3:ListBucket"));
    assert!(matches("s3:Get*", "s3:GetObject"));
    assert!(matches("s3:*Object", "s3:GetObject"));
    assert!(matches("s3:?etObject", "s3:GetObject"));
    assert!(!matches("s3:GetObjec?", "s3:GetObjectAcl"));
    assert!(!matches("s3:*", "s3express:CreateSession"));
    assert!(matches("s3*:*", "s3express:CreateSession"));
    assert!(matches("*", "iam:CreateUser"));
    assert!(matches("*:*", "iam:CreateUser"));
}

#[test]
fn the_word_read_only_fits_what_changes_nothing() {
    assert!(matches("read-only", "s3:GetObject"));
    assert!(!matches("read-only", "s3:PutObject"));
    assert!(!matches("read-only", "redshift:GetClusterCredentials"));
}

#[test]
fn a_text_of_another_form_is_refused() {
    for text in [
        "",
        ":",
        "s3:",
        ":GetObject",
        "a:b:c",
        "s3:Get Object",
        "s3:Gét*",
        "s3:${x}",
        "Read-Only",
        "**",
    ] {
        assert_eq!(text.parse::<Pattern>(), Err(form(text)), "{text:?}");
    }
    assert_eq!(
        refused("s3"),
        "it names no action; s3:* is all of the service"
    );
}

#[test]
fn a_service_that_does_not_exist_is_refused_with_the_nearest() {
    assert_eq!(
        refused("frobnicator:Get*"),
        "IAM has no service frobnicator"
    );
    assert_eq!(
        refused("dynamodbb:Get*"),
        "IAM has no service dynamodbb; did you mean dynamodb?"
    );
    // By botocore's name, and by the name in signatures.
    assert_eq!(
        refused("stepfunctions:*"),
        "IAM has no service stepfunctions; did you mean states?"
    );
    assert_eq!(
        refused("elbv2:*"),
        "IAM has no service elbv2; did you mean elasticloadbalancing?"
    );
    assert_eq!(
        refused("monitoring:*"),
        "IAM has no service monitoring; did you mean cloudwatch?"
    );
    assert_eq!(refused("q*z*w:*"), "IAM has no service q*z*w");
}

#[test]
fn an_action_that_no_service_has_is_refused_with_the_nearest() {
    assert_eq!(
        refused("s3:GetObjekt"),
        "s3 has no action GetObjekt; did you mean s3:GetObject?"
    );
    assert_eq!(
        refused("s3:Gte*"),
        "s3 has no action Gte*; did you mean s3:Get*?"
    );
    assert_eq!(
        refused("s3:Gett*"),
        "s3 has no action Gett*; did you mean s3:Get*?"
    );
    assert_eq!(refused("s3:Frobnicate"), "s3 has no action Frobnicate");
}

#[test]
fn an_operation_whose_action_has_another_name_is_refused_with_that() {
    for (text, meant) in [
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("s3:HeadObject", "s3:GetObject"),
        ("lambda:Invoke", "lambda:InvokeFunction"),
        ("bedrock:Converse", "bedrock:InvokeModel"),
        ("sqs:SendMessageBatch", "sqs:SendMessage"),
    ] {
        let said = refused(text);
        assert!(said.ends_with(&format!("did you mean {meant}?")), "{said}");
    }
}

#[test]
fn operations_newer_than_the_reference_are_actions() {
    assert!(matches("kms:GetKeyLastUsage", "kms:GetKeyLastUsage"));
    assert!(matches("iam:CreateAccessKey", "iam:CreateAccessKey"));
}

#[test]
fn an_action_is_named_exactly_without_wildcards_only() {
    let action = Action::parse("", "iam:CreateAccessKey");
    let is_exactly = |text: &str| {
        text.parse::<Pattern>()
            .expect("a pattern")
            .is_exactly(action)
    };
    assert!(is_exactly("iam:createaccesskey"));
    assert!(!is_exactly("iam:CreateAccessKe?") && !is_exactly("*") && !is_exactly("iam:*"));
}

#[test]
fn a_pattern_is_written_as_it_came() {
    for text in ["*", "read-only", "s3:Get*"] {
        assert_eq!(
            text.parse::<Pattern>().expect("a pattern").to_string(),
            text
        );
    }
}

#[test]
fn what_is_offered_is_a_pattern() {
    let broad = Pattern::offered("s");
    assert!(broad.len() > 300, "{}", broad.len());
    let of_s3 = Pattern::offered("s3:Get");
    assert!(of_s3.len() > 100, "{}", of_s3.len());
    for named in ["s3:GetObject", "s3:*"] {
        let times = of_s3.iter().filter(|one| *one == named).count();
        assert_eq!(times, 1, "{named}");
    }
    assert_eq!(Pattern::offered("none:"), broad);
    for text in broad.into_iter().chain(of_s3) {
        assert!(text.parse::<Pattern>().is_ok(), "{text}");
    }
}

#[test]
fn many_stars_do_not_take_long() {
    assert!(!fits(&"*a".repeat(200), &"a".repeat(199)));
    assert!(fits(&"*a".repeat(200), &"a".repeat(20_000)));
}

/// What a pattern means, written down as it is said.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            naive(&pattern[1..], text) || (!text.is_empty() && naive(pattern, &text[1..]))
        }
        (Some(b'?'), Some(_)) => naive(&pattern[1..], &text[1..]),
        (Some(one), Some(other)) if one.eq_ignore_ascii_case(other) => {
            naive(&pattern[1..], &text[1..])
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn patterns_fit_what_a_naive_matcher_says(pattern in "[aAb*?]{0,8}", text in "[aAbB]{0,8}") {
        prop_assert_eq!(fits(&pattern, &text), naive(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn no_text_panics_as_a_pattern(text in ".{0,20}", name in "[A-Za-z*?é:]{0,12}") {
        let _ = text.parse::<Pattern>();
        let _ = format!("s3:{name}").parse::<Pattern>();
    }
}
