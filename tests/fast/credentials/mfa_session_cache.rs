//! `--mfa-session-cache`: a session that outlives the run.

use super::mfa::with_code;
use super::*;
use crate::support::process::{credrun, run};

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
