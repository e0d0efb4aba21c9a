//! MFA codes: one code for many fetches, and nobody asked twice.

use super::*;

fn with_code(code: &str) -> AwsArgs {
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
    assert!(report.contains("each works once"), "{report}");
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
    assert!(report.contains("temporary already"), "{report}");
}
