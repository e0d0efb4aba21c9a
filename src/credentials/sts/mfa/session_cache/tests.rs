use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

const KEY: &str = "AKIAUSER";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/me";

struct Place {
    home: tempfile::TempDir,
    cache: SessionCache,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let environment = Environment::fixed([("HOME", home.path().to_str().expect("UTF-8"))]);
        let cache = SessionCache::of(&environment).expect("a home");
        Self { home, cache }
    }

    fn directory(&self) -> PathBuf {
        self.home.path().join(".local/state/credrun")
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.directory()).expect("a directory");
        entries.map(|entry| entry.expect("a file").path()).collect()
    }

    async fn load(&self) -> Result<Option<Credentials>, SessionCacheError> {
        self.cache.load(KEY, DEVICE).await
    }

    /// With one session, which expires in an hour.
    async fn with_a_session() -> Self {
        let place = Self::new();
        assert!(place.load().await.expect("a cache").is_none());
        let session = session(Duration::from_secs(3600));
        let stored = place.cache.store(KEY, DEVICE, &session).await;
        stored.expect("stored");
        place
    }
}

fn session(life: Duration) -> Credentials {
    Credentials::new(CredentialValues {
        access_key_id: "ASIASESSION".to_owned(),
        secret_access_key: "se\"cret\\".into(),
        session_token: Some("token".into()),
        expiration: Some(SystemTime::now() + life),
        account_id: Some("123456789012".to_owned()),
    })
    .expect("a set")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it").permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[tokio::test]
async fn a_session_comes_back_for_its_own_keys_and_device_and_for_no_others() {
    let place = Place::with_a_session().await;
    let back = place.load().await.expect("a cache").expect("a session");
    assert_eq!(back.access_key_id, "ASIASESSION");
    assert_eq!(back.secret_access_key.expose_secret(), "se\"cret\\");
    assert_eq!(back.account_id.as_deref(), Some("123456789012"));
    for (key, device) in [("AKIAOTHER", DEVICE), (KEY, "other")] {
        let other = place.cache.load(key, device).await.expect("a cache");
        assert!(other.is_none(), "{key} {device}");
    }
}

#[tokio::test]
async fn the_file_is_its_users_alone_and_its_name_names_nobody() {
    let place = Place::with_a_session().await;
    let files = place.files();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(mode(&files[0]), 0o600);
    assert_eq!(mode(&place.directory()), 0o700);
    assert!(!files[0].display().to_string().contains("AKIA"));
}

#[tokio::test]
async fn a_session_that_has_ended_is_removed() {
    let place = Place::new();
    assert!(place.load().await.expect("a cache").is_none());
    let ended = session(Duration::ZERO);
    let stored = place.cache.store("AKIAOTHER", DEVICE, &ended).await;
    stored.expect("stored");
    assert_eq!(place.files().len(), 1);
    assert!(place.load().await.expect("a cache").is_none());
    assert!(place.files().is_empty());
}

#[tokio::test]
async fn a_session_can_be_forgotten_and_forgotten_again() {
    let place = Place::with_a_session().await;
    for _ in 0..2 {
        place.cache.forget(KEY, DEVICE).await.expect("forgotten");
        assert!(place.load().await.expect("a cache").is_none());
    }
}

#[tokio::test]
async fn what_other_users_may_read_or_change_is_refused() {
    let place = Place::with_a_session().await;
    let file = place.files().remove(0);
    set_mode(&file, 0o644);
    let error = place.load().await.expect_err("refused");
    assert!(
        error.to_string().ends_with("can be read by other users"),
        "{error}"
    );
    assert!(error.hint().contains(&file.display().to_string()));
    set_mode(&file, 0o600);
    set_mode(&place.directory(), 0o777);
    let error = place.load().await.expect_err("refused");
    assert!(
        error.to_string().ends_with("can be changed by other users"),
        "{error}"
    );
}

#[tokio::test]
async fn no_link_is_followed() {
    let place = Place::with_a_session().await;
    let file = place.files().remove(0);
    let elsewhere = place.home.path().join("elsewhere");
    fs::rename(&file, &elsewhere).expect("moved");
    symlink(&elsewhere, &file).expect("a link");
    assert!(matches!(
        place.load().await,
        Err(SessionCacheError::Io { .. })
    ));
    // The next session replaces the link, not its target.
    let before = fs::read(&elsewhere).expect("a file");
    let session = session(Duration::from_secs(60));
    place
        .cache
        .store(KEY, DEVICE, &session)
        .await
        .expect("stored");
    assert_eq!(fs::read(&elsewhere).expect("a file"), before);
    assert!(place.load().await.expect("a cache").is_some());

    let directory = place.directory();
    let moved = place.home.path().join("moved");
    fs::rename(&directory, &moved).expect("moved");
    symlink(&moved, &directory).expect("a link");
    assert!(place.load().await.is_err());
}

#[tokio::test]
async fn what_is_no_session_is_none_and_a_killed_credruns_draft_goes() {
    let place = Place::with_a_session().await;
    let file = place.files().remove(0);
    for text in ["", "[]", "{\"ObtainedWith\": \"AKIAUSER\"}", "\u{0}"] {
        fs::write(&file, text).expect("written");
        assert!(place.load().await.expect("a cache").is_none(), "{text:?}");
    }
    let draft = file.with_extension("json.draft-1");
    let written = File::create(&draft).expect("a file");
    assert!(place.load().await.expect("a cache").is_none());
    assert!(draft.exists());
    let old = SystemTime::now() - 2 * DRAFT;
    written.set_modified(old).expect("a time");
    assert!(place.load().await.expect("a cache").is_none());
    assert!(!draft.exists());
}

#[tokio::test]
async fn the_sessions_that_are_kept_can_be_listed_with_their_files() {
    let place = Place::with_a_session().await;
    let kept = place.cache.all().expect("a cache");
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].obtained_with, KEY);
    assert_eq!(kept[0].serial, DEVICE);
    assert_eq!(kept[0].file, place.files()[0]);
    assert!(!format!("{kept:?}").contains("token\""));
}

#[test]
fn without_a_home_there_is_no_cache() {
    let error = SessionCache::of(&Environment::fixed([])).expect_err("refused");
    assert!(error.hint().contains("XDG_STATE_HOME"));
}

#[tokio::test]
async fn a_file_with_the_session_of_another_device_or_other_keys_is_not_used() {
    let place = Place::with_a_session().await;
    let file = place.files().remove(0);
    let text = fs::read_to_string(&file).expect("the file");
    for (own, other) in [(KEY, "AKIAOTHER"), (DEVICE, "other")] {
        fs::write(&file, text.replace(own, other)).expect("written");
        assert!(place.load().await.expect("a cache").is_none(), "{other}");
    }
    fs::write(&file, text).expect("written");
    assert!(place.load().await.expect("a cache").is_some());
}

#[tokio::test]
async fn a_file_larger_than_any_session_is_not_read() {
    let place = Place::with_a_session().await;
    let file = place.files().remove(0);
    let text = fs::read_to_string(&file).expect("the file");
    for (size, is_read) in [(LARGEST, true), (LARGEST + 1, false), (LARGEST + 2, false)] {
        let padding = " ".repeat(size as usize - text.len());
        fs::write(&file, format!("{text}{padding}")).expect("written");
        let back = place.load().await.expect("a cache");
        assert_eq!(back.is_some(), is_read, "{size}");
    }
}
