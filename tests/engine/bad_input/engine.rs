//! The Engine, and the image that it should have.

use super::*;

#[test]
fn an_engine_that_is_not_there() {
    let mut command = credrun_with_keys();
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        "credrun: cannot connect to the Docker Engine at unix:///nonexistent/docker.sock
caused by: No such file or directory (os error 2)
hint: is the Engine running? DOCKER_HOST, --host or --context choose another
"
    );
}

#[test]
fn an_engine_that_does_not_listen() {
    let address = refused_address();
    let mut command = credrun_with_keys();
    command.env("DOCKER_HOST", format!("tcp://{address}"));
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        format!(
            "credrun: cannot connect to the Docker Engine at tcp://{address}
caused by: Connection refused (os error 111)
hint: is the Engine running? DOCKER_HOST, --host or --context choose another
"
        )
    );
}

#[test]
fn an_engine_that_one_may_not_talk_to() {
    let engine = ScriptedEngine::start([]);
    let host = engine.host();
    let socket = host.trim_start_matches("unix://");
    fs::set_permissions(socket, fs::Permissions::from_mode(0o000)).expect("its owner");
    let mut command = bound_by_permissions(&credrun_with_keys());
    command.env("DOCKER_HOST", &host);
    assert_eq!(
        refusal(&mut command, &[IMAGE, "true"]),
        format!(
            "credrun: cannot connect to the Docker Engine at {host}
caused by: Permission denied (os error 13)
hint: your user has no access to this socket: join its group (usually `docker`), or use sudo
"
        )
    );
}

/// `command` without root's privilege to do what a file's mode forbids. Others do not have it.
fn bound_by_permissions(command: &Command) -> Command {
    let mut bound = Command::new(command.get_program());
    if rustix::process::geteuid().is_root() {
        bound = Command::new("setpriv");
        let without = ["--bounding-set", "-dac_override,-dac_read_search"];
        bound.args(without).arg(command.get_program());
    }
    let variables = command.get_envs();
    let variables = variables.filter_map(|(name, value)| Some((name, value?)));
    bound.env_clear().envs(variables);
    bound
}

#[test]
fn an_image_that_is_not_there_and_may_not_be_pulled() {
    let mut command = credrun_with_keys();
    assert_eq!(
        refusal(
            &mut command,
            &["--pull", "never", "credrun-test/none", "true"]
        ),
        "credrun: no such image: credrun-test/none
hint: `docker images` lists the images; --pull missing pulls an image that is missing
"
    );
}

#[test]
fn an_image_that_cannot_be_pulled() {
    let registry = refused_address();
    let image = format!("{registry}/credrun-test/none");
    let mut command = credrun_with_keys();
    // What the cause says before that is the image store's.
    let said = refusal(&mut command, &["-q", &image, "true"]);
    let begins = "credrun: the Docker Engine could not pull the image\ncaused by: ";
    let ends = format!(
        ": dial tcp {registry}: connect: connection refused
hint: the Engine itself connects to the registry: is the registry's name right, and can the Engine reach it?
"
    );
    assert!(said.starts_with(begins) && said.ends_with(&ends), "{said}");
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn a_command_that_is_mistyped() {
    let mut command = credrun_with_keys();
    assert_eq!(
        refusal(&mut command, &["whoamy"]),
        "credrun: \"whoamy\" is not a credrun command
hint: did you mean credrun whoami? An image of that name runs with: credrun run whoamy
"
    );
}

#[test]
fn a_network_that_is_not_there() {
    let mut command = credrun_with_keys();
    let network = unique_name("no-network");
    let arguments = ["-q", "--network", &network, IMAGE, "true"];
    let refused = run(command.args(arguments));
    // Some Engines notice at create, others at start.
    let said = format!("network {network} not found\n");
    let hint =
        "hint: `docker network ls` lists the networks; docker network create NAME creates one\n";
    assert!(
        refused.stderr.ends_with(&format!("{said}{hint}")),
        "{refused:?}"
    );
}

#[test]
fn an_image_with_capital_letters() {
    let mut command = credrun_with_keys();
    let said = refusal(&mut command, &["UPPER/case", "true"]);
    assert!(
        said.ends_with("hint: image names have no capital letters; tags may\n")
            || said.contains("\"UPPER\" is taken for a registry's host"),
        "{said}"
    );
}

#[test]
fn a_directory_as_env_file() {
    let mut command = credrun_with_keys();
    assert_eq!(
        refusal(&mut command, &["--env-file", "/tmp", IMAGE, "true"]),
        "credrun: --env-file: invalid env file (/tmp): read /tmp: is a directory
hint: name a file with NAME=value on each line
"
    );
}
