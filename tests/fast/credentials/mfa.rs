//! MFA codes: one code for many fetches, and nobody asked twice.

use super::*;
use crate::support::process::{credrun, run};

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

/// The user's environment, with a home directory.
fn at_home(sts: &Sts, home: &Path) -> Environment {
    Environment::fixed([
        (vars::AWS_ACCESS_KEY_ID, Sts::USER),
        (vars::AWS_SECRET_ACCESS_KEY, Sts::USER_SECRET),
        (vars::AWS_ENDPOINT_URL_STS, &sts.url()),
        (vars::HOME, home.to_str().expect("UTF-8")),
    ])
}

fn cached(code: Option<&str>) -> AwsArgs {
    AwsArgs {
        mfa_session_cache: true,
        token_code: code.map(Into::into),
        ..with_code("")
    }
}

/// A device with three codes, a role that wants one, and a home directory.
fn with_cache() -> (Sts, tempfile::TempDir) {
    let sts = Sts::start();
    sts.device(DEVICE, &["111111", "222222", "333333"]);
    sts.want_mfa(ROLE);
    (sts, tempfile::tempdir().expect("a directory"))
}

fn bought(sts: &Sts) -> usize {
    let actions = sts.actions();
    let bought = actions.iter().filter(|action| *action == "GetSessionToken");
    bought.count()
}

#[tokio::test]
async fn a_session_that_is_kept_serves_later_runs_for_36_hours() {
    let (sts, home) = with_cache();
    let environment = at_home(&sts, home.path());
    let first = fetch(&cached(Some("111111")), &environment).await;
    first.expect("a set");
    // Each run is another source; there is nobody to ask.
    for _ in 0..2 {
        let later = fetch(&cached(None), &environment).await.expect("a set");
        assert_eq!(
            later.origin.to_string(),
            format!("role {ROLE} via environment")
        );
    }
    assert_eq!(
        sts.actions(),
        ["GetSessionToken", "AssumeRole", "AssumeRole", "AssumeRole"]
    );
    assert_eq!(sts.calls()[0].get("DurationSeconds"), Some("129600"));
}

#[tokio::test]
async fn doctor_names_the_file_of_a_kept_session_and_no_secret() {
    let (sts, home) = with_cache();
    let set = fetch(&cached(Some("111111")), &at_home(&sts, home.path())).await;
    set.expect("a set");
    let page = tokio::task::spawn_blocking(move || {
        let mut doctor = credrun();
        doctor.envs(sts.user()).env("HOME", home.path());
        (run(doctor.arg("doctor")).out(), home)
    });
    let (page, home) = page.await.expect("a page");
    let line = page.lines().find(|line| line.contains("kept MFA session"));
    let line = line.unwrap_or_else(|| panic!("{page}"));
    let state = home.path().join(".local/state/credrun/mfa-session-");
    let of = format!("of {} and {DEVICE}, until ", Sts::USER);
    assert!(line.contains(&of), "{line}");
    assert!(
        line.contains(&format!("remove {}", state.display())),
        "{line}"
    );
    assert!(!page.contains(sts::SECRET) && !page.contains(sts::SESSION_TOKEN));
}

#[tokio::test]
async fn nothing_is_kept_where_nobody_asks_for_it() {
    let (sts, home) = with_cache();
    let environment = at_home(&sts, home.path());
    let set = fetch(&with_code("111111"), &environment).await;
    set.expect("a set");
    assert!(!home.path().join(".local").exists());
    let report = refusal(&cached(None), &environment).await;
    assert!(report.contains("no terminal to ask"), "{report}");
}

#[tokio::test]
async fn a_code_that_is_given_buys_another_session_and_a_run_that_goes_on_takes_it() {
    let (sts, home) = with_cache();
    let environment = at_home(&sts, home.path());
    // As seen from here, the first session is about to end.
    sts.set_back(Duration::from_secs(129_600 - 200));
    let running = open(&cached(Some("111111")), &environment).expect("a source");
    running.fetch().await.expect_err("a role that has ended");
    running.stop_asking();
    let report = Error::from(running.fetch().await.expect_err("refused")).report();
    assert!(report.contains("another run asks for"), "{report}");

    sts.advance(Duration::from_secs(129_600 - 200));
    let other = fetch(&cached(Some("222222")), &environment).await;
    other.expect("a set");
    let before = bought(&sts);
    running.fetch().await.expect("a set of the other's session");
    assert_eq!(bought(&sts), before);
}

#[tokio::test]
async fn a_kept_session_that_aws_does_not_know_any_more_is_forgotten() {
    let (sts, home) = with_cache();
    let environment = at_home(&sts, home.path());
    let first = fetch(&cached(Some("111111")), &environment).await;
    first.expect("a set");
    sts.revoke_sets();
    let report = refusal(&cached(None), &environment).await;
    assert!(report.contains("no terminal to ask"), "{report}");
    let state = home.path().join(".local/state/credrun");
    assert_eq!(std::fs::read_dir(state).expect("it").count(), 0);
}

#[tokio::test]
async fn a_session_lives_no_longer_than_is_asked_for_although_a_longer_one_is_kept() {
    let (sts, home) = with_cache();
    let environment = at_home(&sts, home.path());
    let for_the_user = |code, duration_seconds| AwsArgs {
        role_arn: Vec::new(),
        duration_seconds,
        ..cached(code)
    };
    let long = fetch(&for_the_user(Some("111111"), None), &environment).await;
    let long = long.expect("a set").left(SystemTime::now());
    assert!(long > Some(Duration::from_secs(35 * 3600)), "{long:?}");
    let report = refusal(&for_the_user(None, Some(900)), &environment).await;
    assert!(report.contains("no terminal to ask"), "{report}");
}

#[tokio::test]
async fn no_code_is_used_up_where_no_session_can_be_kept() {
    let (sts, home) = with_cache();
    std::fs::write(home.path().join(".local"), "no directory").expect("written");
    let report = refusal(&cached(Some("111111")), &at_home(&sts, home.path())).await;
    assert!(
        report
            .starts_with("credrun: --mfa-session-cache: the session cannot be saved\ncaused by: "),
        "{report}"
    );
    assert!(report.contains("hint: set XDG_STATE_HOME"), "{report}");
    assert!(sts.calls().is_empty());
}

#[tokio::test]
async fn how_long_sets_can_be_renewed_is_known_from_the_first() {
    let limit = async |args: &AwsArgs, environment: &Environment| {
        let source = open(args, environment).expect("a source").for_a_long_run();
        let set = source.fetch().await.expect("a set");
        (source.renewal_limit().await, set.credentials.expiration)
    };
    let (sts, _home) = with_cache();
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
