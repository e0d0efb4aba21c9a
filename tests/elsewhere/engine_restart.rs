//! An Engine that is started again, in the middle of runs with `--live` and with `--keyless`.

use std::fs;
use std::process::Command;

use crate::support::engine::{IMAGE, docker, engine};
use crate::support::guarded::Guarded;
use crate::support::live::supervisor;
use crate::support::process::{Finished, Lines, credrun_with_keys, finish, run, start};
use crate::support::second_engine::dockerd;
use crate::support::until;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// An Engine that is started again whenever it ends. Its containerd goes on, as where both are
/// services: an Engine waits 15 seconds for one that its own predecessor has left.
struct Restarted(Guarded);

impl Restarted {
    fn start() -> Self {
        const AGAIN: &str = r#"
            cd "$1"; shift
            containerd --config containerd.toml & containerd=$!
            # A killed Engine's mount of its own directory stays under the next one's.
            ended() {
                trap - TERM
                kill $engine; wait $engine; kill $containerd; wait
                while umount data; do :; done
                exit
            }
            trap ended TERM
            while :; do "$@" & engine=$!; wait $engine; done
        "#;
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name: &str| directory.path().join(name);
        let config = format!(
            "version = 2\nroot = {root:?}\nstate = {state:?}\n\
             disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n\
             [grpc]\naddress = {address:?}\n",
            root = path("containerd"),
            state = path("state"),
            address = path("containerd.sock"),
        );
        fs::write(path("containerd.toml"), config).expect("written");
        let socket = path("engine.sock");
        let host = format!("unix://{}", socket.display());
        let containerd = ["--containerd".into(), path("containerd.sock").into()];
        let engine = dockerd(directory.path(), &host, &containerd);
        let mut shell = Command::new("sh");
        shell.args(["-c", AGAIN, "sh"]).arg(directory.path());
        shell.arg(engine.get_program()).args(engine.get_args());
        let started = Self(Guarded::start(directory, &shell).listens_at(&socket));
        started.load_image();
        started
    }

    fn address(&self) -> String {
        let socket = self.0.directory().join("engine.sock");
        format!("unix://{}", socket.display())
    }

    fn docker(&self, arguments: &[&str]) -> Finished {
        let mut docker = Command::new("docker");
        run(docker.args(["--host", &self.address()]).args(arguments))
    }

    /// Whether it has no container. A restored Engine may go on listing one that it has removed.
    fn has_none(&self) -> bool {
        let listed = self.docker(&["ps", "--all", "--quiet"]);
        let is_there = |id: &str| self.docker(&["inspect", id]).status.success();
        listed.status.success() && !listed.out().lines().any(is_there)
    }

    fn load_image(&self) {
        let archive = self.0.directory().join("image.tar");
        let archive = archive.to_str().expect("UTF-8");
        docker(&["save", "--output", archive, IMAGE]).success();
        self.docker(&["load", "--input", archive]).success();
    }

    /// Ends the Engine, and waits until the next one answers.
    fn restart(&self, how: Signal) {
        let path = self.0.directory().join("pid");
        let before = fs::read_to_string(&path).expect("a process number");
        let pid = before.trim().parse().ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a number"), how).expect("it runs");
        until("the next Engine answers", || {
            fs::read_to_string(&path).is_ok_and(|now| now != before)
                && self.docker(&["version"]).status.success()
        });
    }
}

#[test]
fn an_engine_that_is_started_again_ends_the_run_and_leaves_nothing() {
    engine();
    let engine = Restarted::start();
    let script = "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done";
    let credrun = |flags: &[&str]| {
        let mut credrun = credrun_with_keys();
        credrun.env("DOCKER_HOST", engine.address()).arg("run");
        credrun.args(flags).args([IMAGE, "sh", "-c", script]);
        credrun
    };
    let ways = ["--live", "--keyless"];
    for (how, way) in [Signal::TERM, Signal::KILL]
        .into_iter()
        .flat_map(|how| ways.map(|way| (how, way)))
    {
        let detached = run(&mut credrun(&["-d", way])).success();
        let mut child = start(&mut credrun(&[way]));
        let lines = Lines::of(child.stdout.take().expect("a pipe"));
        assert_eq!(lines.next(), "up");
        // An Engine that is killed before it knows that a container runs never ends it.
        until("the Engine knows what runs", || {
            let running = engine.docker(&["ps", "--quiet", "--filter", "status=running"]);
            running.out().lines().count() == 4
        });
        engine.restart(how);
        let ended = finish(child);
        match how {
            // The Engine ends its containers first, and may still get to say so.
            Signal::TERM => assert!([5, 125].contains(&ended.code()), "{ended:?}"),
            _ => assert_eq!(ended.code(), 125, "{ended:?}"),
        }
        until("the supervisor has ended", || {
            test_kill_process(supervisor(&detached)).is_err()
        });
        until("no container is left", || engine.has_none());
    }
}
