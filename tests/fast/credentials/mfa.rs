//! MFA codes: one code for many fetches, and nobody asked twice.

use super::*;

pub(super) fn with_code(code: &str) -> AwsArgs {
    AwsArgs {
        serial_number: Some(DEVICE.to_owned()),
        token_code: Some(code.into()),
        ..role()
    }
}

#[tokio::test]
async fn one_code_serves_every_later_fetch() {
    let sts = Sts::start();
    sts.device(DEVICE, &["123456"]);
    sts.want_mfa(ROLE);
    let source = open(&with_code("123456"), &user_environment(&sts)).expect("a source");
    assert!(!source.will_ask());
    let first = source.fetch().await.expect("a set");
    assert!(!source.will_ask());
    let second = source.fetch().await.expect("a set without another code");
    assert_ne!(
        first.credentials.access_key_id,
        second.credentials.access_key_id
    );
    assert_eq!(
        first.origin.to_string(),
        format!("role {ROLE} via environment")
    );
    assert_eq!(
        sts.actions(),
        ["GetSessionToken", "AssumeRole", "AssumeRole"]
    );
    let calls = sts.calls();
    assert_eq!(calls[0].get("SerialNumber"), Some(DEVICE));
    assert_eq!(calls[1].get("TokenCode"), None);
}

#[tokio::test]
async fn the_code_goes_with_assume_role_itself_where_that_is_asked_for() {
    let sts = Sts::start();
    sts.device(DEVICE, &["123456"]);
    sts.want_mfa(ROLE);
    let args = AwsArgs {
        mfa_in_assume_role: true,
        ..with_code("123456")
    };
    let source = open(&args, &user_environment(&sts)).expect("a source");
    let first = source.fetch().await.expect("a set");
    let second = source
        .fetch()
        .await
        .expect("the same set, since the code is used up");
    assert_eq!(
        first.credentials.access_key_id,
        second.credentials.access_key_id
    );
    assert_eq!(first.origin, second.origin);
    assert_eq!(sts.actions(), ["AssumeRole"]);
    assert_eq!(sts.calls()[0].get("TokenCode"), Some("123456"));
}

#[tokio::test]
async fn a_code_without_a_role_buys_the_session_itself() {
    let sts = Sts::start();
    sts.device(DEVICE, &["123456"]);
    let args = AwsArgs {
        role_arn: Vec::new(),
        ..with_code("123456")
    };
    let source = open(&args, &user_environment(&sts)).expect("a source");
    source.fetch().await.expect("a set");
    source.fetch().await.expect("the same set");
    assert_eq!(sts.actions(), ["GetSessionToken"]);
}

#[tokio::test]
async fn a_code_that_is_used_up_is_not_sent_again() {
    let sts = Sts::start();
    sts.device(DEVICE, &["123456"]);
    let args = AwsArgs {
        duration_seconds: Some(900),
        role_arn: Vec::new(),
        ..with_code("123456")
    };
    // The session ends at once as seen from here, so that the next fetch needs another code.
    sts.set_back(Duration::from_secs(900 - 240));
    let source = open(&args, &user_environment(&sts)).expect("a source");
    source.fetch().await.expect("a set");
    source.stop_asking();
    let error = source.fetch().await.expect_err("refused");
    let report = Error::from(error).report();
    assert!(
        report.contains("the terminal belongs to the container"),
        "{report}"
    );
    assert_eq!(
        sts.actions()
            .iter()
            .filter(|action| *action == "GetSessionToken")
            .count(),
        2
    );
}

#[tokio::test]
async fn a_wrong_code_is_told() {
    let sts = Sts::start();
    sts.device(DEVICE, &["123456"]);
    let report = refusal(&with_code("000000"), &user_environment(&sts)).await;
    assert!(report.contains("GetSessionToken failed"), "{report}");
    assert!(report.contains("each code works once"), "{report}");
}

#[tokio::test]
async fn a_device_without_code_asks_at_the_terminal_and_says_so_where_there_is_none() {
    let sts = Sts::start();
    let args = AwsArgs {
        token_code: None,
        ..with_code("")
    };
    assert!(
        open(&args, &user_environment(&sts))
            .expect("a source")
            .will_ask()
    );
    let report = refusal(&args, &user_environment(&sts)).await;
    assert!(
        report.contains("no terminal to ask for the code of"),
        "{report}"
    );
    assert!(report.contains("--token-code"), "{report}");
    assert!(sts.calls().is_empty());
}

#[tokio::test]
async fn a_profiles_mfa_serial_and_duration_are_honoured() {
    let sts = Sts::start();
    sts.device(DEVICE, &["654321"]);
    sts.want_mfa(ROLE);
    let config = format!(
        "[profile deploy]\nrole_arn = {ROLE}\nsource_profile = me\nmfa_serial = {DEVICE}\nmfa_process = echo 654321\nduration_seconds = 1800\n[profile me]\nregion = eu-west-1\n"
    );
    let keys = format!(
        "[me]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        Sts::USER,
        Sts::USER_SECRET
    );
    let home = Home::new(&config, &keys);
    let set = fetch(&profile("deploy"), &home.environment(&sts.url()))
        .await
        .expect("a set");
    assert_eq!(
        set.origin.to_string(),
        format!("role {ROLE} via profile \"me\"")
    );
    assert_eq!(sts.actions(), ["GetSessionToken", "AssumeRole"]);
    assert_eq!(sts.calls()[1].get("DurationSeconds"), Some("1800"));
}

#[tokio::test]
async fn temporary_credentials_cannot_use_a_code_without_a_role() {
    let environment = Environment::fixed([
        (vars::AWS_ACCESS_KEY_ID, "ASIA"),
        (vars::AWS_SECRET_ACCESS_KEY, "secret"),
        (vars::AWS_SESSION_TOKEN, "token"),
    ]);
    let args = AwsArgs {
        role_arn: Vec::new(),
        ..with_code("123456")
    };
    let report = refusal(&args, &environment).await;
    assert!(report.contains("already temporary"), "{report}");
}

#[tokio::test]
async fn how_long_sets_can_be_renewed_is_known_from_the_first() {
    let limit = async |args: &AwsArgs, environment: &Environment| {
        let source = open(args, environment).expect("a source").for_a_long_run();
        let set = source.fetch().await.expect("a set");
        (source.renewal_limit().await, set.credentials.expiration)
    };
    let sts = Sts::start();
    sts.device(DEVICE, &["111111", "222222", "333333"]);
    sts.want_mfa(ROLE);
    let user = user_environment(&sts);

    let (of_role, _) = limit(&with_code("111111"), &user).await;
    let of_role = of_role.expect("a limit");
    let Renewable::Until(at) = of_role.renewable else {
        panic!("{of_role:?}");
    };
    let left = at.duration_since(SystemTime::now()).expect("later");
    assert!(left > Duration::from_secs(35 * 3600), "{left:?}");
    assert!(!of_role.is_reached(SystemTime::now()) && of_role.is_reached(at));

    let of_user = AwsArgs {
        role_arn: Vec::new(),
        ..with_code("222222")
    };
    let (of_user, end) = limit(&of_user, &user).await;
    assert_eq!(of_user.expect("a limit").renewable, Renewable::Never);
    let long = SystemTime::now() + Duration::from_secs(35 * 3600);
    assert!(end > Some(long), "the session is for a long run");

    let in_assume_role = AwsArgs {
        mfa_in_assume_role: true,
        ..with_code("333333")
    };
    let (in_assume_role, _) = limit(&in_assume_role, &user).await;
    let by = LimitedBy::MfaCodeOfRole { on_purpose: true };
    assert_eq!(in_assume_role.expect("a limit").by, by);

    let (keys, _) = limit(&nothing(), &user).await;
    assert_eq!(keys, None);
}

#[tokio::test]
async fn a_role_on_top_of_the_environments_set_is_renewed_until_that_ends() {
    let sts = Sts::start();
    sts.know(
        "ASIAENV",
        "secret",
        Some("token"),
        "arn:aws:iam::123456789012:user/me",
    );
    let environment = Environment::fixed([
        (vars::AWS_ACCESS_KEY_ID, "ASIAENV"),
        (vars::AWS_SECRET_ACCESS_KEY, "secret"),
        (vars::AWS_SESSION_TOKEN, "token"),
        (vars::AWS_CREDENTIAL_EXPIRATION, "2099-01-01T00:00:00Z"),
        (vars::AWS_ENDPOINT_URL_STS, &sts.url()),
    ]);
    for (args, is_last) in [(role(), false), (nothing(), true)] {
        let source = open(&args, &environment).expect("a source");
        source.fetch().await.expect("a set");
        let limit = source.renewal_limit().await.expect("a limit");
        assert_eq!(limit.by, LimitedBy::Environment);
        assert_eq!(limit.renewable == Renewable::Never, is_last);
    }
}

#[tokio::test]
async fn a_set_that_is_kept_is_as_long_valid_by_awss_clock_as_when_it_came() {
    for mfa_in_assume_role in [false, true] {
        let sts = Sts::start();
        sts.device(DEVICE, &["123456"]);
        sts.advance(Duration::from_secs(7200));
        let args = AwsArgs {
            mfa_in_assume_role,
            role_arn: match mfa_in_assume_role {
                true => vec![ROLE.to_owned()],
                false => Vec::new(),
            },
            ..with_code("123456")
        };
        let source = open(&args, &user_environment(&sts)).expect("a source");
        let mut ids = Vec::new();
        for _ in 0..2 {
            let set = source.fetch().await.expect("a set");
            let clock = set.clock.expect("what STS said of its time");
            assert!(clock.matters() && !clock.is_ahead());
            ids.push(set.credentials.access_key_id.clone());
        }
        assert_eq!(ids[0], ids[1], "the second set is the first, kept");
    }
}
