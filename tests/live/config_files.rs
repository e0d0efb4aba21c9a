//! `--live` beside AWS's own files in the container: SDKs prefer a profile's credentials to an
//! endpoint's, and adding `--live` must not change whose name a command acts in.
//!
//! The AWS CLI and botocore in it are real.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::support::engine::{IMAGE, Removed, docker, engine, no_container_is_left, unique_name};
use crate::support::process::{Finished, credrun, finish_within, run, start};

const CLI: &str = "amazon/aws-cli:latest";
/// The set that credrun is started with.
const SET: &str = "ASIAIOSFODNN7EXAMPLE";

/// Asks the AWS CLI for its access key, of which it shows the end, and where that is from.
const AWS_CLI: &str = "aws configure list | grep access_key";
/// The same with botocore, which shows all of it.
const BOTOCORE: &str = r#"
python3 -c '
from awscli.botocore import session
found = session.Session().get_credentials()
print(found.method, found.access_key)
'
"#;

/// A busy machine takes half a minute to start the AWS CLI.
const LIMIT: Duration = Duration::from_secs(180);

/// Held by the one container that runs: on a busy machine, Python takes long enough alone.
static RUNNING: Mutex<()> = Mutex::new(());

/// A home directory's `.aws`.
struct Stage {
    directory: tempfile::TempDir,
}

impl Stage {
    fn new(files: &[(&str, &str)]) -> Self {
        engine();
        let directory = tempfile::tempdir().expect("a directory");
        // For a user of the container who is not this one.
        let readable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(directory.path(), readable).expect("readable");
        for (name, text) in files {
            fs::write(directory.path().join(name), text).expect("written");
        }
        Self { directory }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// `-v` with the directory there.
    fn mounted_at(&self, path: &str) -> String {
        format!("--volume={}:{path}:ro", self.path().display())
    }

    /// An image with what `dockerfile` says on top of another.
    fn image(&self, base: &str, dockerfile: &str) -> Image {
        let name = unique_name("config-files");
        fs::write(
            self.path().join("Dockerfile"),
            format!("FROM {base}\n{dockerfile}"),
        )
        .expect("written");
        run(Command::new("docker")
            .env("DOCKER_BUILDKIT", "0")
            .args(["build", "--quiet", "--tag", &name])
            .arg(self.path()))
        .success();
        Image(name)
    }

    /// Runs a script in a container of credrun's, with nothing left behind.
    fn run(&self, flags: &[&str], image: &str, script: &str) -> Finished {
        let name = unique_name("config-files");
        let _alone = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let child = start(
            credrun()
                .envs([
                    ("AWS_ACCESS_KEY_ID", SET),
                    ("AWS_SECRET_ACCESS_KEY", "secret"),
                    ("AWS_SESSION_TOKEN", "token"),
                    ("AWS_REGION", "eu-central-1"),
                ])
                .args(["run", "-q", "--name", &name])
                .args(flags)
                .args(["--entrypoint", "sh", image, "-c", script]),
        );
        let finished = finish_within(LIMIT, child);
        no_container_is_left(&name);
        finished.success()
    }

    /// Runs a container without an SDK, and gives what credrun said of the files, and where
    /// SDKs in there would look for them.
    fn sends_sdks_to(&self, flags: &[&str], image: &str) -> (Vec<String>, String) {
        let script = "echo ${AWS_SHARED_CREDENTIALS_FILE-unset} ${AWS_CONFIG_FILE-unset}";
        let ran = self.run(flags, image, script);
        (warnings(&ran), ran.out().trim().to_owned())
    }
}

/// What was said of files and variables.
fn warnings(ran: &Finished) -> Vec<String> {
    let lines = ran.stderr.lines().filter(|line| line.contains("AWS_"));
    lines.map(str::to_owned).collect()
}

/// Removed when dropped.
struct Image(String);

impl Drop for Image {
    fn drop(&mut self) {
        docker(&["image", "rm", "--force", &self.0]);
    }
}

fn keys_of_the_user(section: &str) -> String {
    format!("[{section}]\naws_access_key_id = AKIAOFTHEFILE\naws_secret_access_key = s\n")
}

const PROCESS: &str = r#"credential_process = echo '{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"s"}'"#;

const CREDENTIALS_ARE_HIDDEN: &str = "credrun: warning: the container has /root/.aws/credentials, \
     but with --live its SDKs do not read it: AWS_SHARED_CREDENTIALS_FILE is /dev/null";

fn config_is_hidden(path: &str, setting: &str) -> String {
    format!(
        "credrun: warning: the default profile in the container's {path} has credentials of its \
         own ({setting}), so with --live its SDKs do not read that file, nor its other settings: \
         AWS_CONFIG_FILE is /dev/null"
    )
}

#[test]
fn keys_in_a_credentials_file_of_the_image_do_not_win() {
    let stage = Stage::new(&[("credentials", &keys_of_the_user("default"))]);
    let image = stage.image(CLI, "COPY credentials /root/.aws/credentials\n");
    let ran = stage.run(&["--live"], &image.0, AWS_CLI);
    let words: Vec<String> = ran.out().split_whitespace().map(str::to_owned).collect();
    let (_, end) = SET.split_at(SET.len() - 4);
    assert!(words[1].ends_with(end), "{words:?}");
    assert_eq!(words[2], "container-role");
    assert_eq!(warnings(&ran), [CREDENTIALS_ARE_HIDDEN]);
}

#[test]
fn keys_in_a_credentials_file_that_is_mounted_do_not_win() {
    let stage = Stage::new(&[("credentials", &keys_of_the_user("default"))]);
    let flags = ["--live", &stage.mounted_at("/root/.aws")];
    let ran = stage.run(&flags, CLI, BOTOCORE);
    assert_eq!(ran.out(), format!("container-role {SET}\n"));
    assert_eq!(warnings(&ran), [CREDENTIALS_ARE_HIDDEN]);
}

#[test]
fn a_credential_process_of_a_config_file_does_not_win() {
    let stage = Stage::new(&[("config", &format!("[default]\n{PROCESS}\n"))]);
    let flags = ["--live", &stage.mounted_at("/root/.aws")];
    let ran = stage.run(&flags, CLI, BOTOCORE);
    assert_eq!(ran.out(), format!("container-role {SET}\n"));
    let hidden = config_is_hidden("/root/.aws/config", "credential_process");
    assert_eq!(warnings(&ran), [hidden]);
}

#[test]
fn whatever_leads_to_credentials_in_a_config_file_is_hidden() {
    let role = "role_arn = arn:aws:iam::123456789012:role/other\ncredential_source = EcsContainer";
    let sso = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
               sso_account_id = 123456789012\nsso_role_name = x";
    for (setting, config) in [
        ("aws_access_key_id", keys_of_the_user("default")),
        ("role_arn", format!("[profile default]\n{role}\n")),
        ("sso_start_url", format!("[default]\nregion = x\n{sso}\n")),
    ] {
        let stage = Stage::new(&[("config", &config)]);
        // In an image without /etc/passwd, root's home directory is the root directory.
        let flags = ["--live", &stage.mounted_at("/.aws")];
        let (said, files) = stage.sends_sdks_to(&flags, IMAGE);
        assert_eq!(said, [config_is_hidden("/.aws/config", setting)]);
        assert_eq!(files, "/dev/null /dev/null");
    }
}

#[test]
fn files_that_the_images_variables_name_are_hidden() {
    let stage = Stage::new(&[
        ("credentials", &keys_of_the_user("default")),
        ("config", &keys_of_the_user("default")),
    ]);
    let image = stage.image(
        IMAGE,
        "COPY credentials config /opt/\n\
         ENV AWS_SHARED_CREDENTIALS_FILE=/opt/credentials AWS_CONFIG_FILE=/opt/config\n",
    );
    let (said, files) = stage.sends_sdks_to(&["--live"], &image.0);
    let credentials = CREDENTIALS_ARE_HIDDEN.replace("/root/.aws", "/opt");
    let config = config_is_hidden("/opt/config", "aws_access_key_id");
    assert_eq!(said, [credentials, config]);
    assert_eq!(files, "/dev/null /dev/null");
}

#[test]
fn a_path_in_the_image_writes_no_line_of_its_own_and_nothing_that_a_terminal_obeys() {
    let stage = Stage::new(&[("config", &keys_of_the_user("default"))]);
    let evil = "/opt/\u{1b}[2J\ncredrun: credentials from role safe";
    let made = docker(&[
        "create",
        "-e",
        &format!("AWS_CONFIG_FILE={evil}"),
        IMAGE,
        "true",
    ]);
    let container = Removed(made.success().out().trim().to_owned());
    let image = Image(unique_name("config-files"));
    docker(&["commit", &container.0, &image.0]).success();
    let mount = format!("--volume={}:/opt:ro", stage.path().display());
    fs::copy(
        stage.path().join("config"),
        stage
            .path()
            .join(evil.strip_prefix("/opt/").expect("below it")),
    )
    .expect("copied");
    let ran = stage.run(&["--live", &mount], &image.0, "true");
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    let shown = config_is_hidden(
        "/opt/\\u{1b}[2J\\ncredrun: credentials from role safe",
        "aws_access_key_id",
    );
    assert_eq!(warnings(&ran), [shown]);
}

#[test]
fn files_that_the_users_variables_name_are_hidden() {
    let stage = Stage::new(&[
        ("credentials", &keys_of_the_user("default")),
        ("config", &keys_of_the_user("profile default")),
    ]);
    let flags = [
        "--live",
        &stage.mounted_at("/mine"),
        "--env=AWS_SHARED_CREDENTIALS_FILE=/mine/credentials",
        "--env=AWS_CONFIG_FILE=mine/config",
        "--workdir=/",
    ];
    let (said, files) = stage.sends_sdks_to(&flags, IMAGE);
    assert_eq!(
        said,
        [
            "credrun: warning: leaving out your AWS_SHARED_CREDENTIALS_FILE from -e or --env-file: \
             with --live, the credentials come from credrun",
            &config_is_hidden("/mine/config", "aws_access_key_id"),
        ]
    );
    assert_eq!(files, "/dev/null /dev/null");
}

#[test]
fn the_files_of_a_user_who_is_not_root_are_found_by_passwd() {
    let stage = Stage::new(&[
        ("config", &keys_of_the_user("default")),
        ("passwd", "app:x:1000:1000::/srv/app:/bin/sh\n"),
    ]);
    let image = stage.image(
        IMAGE,
        "COPY passwd /etc/passwd\nCOPY config /srv/app/.aws/config\nUSER app\n",
    );
    let (said, files) = stage.sends_sdks_to(&["--live"], &image.0);
    let hidden = config_is_hidden("/srv/app/.aws/config", "aws_access_key_id");
    assert_eq!(said, [hidden]);
    assert_eq!(files, "/dev/null /dev/null");
}

#[test]
fn a_config_file_behind_a_link_is_found() {
    let stage = Stage::new(&[("real", &keys_of_the_user("default"))]);
    symlink("real", stage.path().join("config")).expect("a link");
    let flags = ["--live", "--env=HOME=/h", &stage.mounted_at("/h/.aws")];
    let (said, _) = stage.sends_sdks_to(&flags, IMAGE);
    assert_eq!(
        said,
        [config_is_hidden("/h/.aws/config", "aws_access_key_id")]
    );
}

#[test]
fn settings_that_are_no_credentials_stay() {
    let config = "[default]\nregion = us-west-1\ns3 =\n  max_concurrent_requests = 7\n\
                  [profile other]\nrole_arn = x\nsource_profile = default\n";
    let stage = Stage::new(&[("config", config)]);
    let flags = ["--live", &stage.mounted_at("/.aws")];
    let (said, files) = stage.sends_sdks_to(&flags, IMAGE);
    assert_eq!((said, files.as_str()), (vec![], "/dev/null unset"));
}

#[test]
fn without_such_files_nothing_is_said() {
    let stage = Stage::new(&[]);
    let (said, files) = stage.sends_sdks_to(&["--live"], IMAGE);
    assert_eq!((said, files.as_str()), (vec![], "/dev/null unset"));
}

#[test]
fn a_file_that_cannot_be_read_is_hidden_and_told() {
    let stage = Stage::new(&[("config", &"# a comment\n".repeat(100_000))]);
    let flags = ["--live", &stage.mounted_at("/.aws")];
    let said = stage.run(&flags, IMAGE, "true").stderr;
    assert!(
        said.contains(
            "credrun: warning: the container's /.aws/config cannot be checked, so with --live"
        ),
        "{said}"
    );
}

#[test]
fn without_live_the_set_in_the_environment_wins_by_itself() {
    let stage = Stage::new(&[
        ("credentials", &keys_of_the_user("default")),
        ("config", &keys_of_the_user("default")),
    ]);
    let ran = stage.run(&[&stage.mounted_at("/root/.aws")], CLI, BOTOCORE);
    assert_eq!(ran.out(), format!("env {SET}\n"));
    assert_eq!(warnings(&ran), [""; 0]);
}
