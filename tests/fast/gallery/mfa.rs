//! MFA codes, and the cache of the sessions that are made with them.

use credrun::credentials::{CredentialsError, SessionCacheError, TokenCodeError};

use super::{Page, Scene, by_hand};
use crate::support::sts::Sts;

const DEVICE: &str = "arn:aws:iam::123456789012:mfa/me";

#[test]
fn mfa() {
    let mut page = Page::new("mfa", "MFA codes, and --mfa-session-cache.");
    let sts = Sts::start();
    let device = |arguments: &str| {
        Scene::new(&format!(
            "credrun export --serial-number {DEVICE} {arguments}"
        ))
        .user_of(&sts)
    };
    let no_terminal = TokenCodeError::NoTerminal {
        serial: DEVICE.to_owned(),
        source: std::io::Error::from_raw_os_error(2),
    };
    page.show(
        &["CredentialsError::TokenCode", "TokenCodeError::NoTerminal"],
        by_hand(
            "these tests may have a terminal",
            CredentialsError::TokenCode(no_terminal),
        ),
    );
    let profile = |command: &str| {
        Scene::new("credrun export --profile a")
            .config(&format!(
                "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/deploy\n\
                 credential_source = Environment\nmfa_serial = {DEVICE}\nmfa_process = {command}"
            ))
            .quietly("AWS_EC2_METADATA_DISABLED", "true")
            .user_of(&sts)
    };
    page.show(&["TokenCodeError::NotACode"], profile("echo none"));
    page.show(
        &["TokenCodeError::Process"],
        profile("echo locked >&2; exit 1"),
    );
    for (shows, why, error) in [
        (
            "TokenCodeError::Closed",
            "a session of --live ends after 12 hours, while the terminal is the container's",
            TokenCodeError::Closed {
                serial: DEVICE.to_owned(),
            },
        ),
        (
            "TokenCodeError::Terminal",
            "the terminal fails",
            TokenCodeError::Terminal(std::io::ErrorKind::BrokenPipe.into()),
        ),
        (
            "TokenCodeError::Interrupted",
            "Ctrl-C at the prompt: see tests/engine/terminal.rs",
            TokenCodeError::Interrupted,
        ),
        (
            "TokenCodeError::Cancelled",
            "Ctrl-D at the prompt",
            TokenCodeError::Cancelled,
        ),
    ] {
        page.show(&[shows], by_hand(why, CredentialsError::TokenCode(error)));
    }
    let link = device("--mfa-session-cache --token-code 123456")
        .bytes(".local", b"")
        .where_("~/.local is a file");
    page.show(
        &["CredentialsError::SessionCache", "SessionCacheError::Io"],
        link,
    );
    let open = device("--mfa-session-cache --token-code 123456")
        .where_("~/.local/state/credrun has mode 777");
    make_open_to_others(&open);
    page.show(&["SessionCacheError::Unsafe"], open);
    let nowhere = CredentialsError::SessionCache(SessionCacheError::NoDirectory);
    page.show(
        &["SessionCacheError::NoDirectory"],
        by_hand("the user database has no home directory", nowhere),
    );
    page.check();
}

/// The state directory of credrun, which others may write to.
pub(super) fn make_open_to_others(scene: &Scene) {
    use std::os::unix::fs::PermissionsExt as _;
    let state = scene.home().join(".local/state/credrun");
    std::fs::create_dir_all(&state).expect("made");
    std::fs::set_permissions(state, std::fs::Permissions::from_mode(0o777)).expect("set");
}
