//! Notices and warnings. They go to the stderr of their process, so another process says them all.

mod credentials;
mod keyless;

use std::path::Path;
use std::time::{Duration, SystemTime};

use credrun::cli::{self, Cli};
use credrun::commands::project::Warning;
use credrun::container::grammar::env::{EnvEntry, EnvOrigin};
use credrun::credentials::{
    CredentialValues, Credentials, Fetched, Origin, ProfileKind, SessionCacheError, Waiting,
};
use credrun::engine::Action;
use credrun::engine::EngineError;
use credrun::environment::injection::Injection;
use credrun::environment::shared_files::{ConfigFile, Found};
use credrun::environment::variables::WayIn;
use credrun::live::Event;
use credrun::messages::notices::Notices;
use credrun::messages::stderr;
use credrun::plan::EnginePlan;
use credrun::signals::Signal;
use credrun::vars::Environment;
use credrun::waits::Waits;

use super::page::Seen;
use super::{Page, Scene};
use crate::support::process::run;
use crate::support::scripted_engine::{Cue, ScriptedEngine, Step};
use crate::support::tls_front::TlsFront;

/// In the environment of the process that says everything.
const SAYS: &str = "CREDRUN_TEST_SAYS";
/// What it says before each.
const MARK: &str = "@@ ";
/// Says what the method of this name says, and when it does.
type Say<'a> = &'a dyn Fn(&str, &str, &dyn Fn());

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn hours(count: u64) -> SystemTime {
    NOW + Duration::from_secs(3600 * count)
}

fn set(origin: Origin, temporary: bool, expiration: Option<SystemTime>) -> Fetched {
    let values = CredentialValues {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: "x".into(),
        session_token: temporary.then(|| "x".into()),
        expiration,
        account_id: None,
    };
    Fetched {
        credentials: Credentials::new(values).expect("a set"),
        origin,
        identity: None,
        fetched_at: NOW,
        clock: None,
    }
}

fn profile(kind: ProfileKind) -> Origin {
    Origin::Profile {
        name: "dev".to_owned(),
        kind,
    }
}

fn failed() -> EngineError {
    EngineError::Stalled {
        action: Action::ReadFile,
        limit: Duration::from_secs(10),
    }
}

/// Says each notice, after its name and when it is said.
fn say_all() {
    let notices = Notices::new(false);
    let say = |method: &str, when: &str, said: &dyn Fn()| {
        stderr::say(format!("{MARK}{method} {when}\n").as_bytes());
        said();
    };
    credentials::say(&say, notices);
    credentials::say_renewals(&say, notices);
    keyless::say(&say, notices);
    say("stays_behind", "with -d --live or -d --keyless", &|| {
        notices.stays_behind(
            4711,
            Path::new("/home/me/.local/state/credrun/20300101T000000Z-4711.log"),
        )
    });
    say("serves_already", "devcontainer, called once more", &|| {
        notices.serves_already(4711)
    });
    say(
        "serves_project",
        "with compose-env --delivery live",
        &|| {
            notices.serves_project(
                "shop",
                4711,
                Path::new("/home/me/.local/state/credrun/20300101T000000Z-4711.log"),
            );
        },
    );
    say(
        "compose",
        "with compose-env, and a container that is there has a proxy",
        &|| {
            let proxy = Warning::Proxy {
                name: "shop_app_1".to_owned(),
            };
            notices.compose(&format!("warning: {proxy}"));
        },
    );
    say(
        "mfa_session_not_kept",
        "--mfa-session-cache, and the disk is full",
        &|| {
            notices.mfa_session_not_kept(&SessionCacheError::Io {
                path: "/home/me/.local/state/credrun".into(),
                source: std::io::Error::other("no space left on device"),
            });
        },
    );
    say(
        "left_out",
        "--live with -e AWS_ACCESS_KEY_ID -e AWS_PROFILE",
        &|| notices.left_out(WayIn::Live, &["AWS_ACCESS_KEY_ID", "AWS_PROFILE"]),
    );
    say("shared_network", "--live with --network host", &|| {
        notices.shared_network(WayIn::Live, "host")
    });
    let found = |credentials: bool, config: Option<Option<&str>>| Found {
        credentials: credentials.then(|| "/root/.aws/credentials".to_owned()),
        config: config.map(|setting| ConfigFile {
            path: "/root/.aws/config".to_owned(),
            setting: setting.map(str::to_owned),
        }),
    };
    say(
        "shared_files",
        "--live, and the image has an ~/.aws/credentials",
        &|| notices.shared_files(&found(true, None)),
    );
    say(
        "shared_files",
        "--live, and the image has credentials in its ~/.aws/config",
        &|| notices.shared_files(&found(false, Some(Some("role_arn")))),
    );
    say(
        "shared_files",
        "--live, and the image has an ~/.aws/config of more than a MiB",
        &|| notices.shared_files(&found(false, Some(None))),
    );
    say(
        "cannot_look_for_config",
        "--live, and the Engine does not show the container's files",
        &|| notices.cannot_look_for_config(&failed()),
    );
    say("left_without_relay", "--live, and ^C ^C ^C", &|| {
        notices.left_without_relay("c0ffee00c0ff")
    });
    say("kept_relay", "--live --rm=false on Podman", &|| {
        notices.kept_relay("c0ffee00c0ff")
    });
    say(
        "left_to_user",
        "-e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY",
        &|| {
            notices.left_to_user(&Injection {
                left_to_user: vec!["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
                ..Injection::default()
            });
        },
    );
    say("left_to_user", "-e AWS_PROFILE=dev", &|| {
        let key = Some("ASIAEXAMPLE".to_owned());
        notices.left_to_user(&Injection {
            set: vec![EnvEntry::new("AWS_ACCESS_KEY_ID", key, EnvOrigin::Credrun)],
            left_to_user: vec!["AWS_PROFILE"],
            ..Injection::default()
        });
    });
    say("not_unset", "credrun exec on Podman", &|| {
        notices.not_unset(&["AWS_PROFILE".to_owned()])
    });
    say("no_report", "--report, and the disk is full", &|| {
        notices.no_report(&std::io::Error::other("no space left on device"))
    });
    say("left_over", "the Engine fails", &|| {
        notices.left_over("c0ffee00c0ff", &failed())
    });
    say(
        "expired_during_run",
        "a run outlives its credentials",
        &|| notices.expired_during_run(hours(1)),
    );
    say(
        "finishing_create",
        "^C while the Engine creates the container",
        &|| notices.finishing_create(Signal::INT),
    );
    say(
        "finishing_start",
        "^C while the Engine starts the container",
        &|| notices.finishing_start(Signal::INT),
    );
    say(
        "telling",
        "the AWS config files are on a file server that does not respond",
        &|| wait_for_files(notices),
    );
    say("live", "see the page events", &|| {
        notices.live(&Event::RefusedMore(2))
    });
    say("waiting", "--min-ttl 10m in CloudShell", &|| {
        notices.waiting(&Waiting {
            origin: Origin::CloudShell,
            left: Duration::from_secs(300),
            up_to: Duration::from_secs(310),
        });
    });
    say(
        "trusted_principal",
        "credrun role-template without --trusted-principal",
        &|| notices.trusted_principal("arn:aws:iam::123456789012:user/me"),
    );
    say(
        "unknown_action",
        "credrun role-template --action s3:GetObjcet",
        &|| notices.unknown_action("s3:GetObjcet", Some("did you mean s3:GetObject?")),
    );
    say("end", "", &|| {});
}

/// Time stands still but for what is waited for.
fn wait_for_files(notices: Notices) {
    let waits = Waits::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    runtime.expect("a runtime").block_on(async {
        let read = tokio::time::sleep(Duration::from_secs(60));
        let read = waits.during("the AWS config files to be read", read);
        notices.telling(&waits, read).await;
    });
}

#[test]
fn notices() {
    if std::env::var_os(SAYS).is_some() {
        say_all();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        return runtime.expect("a runtime").block_on(stderr::settle());
    }
    let mut page = Page::new(
        "notices",
        "Notices and warnings. With -q, only warnings are said.",
    );
    let mut itself = std::process::Command::new(std::env::current_exe().expect("this program"));
    itself
        .args(["--exact", "gallery::notices::notices", "--nocapture"])
        .env(SAYS, "1");
    let heard = run(&mut itself);
    for said in heard.stderr.split(MARK).skip(1) {
        let (head, text) = said.split_once('\n').expect("lines");
        let (method, when) = head.split_once(' ').expect("a name");
        if method != "end" {
            let provoked_by = format!("({when})");
            page.show(
                &[&format!("Notices::{method}")],
                Seen {
                    provoked_by,
                    text: text.to_owned(),
                },
            );
        }
    }
    assert!(heard.stderr.contains("@@ end"), "{}", heard.stderr);
    provoked(&mut page);
    page.check();
}

/// Those that a run says on a stand-in for the Engine.
fn provoked(page: &mut Page) {
    let engine = ScriptedEngine::start([(Step::Image, Cue::Refuse(404, "No such image"))]);
    let whole = Scene::new("credrun -e AWS_REGION=eu-west-1 an/image --role-arn x")
        .with_keys()
        .on(&engine);
    page.show(
        &[
            "Notices::credentials",
            "Notices::pulling",
            "Notices::left_to_user",
            "Notices::flag_after_image",
        ],
        whole,
    );
    let engine = ScriptedEngine::start([]);
    let region = Scene::new("credrun --rm=false an/image")
        .with_keys()
        .without("AWS_REGION")
        .on(&engine);
    page.show(&["Notices::no_region", "Notices::kept_set"], region);
    for flags in [&[][..], &["--tls"][..]] {
        page.show(&[], exposure(flags));
    }
}

/// What is said of an Engine on the network.
fn exposure(flags: &[&str]) -> Seen {
    let home = tempfile::tempdir().expect("a directory");
    let front = TlsFront::before(([127, 0, 0, 1], 1).into(), &["a.example"]);
    std::fs::copy(front.ca(), home.path().join("ca.pem")).expect("copied");
    let environment = Environment::fixed([
        ("DOCKER_CERT_PATH", home.path().to_str().expect("UTF-8")),
        ("DOCKER_HOST", "tcp://engine.example:2375"),
    ]);
    let words = [&["credrun"][..], flags, &["image"]].concat();
    let Ok(Cli::Run(arguments)) = cli::parse(words.iter().map(Into::into), &environment) else {
        panic!("a run");
    };
    let plan = EnginePlan::resolve(&arguments.engine, &environment).expect("a plan");
    let exposure = plan.endpoint.exposure().expect("others on the network");
    Seen {
        provoked_by: format!(
            "$ DOCKER_HOST=tcp://engine.example:2375 {}",
            words.join(" ")
        ),
        text: format!("credrun: warning: {exposure}"),
    }
}
