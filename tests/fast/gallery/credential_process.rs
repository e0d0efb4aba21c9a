//! `credential_process`, and the other commands that profiles name.

use std::time::Duration;

use credrun::credentials::{CommandError, CredentialsError, ProcessError};

use super::{Page, Scene, by_hand};

#[test]
fn credential_process() {
    let mut page = Page::new("credential-process", "Commands that profiles name.");
    for (shows, command) in [
        (
            &["CredentialsError::Process", "CommandError::Failed"][..],
            "sh -c 'echo not logged in >&2; exit 3'",
        ),
        (
            &["CommandError::Failed"],
            "sh -c 'echo not logged in >&2; echo run login >&2; exit 3'",
        ),
        (&["CommandError::Failed"], "sh -c get-credentials"),
        (&["ProcessError::Quotation"], "sh -c 'exit"),
        (&["ProcessError::NoProgram"], ""),
        (&["ProcessError::NotFound"], "~/bin/get-credentials"),
        (&["ProcessError::Empty"], "true"),
        (&["ProcessError::NotJson"], "echo Welcome!"),
        (&["ProcessError::CutShort"], r#"echo '{"Version": 1,'"#),
        (&["ProcessError::NotAnObject"], "echo '[]'"),
        (
            &["ProcessError::Twice"],
            r#"echo '{"Version": 1, "Version": 1}'"#,
        ),
        (&["ProcessError::Missing"], r#"echo '{"Version": 1}'"#),
        (&["ProcessError::Version"], r#"echo '{"Version": 2}'"#),
        (
            &["ProcessError::Expiration"],
            r#"echo '{"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "x", "Expiration": "soon"}'"#,
        ),
        (
            &["ProcessError::Unusable"],
            r#"echo '{"Version": 1, "AccessKeyId": "ASIA EXAMPLE", "SecretAccessKey": "x"}'"#,
        ),
    ] {
        let config = format!("[profile a]\ncredential_process = {command}");
        let scene = Scene::new("credrun export --profile a").config(&config);
        page.show(shows, scene);
    }
    let itself = Scene::new("credrun export --profile a")
        .env("CREDRUN_PROFILE_CHAIN", "a")
        .config("[profile a]\ncredential_process = credrun export --profile a")
        .where_("as its own credential_process runs it");
    page.show(&["ProcessError::Circle"], itself);
    let made = |why, error: CommandError| {
        let error = CredentialsError::Process {
            profile: "a".to_owned(),
            place: None,
            source: ProcessError::Command(error),
        };
        by_hand(why, error)
    };
    let hung = CommandError::Hung {
        limit: Duration::from_secs(60),
    };
    page.show(
        &["CommandError::Hung"],
        made("an mfa_process takes longer than its limit", hung),
    );
    let start = CommandError::Start(std::io::ErrorKind::PermissionDenied.into());
    page.show(
        &["CommandError::Start"],
        made("the operating system can start no process", start),
    );
    page.check();
}
