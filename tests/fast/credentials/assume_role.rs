//! `AssumeRole`: every parameter, chains, refusals, the clock.

use super::*;

#[tokio::test]
async fn a_role_is_assumed_from_whichever_source_was_found() {
    let (sts, endpoint) = (Sts::start(), CredentialEndpoint::start());
    sts.know(
        "ASIATURN00000000",
        credential_endpoint::SECRET,
        Some(&format!(
            "{}TURN00000000",
            credential_endpoint::SESSION_TOKEN
        )),
        "arn:aws:sts::123456789012:assumed-role/console/me",
    );
    let environment = Environment::fixed([
        (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
        (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
        (vars::AWS_EXECUTION_ENV, "CloudShell"),
        (vars::AWS_ENDPOINT_URL, &sts.url()),
    ]);
    let set = fetch(&role(), &environment).await.expect("a set");
    assert_eq!(
        set.origin.to_string(),
        format!("role {ROLE} via CloudShell")
    );
    let call = &sts.calls()[0];
    let name = call.get("RoleSessionName").expect("a name");
    let digits = name.strip_prefix("credrun-").expect("the prefix");
    assert!(
        digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit()),
        "{name}"
    );
    let identity = format!("arn:aws:sts::123456789012:assumed-role/deploy/{name}");
    assert_eq!(set.identity.as_deref(), Some(identity.as_str()));
    assert_eq!(set.credentials.account_id.as_deref(), Some("123456789012"));
}

#[tokio::test]
async fn every_parameter_reaches_sts() {
    let sts = Sts::start();
    sts.want_external_id(ROLE, "ticket-7");
    let args = AwsArgs {
        role_session_name: Some("me@example.com".to_owned()),
        external_id: Some("ticket-7".to_owned()),
        duration_seconds: Some(900),
        policy: Some(r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned()),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
        tags: vec![
            "Key=team,Value=blue".to_owned(),
            "Key=cost,Value=7".to_owned(),
        ],
        transitive_tag_keys: vec!["team".to_owned()],
        source_identity: Some("me".to_owned()),
        ..role()
    };
    fetch(&args, &user_environment(&sts)).await.expect("a set");
    let calls = sts.calls();
    assert_eq!(calls.len(), 1);
    for (name, value) in [
        ("RoleArn", ROLE),
        ("RoleSessionName", "me@example.com"),
        ("ExternalId", "ticket-7"),
        ("DurationSeconds", "900"),
        ("Policy", r#"{"Version":"2012-10-17","Statement":[]}"#),
        (
            "PolicyArns.member.1.arn",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
        ),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
        ("Tags.member.2.Key", "cost"),
        ("TransitiveTagKeys.member.1", "team"),
        ("SourceIdentity", "me"),
    ] {
        assert_eq!(calls[0].get(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn roles_given_again_are_a_chain_in_order() {
    let sts = Sts::start();
    let args = AwsArgs {
        role_arn: vec![ROLE.to_owned(), OTHER_ROLE.to_owned()],
        external_id: Some("for-the-last".to_owned()),
        ..AwsArgs::default()
    };
    let set = fetch(&args, &user_environment(&sts)).await.expect("a set");
    let calls = sts.calls();
    assert_eq!(calls[0].get("RoleArn"), Some(ROLE));
    assert_eq!(calls[0].get("ExternalId"), None);
    assert_eq!(calls[1].get("RoleArn"), Some(OTHER_ROLE));
    assert_eq!(calls[1].get("ExternalId"), Some("for-the-last"));
    assert_eq!(calls[1].signed_by.as_deref(), Some("ASIASTS000000001"));
    assert_eq!(
        set.origin.to_string(),
        format!("role {OTHER_ROLE} via role {ROLE} via environment")
    );
}

#[tokio::test]
async fn each_refusal_of_sts_has_its_hint() {
    for (code, message, expected) in [
        ("AccessDenied", "User: x is not authorized", "trust policy"),
        (
            "ExpiredToken",
            "The security token is expired",
            "log in again",
        ),
        (
            "InvalidClientTokenId",
            "invalid",
            "does not exist or is inactive",
        ),
        ("MalformedPolicyDocument", "syntax", "check --policy"),
        ("RegionDisabledException", "off", "--region"),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "which is a setting of the role",
        ),
    ] {
        let sts = Sts::start();
        sts.refuse_all(400, code, message);
        let report = refusal(&role(), &user_environment(&sts)).await;
        assert!(
            report.starts_with(&format!("credrun: AssumeRole of {ROLE} failed\n")),
            "{report}"
        );
        assert!(
            report.contains(&format!("caused by: {code}: {message}")),
            "{report}"
        );
        assert!(report.contains(expected), "{report}");
    }
}

#[tokio::test]
async fn a_role_that_trusts_somebody_else_is_explained() {
    let sts = Sts::start();
    sts.deny(ROLE);
    let report = refusal(&role(), &user_environment(&sts)).await;
    assert!(
        report.contains("caused by: AccessDenied: User: arn:aws:iam"),
        "{report}"
    );
    assert!(
        report.contains("trust policy must name the caller"),
        "{report}"
    );
}

#[tokio::test]
async fn a_wrong_clock_is_named_as_the_cause_of_a_refused_signature() {
    let sts = Sts::start();
    sts.refuse_all(403, "SignatureDoesNotMatch", "Signature expired");
    sts.advance(Duration::from_secs(7200));
    let report = refusal(&role(), &user_environment(&sts)).await;
    assert!(
        report.starts_with("credrun: the clock of this machine is 2h behind AWS's"),
        "{report}"
    );
    assert!(
        report.contains("caused by: SignatureDoesNotMatch"),
        "{report}"
    );
}

#[tokio::test]
async fn a_wrong_clock_that_the_sdk_corrects_is_known_from_the_set() {
    let sts = Sts::start();
    sts.advance(Duration::from_secs(7200));
    let set = fetch(&role(), &user_environment(&sts))
        .await
        .expect("a set");
    let clock = set.clock.expect("a date");
    assert!(clock.matters() && !clock.is_ahead());
}

#[tokio::test]
async fn a_set_that_seems_to_have_ended_before_it_began_is_the_clocks_fault() {
    let sts = Sts::start();
    sts.set_back(Duration::from_secs(7200));
    let report = refusal(&role(), &user_environment(&sts)).await;
    assert!(
        report.starts_with("credrun: the clock of this machine is 2h ahead of AWS's"),
        "{report}"
    );
}

#[tokio::test]
async fn an_sts_that_cannot_be_reached_is_named() {
    let environment = Environment::fixed([
        (vars::AWS_ACCESS_KEY_ID, Sts::USER),
        (vars::AWS_SECRET_ACCESS_KEY, Sts::USER_SECRET),
        (
            vars::AWS_ENDPOINT_URL_STS,
            &format!("http://{}", refused_address()),
        ),
    ]);
    let report = refusal(&role(), &environment).await;
    assert!(report.contains("caused by: STS at http://127"), "{report}");
    assert!(report.contains("AWS_ENDPOINT_URL_STS"), "{report}");
}

#[tokio::test]
async fn whose_a_set_is_can_be_asked() {
    let sts = Sts::start();
    let source = open(&role(), &user_environment(&sts)).expect("a source");
    let set = source.fetch().await.expect("a set");
    let identity = source.caller_identity(&set).await.expect("an identity");
    assert_eq!(identity.account, sts::ACCOUNT);
    assert_eq!(Some(identity.arn), set.identity);
}

#[tokio::test]
async fn what_aws_would_refuse_is_refused_before_the_call() {
    let many: Vec<String> = (0..51).map(|n| format!("Key=k{n},Value=v")).collect();
    let chain = vec![ROLE.to_owned(), OTHER_ROLE.to_owned()];
    let text = |text: &str| Some(text.to_owned());
    let cases: [(AwsArgs, &str); 14] = [
        (
            AwsArgs {
                role_arn: vec!["deploy".to_owned()],
                ..nothing()
            },
            "--role-arn: ",
        ),
        (
            AwsArgs {
                duration_seconds: Some(60),
                ..role()
            },
            "--duration-seconds: 60 s",
        ),
        (
            AwsArgs {
                duration_seconds: Some(43_201),
                ..role()
            },
            "--duration-seconds: 43201 s",
        ),
        (
            AwsArgs {
                duration_seconds: Some(3601),
                role_arn: chain,
                ..nothing()
            },
            "--duration-seconds: 3601 s is longer than a chained role can last",
        ),
        (
            AwsArgs {
                policy: text("not json"),
                ..role()
            },
            "--policy: the policy is not JSON",
        ),
        (
            AwsArgs {
                policy: text("file:///nonexistent"),
                ..role()
            },
            "--policy: /nonexistent",
        ),
        (
            AwsArgs {
                tags: many,
                ..role()
            },
            "--tags: 51 tags",
        ),
        (
            AwsArgs {
                transitive_tag_keys: vec!["x".to_owned()],
                ..role()
            },
            "--transitive-tag-keys: ",
        ),
        (
            AwsArgs {
                role_session_name: text("a b"),
                ..role()
            },
            "--role-session-name: ",
        ),
        (
            AwsArgs {
                external_id: text("x"),
                ..role()
            },
            "--external-id: ",
        ),
        (
            AwsArgs {
                external_id: text("ticket"),
                ..nothing()
            },
            "--external-id: it is for a role",
        ),
        (
            AwsArgs {
                serial_number: text("x"),
                ..nothing()
            },
            "--serial-number: ",
        ),
        (
            AwsArgs {
                token_code: Some("12".into()),
                ..role()
            },
            "--token-code: it is not six digits",
        ),
        (
            AwsArgs {
                token_code: Some("123456".into()),
                ..role()
            },
            "--token-code: no MFA device is set",
        ),
    ];
    let sts = Sts::start();
    for (args, expected) in cases {
        let report = refusal(&args, &user_environment(&sts)).await;
        assert!(
            report.starts_with(&format!("credrun: {expected}")),
            "{report}"
        );
    }
    assert!(sts.calls().is_empty());
}
