//! Dev containers, with the CLI that VS Code has inside, the real AWS CLI and a stand-in for AWS.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Once;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::aws::{AwsStandIn, python_tool};
use crate::support::compose::Project;
use crate::support::engine::{docker, host_on_the_bridge};
use crate::support::process::{Finished, finish_within, run, start};
use crate::support::{repository, script, until, until_within};

/// A folder with one of `examples/`, whose profile `dev` has sessions of the stand-in's role. Each is
/// said to last for half a minute, and named after the second that it was made in.
struct Folder {
    user: Project,
    path: PathBuf,
    stand_in: AwsStandIn,
}

const LIFETIME: &str = "30";

/// Installs the CLI, with the environment of this machine: a clean one does not reach npm everywhere.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let mut cli = Command::new(script("devcontainer.sh"));
        finish_within(Duration::from_secs(300), start(cli.arg("--version"))).success();
    });
}

impl Folder {
    fn new(example: &str) -> Self {
        let image = run(&mut Command::new(script("awscli-image.sh")));
        image.success();
        let stand_in = AwsStandIn::start_with(&["--address", &host_on_the_bridge()]);
        let user = Project::new(example, 60, "").profiles(&format!(
            "[profile dev]\nregion = {}\nendpoint_url = {}\ncredential_process = {} {} {} {LIFETIME}\n",
            stand_in.region(),
            stand_in.endpoint_url(),
            python_tool("python").display(),
            repository("tests/compose/sessions.py").display(),
            stand_in.session_role_arn(),
        ));
        let variables = stand_in.long_lived().into_iter();
        let user = variables.fold(user, |user, (name, value)| {
            user.env(&name.replace("AWS_", "STAND_IN_"), value)
        });
        let path = user.home.path().join(&user.name);
        let from = repository("examples").join(example).join(".devcontainer");
        fs::create_dir_all(path.join(".devcontainer")).expect("made");
        for file in fs::read_dir(from).expect("an example").flatten() {
            let to = path.join(".devcontainer").join(file.file_name());
            fs::copy(file.path(), to).expect("copied");
        }
        install();
        Self {
            user,
            path,
            stand_in,
        }
    }

    /// Replaces a part of devcontainer.json.
    fn configure(&self, from: &str, to: &str) {
        let path = self.path.join(".devcontainer/devcontainer.json");
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).expect("written");
    }

    /// `devcontainer COMMAND --workspace-folder FOLDER ARGUMENTS`.
    fn devcontainer(&self, command: &str, arguments: &[&str]) -> Finished {
        let program = script("devcontainer.sh");
        let mut cli = self.user.user(program.to_str().expect("UTF-8"));
        cli.args([command, "--workspace-folder"])
            .arg(&self.path)
            .args(arguments);
        let mut child = start(&mut cli);
        drop(child.stdin.take());
        finish_within(Duration::from_secs(180), child)
    }

    /// The container's ID.
    fn up(&self, arguments: &[&str]) -> String {
        let up = self.devcontainer("up", arguments).success();
        let said: serde_json::Value = serde_json::from_str(&up.out()).expect("JSON");
        said["containerId"].as_str().expect("an ID").to_owned()
    }

    /// The session's name, as STS tells the AWS CLI in the container.
    fn session(&self) -> String {
        let endpoint = ["--endpoint-url", self.stand_in.endpoint_url()];
        let ask = ["sts", "get-caller-identity", "--output", "text"];
        let words = [&["aws"], &endpoint[..], &ask, &["--query", "Arn"]].concat();
        let arn = self.devcontainer("exec", &words).success().out();
        let session = arn.trim().rsplit('/').next().unwrap_or_default();
        assert!(session.starts_with("set-"), "{arn}");
        session.to_owned()
    }

    /// Waits until the container has another session than this one.
    fn another_than(&self, first: &str) {
        until_within(Duration::from_secs(90), "the set has been renewed", || {
            self.session() != first
        });
    }

    /// Waits until nothing of credrun is left, as long as a supervisor looks whether it is needed.
    fn nothing_is_left(&self) {
        until("no process and no relay is left", || {
            self.user.supervisors() == 0 && self.relays().is_empty()
        });
        let state = fs::read_dir(self.user.state()).expect("state").flatten();
        let left = state.filter(|file| file.path().extension().is_none_or(|end| end != "log"));
        assert_eq!(left.count(), 0);
    }

    fn containers(&self) -> Vec<String> {
        let label = format!("label=devcontainer.local_folder={}", self.path.display());
        let all = docker(&["ps", "--all", "--no-trunc", "--quiet", "--filter", &label]);
        let all = all.success().out();
        all.lines().map(str::to_owned).collect()
    }

    /// Of the folder's containers.
    fn relays(&self) -> Vec<String> {
        let filter = "label=credrun.relay.for";
        let format = "{{.ID}} {{.Label \"credrun.relay.target\"}}";
        let all = docker(&["ps", "--all", "--filter", filter, "--format", format]);
        let (all, own) = (all.success().out(), self.containers());
        let is_own = |line: &&str| own.iter().any(|id| line.ends_with(id));
        all.lines().filter(is_own).map(str::to_owned).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for id in self.containers() {
            let image = self.user.inspected(&id, "{{.Config.Image}}");
            docker(&["rm", "--force", "--volumes", &id]);
            // The CLI has built it, for features.
            if image.starts_with("vsc-") {
                docker(&["image", "rm", &image]);
            }
        }
        until("nobody serves it", || self.user.supervisors() == 0);
    }
}

/// Asks for credentials fifty times a second until there is a file `/enough`, as no SDK does, and
/// writes how often it got none.
const ASKS_ALL_THE_TIME: &str = r#"
import os, time, urllib.request
request = urllib.request.Request(
    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})
failed = answered = 0
while not os.path.exists("/enough"):
    try:
        urllib.request.urlopen(request, timeout=5).read()
        answered += 1
    except OSError:
        failed += 1
    time.sleep(0.02)
open("/result", "w").write(f"{failed} of {failed + answered}")
"#;

#[test]
fn one_of_an_image_has_credentials_that_renew_until_it_has_ended() {
    let folder = Folder::new("devcontainer-image");
    let id = folder.up(&[]);
    let first = folder.session();
    folder.another_than(&first);
    let served = folder.user.credrun(&["ps", "--no-trunc"]).success().out();
    assert!(served.contains(&id), "{served}");

    // The container goes on, and so does what serves it.
    let process = folder.user.supervisor().expect("one serves");
    let python = ["exec", "--detach", &id, "python3", "-c"];
    docker(&[&python[..], &[ASKS_ALL_THE_TIME]].concat()).success();
    assert_eq!(folder.up(&[]), id);
    assert_eq!(folder.user.supervisor(), Some(process));
    assert_eq!(folder.user.supervisors(), 1);
    docker(&["exec", &id, "touch", "/enough"]).success();
    let mut result = String::new();
    until("the client has counted", || {
        result = docker(&["exec", &id, "cat", "/result"]).out();
        result.contains(" of ")
    });
    let (failed, all) = result.split_once(" of ").expect("two numbers");
    let all: usize = all.trim().parse().expect("a number");
    assert!(failed == "0" && all > 20, "{result}");

    let second = folder.up(&["--remove-existing-container"]);
    assert_ne!(second, id);
    folder.session();

    docker(&["stop", "--time", "1", &second]).success();
    folder.nothing_is_left();
    assert_eq!(folder.up(&[]), second, "it is started again");
    folder.session();
    docker(&["rm", "--force", &second]).success();
    folder.nothing_is_left();
}

#[test]
fn one_of_a_compose_file_has_credentials_that_renew_until_it_has_ended() {
    let folder = Folder::new("devcontainer-compose");
    let id = folder.up(&[]);
    let first = folder.session();
    folder.another_than(&first);
    let process = folder.user.supervisor().expect("one serves");
    assert_eq!(folder.up(&[]), id);
    assert_eq!(folder.user.supervisor(), Some(process));
    folder.session();

    let second = folder.up(&["--remove-existing-container"]);
    assert_ne!(second, id);
    folder.session();
    docker(&["rm", "--force", &second]).success();
    folder.nothing_is_left();
}

#[test]
fn features_ports_and_the_first_command_in_the_container_work_as_without() {
    let folder = Folder::new("devcontainer-image");
    let name = folder.user.name.clone();
    let feature = format!("{name}/.devcontainer/hello");
    let about = r#"{"id": "hello", "version": "1.0.0", "name": "hello"}"#;
    let install = "#!/bin/sh\necho the feature is there >/hello\n";
    let write = |file: &str, text: &str| folder.user.write_to(&format!("{feature}/{file}"), text);
    write("devcontainer-feature.json", about);
    write("install.sh", install);
    folder.configure(
        "\"runArgs\"",
        "\"features\": {\"./hello\": {}},\n  \"appPort\": [\"8080\"],\n  \
         \"postCreateCommand\": \"aws configure list; cat /hello\",\n  \"runArgs\"",
    );
    let up = folder.devcontainer("up", &[]).success();
    let said = up.out() + &up.stderr;
    assert!(said.contains("container-role"), "{said}");
    assert!(said.contains("the feature is there"), "{said}");
    let port = docker(&["port", &folder.containers()[0], "8080"]).success();
    assert!(port.out().contains(':'), "{port:?}");
    folder.session();
}

#[test]
fn an_up_serves_the_same_container_after_credrun_was_killed() {
    let folder = Folder::new("devcontainer-image");
    let id = folder.up(&[]);
    folder.session();
    let process = folder.user.supervisor().expect("one serves");
    kill_process(Pid::from_raw(process).expect("a process"), Signal::KILL).expect("sent");
    until("the relay has ended", || folder.relays().is_empty());
    assert_eq!(folder.up(&[]), id);
    folder.session();
}

#[test]
fn a_shell_script_may_call_credrun_and_a_new_container_may_take_its_time() {
    let folder = Folder::new("devcontainer-image");
    folder.configure(
        "\"credrun devcontainer --profile dev\"",
        "\"true && credrun devcontainer --profile dev && sleep 5\"",
    );
    folder.up(&[]);
    folder.session();
    folder.up(&["--remove-existing-container"]);
    folder.session();
}

#[test]
fn with_keyless_no_secret_comes_near_the_container() {
    let folder = Folder::new("devcontainer-image");
    folder.configure(
        "--profile dev",
        "--profile dev --keyless --allow sts:GetCallerIdentity",
    );
    let id = folder.up(&[]);
    let aws = |words: &[&str]| {
        let proxy = ["aws", "--endpoint-url", "http://127.0.0.1:21776"];
        folder.devcontainer("exec", &[&proxy[..], words].concat())
    };
    let identity = aws(&["sts", "get-caller-identity"]).success().out();
    assert!(identity.contains("/set-"), "{identity}");
    let refused = aws(&["s3", "ls"]);
    assert_ne!(refused.code(), 0);
    assert!(
        refused.stderr.contains("no --allow of credrun"),
        "{refused:?}"
    );
    assert_eq!(folder.up(&[]), id);
    aws(&["sts", "get-caller-identity"]).success();
    let file = fs::read_to_string(folder.path.join(".credrun/devcontainer.env")).expect("a file");
    assert!(!file.contains("AWS_CONTAINER_"), "{file}");
}

#[test]
fn one_that_does_not_get_the_file_has_a_line_in_the_log_that_says_how_it_does() {
    let folder = Folder::new("devcontainer-image");
    folder.configure("[\"--env-file\", \".credrun/devcontainer.env\"]", "[]");
    folder.up(&[]);
    folder.nothing_is_left();
    let log = format!("{}/devcontainer", folder.user.name);
    let said = folder.user.credrun(&["logs", &log]).success().out();
    assert!(
        said.contains("no dev container was started with the variables"),
        "{said}"
    );
}

#[test]
fn a_missing_profile_ends_up_with_the_reason_before_there_is_a_container() {
    let folder = Folder::new("devcontainer-image");
    folder.configure("--profile dev", "--profile nope");
    let up = folder.devcontainer("up", &[]);
    assert_eq!(up.code(), 1);
    assert!(up.stderr.contains("no such profile"), "{}", up.stderr);
    assert!(folder.containers().is_empty());
    folder.nothing_is_left();
}
