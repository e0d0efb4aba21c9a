//! Completion in real shells, typed into a terminal.

use std::path::Path;
use std::process::Command;

use crate::support::engine::{IMAGE, Removed, docker, engine, unique_name};
use crate::support::process::{credrun, run};
use crate::support::terminal::Terminal;
use tempfile::TempDir;

const SHELLS: [Shell; 3] = [
    Shell {
        start: &["bash", "--norc", "--noprofile", "-i"],
        script: "eval \"$(credrun completion bash)\"",
    },
    Shell {
        start: &["zsh", "-f", "-i"],
        script: "autoload -U compinit; compinit -u -D; eval \"$(credrun completion zsh)\"",
    },
    Shell {
        start: &["fish", "--no-config", "-i"],
        script: "credrun completion fish | source",
    },
];

struct Shell {
    start: &'static [&'static str],
    script: &'static str,
}

/// A shell that has read credrun's script.
struct Typing {
    terminal: Terminal,
    _home: TempDir,
}

impl Shell {
    fn begin(&self) -> Typing {
        let home = tempfile::tempdir().expect("a directory");
        let config = home.path().join("config");
        std::fs::write(&config, "[profile deployment]\nregion = eu-west-1\n").expect("written");
        let program = Path::new(env!("CARGO_BIN_EXE_credrun"));
        let path = format!(
            "{}:{}",
            program.parent().expect("a directory").display(),
            std::env::var("PATH").expect("PATH")
        );
        let (name, arguments) = self.start.split_first().expect("a shell");
        let mut shell = Command::new(name);
        shell
            .args(arguments)
            .env("PATH", path)
            .env("HOME", home.path())
            .env("AWS_CONFIG_FILE", &config)
            .env("TERM", "xterm");
        let mut terminal = Terminal::start(&shell);
        terminal.type_in(&format!("{}; echo READ''Y\r", self.script));
        terminal.read_until("READY");
        Typing {
            terminal,
            _home: home,
        }
    }
}

impl Typing {
    /// Waits until the shell has added `rest` to a line, after TAB.
    fn is_completed(&mut self, line: &str, rest: &str) {
        self.terminal.type_in(&format!("{line}\t"));
        self.terminal.read_until(rest);
        // Ctrl-U empties the line.
        self.terminal.type_in("\x15");
    }
}

#[test]
fn what_fits_is_completed_in_bash_zsh_and_fish() {
    engine();
    let name = unique_name("completion");
    let _container = Removed(name.clone());
    docker(&["run", "-d", "--name", &name, IMAGE, "sleep", "600"]).success();
    let (beginning, end) = name.split_at(name.len() - 4);
    for shell in &SHELLS {
        let mut typing = shell.begin();
        for (typed, rest) in [
            ("credrun who", "ami"),
            ("credrun --role-sess", "ion-name"),
            ("credrun whoami --profile depl", "oyment"),
            ("credrun --rm --credential-source Ec2", "InstanceMetadata"),
            ("credrun run --rm credrun-test:l", "atest"),
            ("credrun -e DEBUG= -v /etc/hostna", "me"),
            ("credrun --keyless --allow s3:GetBucketWebs", "ite"),
            ("credrun run an/image cat /etc/hostna", "me"),
            ("credrun env cat /etc/hostna", "me"),
            (&format!("credrun exec -it {beginning}"), end),
        ] {
            typing.is_completed(typed, rest);
        }
    }
}

#[test]
fn every_shell_has_a_script_that_names_the_program() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(credrun().args(["completion", shell])).success().out();
        assert!(script.contains("credrun"), "{shell}: {script}");
    }
    assert_eq!(run(credrun().args(["completion", "tcsh"])).code(), 125);
}

/// docker's own completion asks the plugin in Cobra's words.
#[test]
fn docker_credrun_is_completed_too() {
    let home = tempfile::tempdir().expect("a directory");
    let plugins = home.path().join("cli-plugins");
    std::fs::create_dir(&plugins).expect("a directory");
    let program = env!("CARGO_BIN_EXE_credrun");
    std::os::unix::fs::symlink(program, plugins.join("docker-credrun")).expect("a link");
    let complete = |words: &[&str]| {
        let mut docker = Command::new("docker");
        docker
            .env("DOCKER_CONFIG", home.path())
            .args(["__complete", "credrun"])
            .args(words);
        run(&mut docker).success().out()
    };
    let commands = complete(&["who"]);
    assert!(commands.starts_with("whoami\t"), "{commands}");
    assert!(commands.ends_with(":4\n"), "{commands}");
    assert_eq!(complete(&[IMAGE, "s"]), ":0\n");
}

/// What credrun answers the script of a shell that passes on the line.
fn answer(line: &str, word: &str) -> Command {
    let mut answer = credrun();
    answer.env("_CREDRUN_COMPLETE", "bash").args([line, word]);
    answer
}

#[test]
fn behind_the_image_nothing_of_credruns_is_offered() {
    let answered = run(&mut answer("credrun amazon/aws-cli --reg", "--reg"));
    assert_eq!(answered.success().out(), "");
}

#[test]
fn a_word_that_the_shell_has_broken_is_completed_from_there() {
    engine();
    for (line, word, candidate) in [
        ("credrun credrun-test:la", "la", "latest\t\n"),
        (
            "credrun --region=eu-central-1",
            "eu-central-1",
            "eu-central-1\t\n",
        ),
        ("credrun -H ssh://me@host who", "who", "whoami\t"),
        ("credrun -e DEBUG= --who", "--who", ""),
    ] {
        let answered = run(&mut answer(line, word)).success().out();
        assert!(answered.starts_with(candidate), "{line}: {answered:?}");
    }
}

/// A socket on which nobody answers.
#[test]
fn an_engine_that_does_not_answer_holds_up_no_option_and_no_word_for_long() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("engine.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let host = format!("unix://{}", socket.display());
    let options = run(answer("credrun --log-l", "--log-l").env("DOCKER_HOST", &host));
    assert!(options.success().out().starts_with("--log-level\t"));
    listener.set_nonblocking(true).expect("a socket");
    assert!(listener.accept().is_err(), "the Engine was asked");
    let images = run(answer("credrun al", "al").env("DOCKER_HOST", &host));
    assert_eq!(images.success().out(), "");
}

#[test]
fn a_call_without_a_line_is_answered_with_nothing() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let mut nothing = credrun();
        nothing.env("_CREDRUN_COMPLETE", shell).arg("--version");
        assert_eq!(run(&mut nothing).success().out(), "", "{shell}");
    }
}

/// What is being typed may hold `$(…)`.
#[test]
fn no_script_evaluates_what_is_typed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(credrun().args(["completion", shell])).success().out();
        assert!(!script.contains("Invoke-Expression"), "{shell}");
        assert!(!script.contains("eval"), "{shell}");
    }
}

#[test]
fn an_engine_that_cannot_be_reached_offers_nothing_and_says_nothing() {
    let mut answer = credrun();
    answer
        .env("_CREDRUN_COMPLETE", "fish")
        .env("DOCKER_HOST", "unix:///nonexistent.sock")
        .args(["--", "credrun", "stop", "w"]);
    let answered = run(&mut answer).success();
    assert_eq!((&*answered.out(), &*answered.stderr), ("", ""));
}
