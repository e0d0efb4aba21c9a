//! `--live` beside AWS's own files in the container: SDKs prefer a profile's credentials to an
//! endpoint's, and adding `--live` must not change whose name a command acts in.
//!
//! The AWS CLI and botocore in it are real.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::support::engine::{docker, engine, no_container_is_left, unique_name};
use crate::support::process::{Finished, credrun, run};
use crate::support::sts::{ACCOUNT, Sts};

const CLI: &str = "amazon/aws-cli:latest";
/// The set that credrun is started with.
const SET: &str = "ASIAIOSFODNN7EXAMPLE";

/// Says who it is.
const AWS_CLI: &str = r#"aws --endpoint-url "$ENDPOINT" sts get-caller-identity"#;
const BOTOCORE: &str = r#"
python3 -c '
import os
from awscli.botocore import session
sts = session.Session().create_client("sts", endpoint_url=os.environ["ENDPOINT"])
sts.get_caller_identity()
'
"#;

/// Held by the one container that calls: on a busy machine, Python takes long enough alone.
static CALLING: Mutex<()> = Mutex::new(());

/// A home directory's `.aws`, and AWS.
struct Stage {
    directory: tempfile::TempDir,
    sts: Sts,
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
        let sts = Sts::start();
        let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/credruns/own");
        sts.know(SET, "secret", Some("token"), &arn);
        Self { directory, sts }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// `-v` with the directory there.
    fn mounted_at(&self, path: &str) -> String {
        format!("--volume={}:{path}:ro", self.path().display())
    }

    /// An image with what `dockerfile` says on top of the AWS CLI's.
    fn image(&self, dockerfile: &str) -> Image {
        let name = unique_name("config-files");
        fs::write(
            self.path().join("Dockerfile"),
            format!("FROM {CLI}\n{dockerfile}"),
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
        let _alone = CALLING.lock().unwrap_or_else(PoisonError::into_inner);
        let finished = run(credrun()
            .envs([
                ("AWS_ACCESS_KEY_ID", SET),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_SESSION_TOKEN", "token"),
                ("AWS_REGION", "eu-central-1"),
            ])
            .args(["run", "-q", "--name", &name, "--network", "host"])
            .args(["-e", &format!("ENDPOINT={}", self.sts.url())])
            .args(flags)
            .args(["--entrypoint", "sh", image, "-c", script]));
        no_container_is_left(&name);
        finished.success()
    }

    /// Runs botocore, whose call must be signed with credrun's set, and gives what credrun said of
    /// the files, a line each.
    fn acts_as_credrun(&self, flags: &[&str], image: &str) -> Vec<String> {
        self.client_acts_as_credrun(BOTOCORE, flags, image)
    }

    fn client_acts_as_credrun(&self, client: &str, flags: &[&str], image: &str) -> Vec<String> {
        let ran = self.run(flags, image, client);
        let calls = self.sts.calls();
        let keys: Vec<_> = calls.iter().map(|call| call.signed_by.as_deref()).collect();
        assert_eq!(keys, [Some(SET)], "{flags:?}: {ran:?}");
        let warnings = ran
            .stderr
            .lines()
            .filter(|line| !line.contains("nobody tells"));
        warnings.map(str::to_owned).collect()
    }
}

/// Removed when dropped.
struct Image(String);

impl Drop for Image {
    fn drop(&mut self) {
        docker(&["image", "rm", "--force", &self.0]);
    }
}

fn keys_of_the_user(section: &str) -> String {
    format!(
        "[{section}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        Sts::USER,
        Sts::USER_SECRET
    )
}

const CREDENTIALS_ARE_HIDDEN: &str = "credrun: warning: the container has /root/.aws/credentials, \
     and with --live its SDKs do not read it: AWS_SHARED_CREDENTIALS_FILE is /dev/null";

fn config_is_hidden(path: &str, setting: &str) -> String {
    format!(
        "credrun: warning: the default profile in the container's {path} has credentials of its \
         own ({setting}), so with --live its SDKs do not read that file, nor its other settings: \
         AWS_CONFIG_FILE is /dev/null"
    )
}

#[test]
fn keys_in_a_credentials_file_do_not_win_from_the_image_nor_from_a_mount() {
    let stage = Stage::new(&[("credentials", &keys_of_the_user("default"))]);
    let image = stage.image("COPY credentials /root/.aws/credentials\n");
    let said = stage.client_acts_as_credrun(AWS_CLI, &["--live"], &image.0);
    assert_eq!(said, [CREDENTIALS_ARE_HIDDEN]);

    let stage = Stage::new(&[("credentials", &keys_of_the_user("default"))]);
    let mounted = stage.mounted_at("/root/.aws");
    let said = stage.acts_as_credrun(&["--live", &mounted], CLI);
    assert_eq!(said, [CREDENTIALS_ARE_HIDDEN]);
}

#[test]
fn whatever_leads_to_credentials_in_a_config_file_does_not_win() {
    let process = "credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\
                   \"SecretAccessKey\":\"s\"}'";
    let role = "role_arn = arn:aws:iam::123456789012:role/other\ncredential_source = EcsContainer";
    let sso = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
               sso_account_id = 123456789012\nsso_role_name = x";
    for (setting, config) in [
        ("aws_access_key_id", keys_of_the_user("default")),
        ("credential_process", format!("[default]\n{process}\n")),
        ("role_arn", format!("[profile default]\n{role}\n")),
        (
            "sso_start_url",
            format!("[default]\nregion = us-west-1\n{sso}\n"),
        ),
    ] {
        let stage = Stage::new(&[("config", &config)]);
        let mounted = stage.mounted_at("/root/.aws");
        let said = stage.acts_as_credrun(&["--live", &mounted], CLI);
        assert_eq!(said, [config_is_hidden("/root/.aws/config", setting)]);
    }
}

#[test]
fn files_that_the_images_variables_name_do_not_win() {
    let stage = Stage::new(&[
        ("credentials", &keys_of_the_user("default")),
        ("config", &keys_of_the_user("default")),
    ]);
    let image = stage.image(
        "COPY credentials config /opt/\n\
         ENV AWS_SHARED_CREDENTIALS_FILE=/opt/credentials AWS_CONFIG_FILE=/opt/config\n",
    );
    let said = stage.acts_as_credrun(&["--live"], &image.0);
    assert_eq!(said, [config_is_hidden("/opt/config", "aws_access_key_id")]);
}

#[test]
fn files_that_the_users_variables_name_do_not_win() {
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
    let said = stage.acts_as_credrun(&flags, CLI);
    assert_eq!(
        said,
        [
            "credrun: warning: AWS_SHARED_CREDENTIALS_FILE of -e or --env-file left out: with \
             --live, the credentials are credrun's",
            &config_is_hidden("/mine/config", "aws_access_key_id"),
        ]
    );
}

#[test]
fn the_files_of_a_user_who_is_not_root_are_found_by_passwd() {
    let stage = Stage::new(&[("config", &keys_of_the_user("default"))]);
    let image = stage.image(
        "RUN useradd --create-home --home-dir /srv/app app\n\
         COPY config /srv/app/.aws/config\n\
         USER app\n",
    );
    let hidden = config_is_hidden("/srv/app/.aws/config", "aws_access_key_id");
    assert_eq!(stage.acts_as_credrun(&["--live"], &image.0), [hidden]);
}

#[test]
fn a_config_file_behind_a_link_is_found() {
    let stage = Stage::new(&[("real", &keys_of_the_user("default"))]);
    symlink("real", stage.path().join("config")).expect("a link");
    let mounted = stage.mounted_at("/root/.aws");
    let said = stage.acts_as_credrun(&["--live", &mounted], CLI);
    assert_eq!(
        said,
        [config_is_hidden("/root/.aws/config", "aws_access_key_id")]
    );
}

#[test]
fn settings_that_are_no_credentials_stay() {
    let config = "[default]\nregion = us-west-1\ns3 =\n  max_concurrent_requests = 7\n\
                  [profile other]\nrole_arn = x\nsource_profile = default\n";
    let stage = Stage::new(&[("config", config)]);
    let flags = ["--live", &stage.mounted_at("/root/.aws")];
    assert_eq!(stage.acts_as_credrun(&flags, CLI), [""; 0]);
    let script = "aws configure get default.s3.max_concurrent_requests";
    assert_eq!(stage.run(&flags, CLI, script).out(), "7\n");
}

#[test]
fn without_such_files_nothing_is_said_or_hidden() {
    let stage = Stage::new(&[]);
    assert_eq!(stage.acts_as_credrun(&["--live"], CLI), [""; 0]);
    let script = "test -z \"${AWS_CONFIG_FILE+set}\"";
    stage.run(&["--live"], CLI, script);
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let stage = Stage::new(&[("config", &"# a comment\n".repeat(100_000))]);
    let flags = ["--live", &stage.mounted_at("/root/.aws")];
    let said = stage.run(&flags, CLI, "true").stderr;
    assert!(
        said.contains("credrun: warning: cannot look for AWS config files in the container ("),
        "{said}"
    );
}

#[test]
fn without_live_the_set_in_the_environment_wins_by_itself() {
    let stage = Stage::new(&[
        ("credentials", &keys_of_the_user("default")),
        ("config", &keys_of_the_user("default")),
    ]);
    let mounted = stage.mounted_at("/root/.aws");
    assert_eq!(stage.acts_as_credrun(&[&mounted], CLI), [""; 0]);
}
