//! What is said while a container is served.

use std::sync::Arc;
use std::time::Duration;

use credrun::credentials::{CredentialValues, Credentials, LimitedBy};
use credrun::live::Event;
use credrun::live::event::{FailureKind, Refusal};
use credrun::live::renewal::{Ended, FetchError, Renewal};

use super::Page;
use super::page::Seen;

fn said(when: &str, event: &Event) -> Seen {
    Seen {
        provoked_by: format!("({when})"),
        text: event.to_string(),
    }
}

#[test]
fn events() {
    let mut page = Page::new(
        "events",
        "What happens while a container is served, as data that is shown: `credrun: …` on a terminal, or\n\
         `credrun: warning: …`; with a time before it in the log of -d.",
    );
    let half_an_hour = Some(Duration::from_secs(1805));
    for (when, why, kind, left) in [
        (
            "aws sso login has ended",
            "you are not logged in: the token has expired",
            FailureKind::NeedsPerson,
            half_an_hour,
        ),
        (
            "the network is down",
            "STS could not be reached: timed out",
            FailureKind::Unreachable,
            Some(Duration::from_secs(90)),
        ),
        (
            "the source fails",
            "exit status: 1",
            FailureKind::Other,
            None,
        ),
    ] {
        let why = why.to_owned();
        page.show(
            &["Event::RenewalFailed"],
            said(when, &Event::RenewalFailed { why, kind, left }),
        );
    }
    let until = Some(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000));
    for (when, recovered, until) in [
        ("in the log", false, until),
        ("after failures", true, until),
        (
            "after failures, with a set that has no known expiry",
            true,
            None,
        ),
    ] {
        page.show(
            &["Event::Renewed"],
            said(when, &Event::Renewed { recovered, until }),
        );
    }
    let left = Duration::from_secs(600);
    for (when, by) in [
        (
            "the environment had temporary credentials",
            LimitedBy::Environment,
        ),
        (
            "with --mfa-session-cache",
            LimitedBy::MfaSession { is_cached: true },
        ),
        (
            "with an MFA code",
            LimitedBy::MfaSession { is_cached: false },
        ),
        (
            "with --mfa-in-assume-role",
            LimitedBy::MfaCodeOfRole { on_purpose: true },
        ),
    ] {
        page.show(
            &["Event::EndsSoon"],
            said(when, &Event::EndsSoon { left, by }),
        );
    }
    let why = "the relay broke its protocol: it sent what is no frame".to_owned();
    page.show(
        &["Event::RelayBroken"],
        said(
            "the relay sends what it may not",
            &Event::RelayBroken { why },
        ),
    );
    for network_lost in [false, true] {
        let when = format!(
            "the relay is killed{}",
            if network_lost {
                ", whose network the container has"
            } else {
                ""
            }
        );
        page.show(
            &["Event::RelayReplaced"],
            said(&when, &Event::RelayReplaced { network_lost }),
        );
        let why = "cannot connect to the Docker Engine".to_owned();
        page.show(
            &["Event::RelayLost"],
            said(&when, &Event::RelayLost { why, network_lost }),
        );
    }
    for (name, refusal) in [
        ("Path", Refusal::Path),
        ("Method", Refusal::Method),
        ("Host", Refusal::Host),
        ("NoToken", Refusal::NoToken),
        ("WrongToken", Refusal::WrongToken),
        ("Ended", Refusal::Ended),
        ("Malformed", Refusal::Malformed),
        ("Slow", Refusal::Slow),
    ] {
        let shows = format!("event::Refusal::{name}");
        page.show(
            &["Event::Refused", &shows],
            said(
                "a process in the container asks for credentials",
                &Event::Refused(refusal),
            ),
        );
    }
    page.show(
        &["Event::RefusedMore"],
        said("at the end, after two of them", &Event::RefusedMore(1)),
    );
    page.show(
        &["Event::RefusedMore"],
        said("at the end, after more", &Event::RefusedMore(12)),
    );
    calls(&mut page);
    let ended = ended();
    let told = Seen {
        provoked_by:
            "(an SDK in the container asks, and there is no set that is valid; the SDK shows it)"
                .to_owned(),
        text: ended.to_string(),
    };
    page.show(&["current::Ended"], told);
    page.check();
}

/// What is said of calls with `--keyless`.
fn calls(page: &mut Page) {
    use credrun::keyless::event::Event;
    for (shows, when, event) in [
        (
            "keyless::event::Event::ForeignKey",
            "the image has keys of its own, and its program uses them",
            Event::ForeignKey {
                access_key_id: "AKIAIMAGEEXAMPLE".to_owned(),
            },
        ),
        (
            "keyless::event::Event::TokenPassed",
            "the container asks for a login at ECR",
            Event::TokenPassed {
                operation: "ecr:GetAuthorizationToken".to_owned(),
            },
        ),
        (
            "keyless::event::Event::Unreachable",
            "the network is down",
            Event::Unreachable {
                why: "dns error: failed to lookup address information".to_owned(),
            },
        ),
    ] {
        let seen = Seen {
            provoked_by: format!("({when})"),
            text: event.to_string(),
        };
        page.show(&[shows], seen);
    }
}

/// What is said of a set that ended long ago, and of which there is no other.
fn ended() -> Ended {
    let set = Credentials::new(CredentialValues {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: "x".into(),
        session_token: Some("x".into()),
        expiration: Some(std::time::SystemTime::UNIX_EPOCH),
        account_id: None,
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    runtime.expect("a runtime").block_on(async {
        let fetch = || {
            std::future::ready(Err::<Credentials, _>(FetchError {
                why: "you are not logged in".into(),
                kind: FailureKind::NeedsPerson,
            }))
        };
        let renewal = Renewal::start(set.expect("a set"), fetch, Arc::new(|_| {}));
        // The first attempt must have failed.
        tokio::time::sleep(Duration::from_millis(100)).await;
        renewal.current().get().await.expect_err("an end")
    })
}
