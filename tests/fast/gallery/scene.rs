//! The program in a small world, and what it says there.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use credrun::messages::error::Error;
use tempfile::TempDir;

use super::page::Seen;
use crate::support::process::{Finished, credrun, finish, run, start};
use crate::support::scripted_engine::ScriptedEngine;
use crate::support::sts::Sts;

/// A failure that no test can provoke soon; `why` says that it is made, and where it comes from.
pub(super) fn by_hand(why: &str, error: impl Into<Error>) -> Seen {
    Seen {
        provoked_by: format!("(made by hand: {why})"),
        text: without_numbers_of_errors(&error.into().report()),
    }
}

/// A command line, and all that it meets.
pub(super) struct Scene {
    command: Command,
    line: String,
    variables: Vec<(String, String)>,
    world: Vec<String>,
    /// What is shown in the place of what changes from run to run.
    shown: Vec<(String, String)>,
    home: TempDir,
}

impl Scene {
    /// `line` is typed into a shell, in an empty home directory, where there is no Engine, no
    /// instance metadata and no variable of AWS's.
    pub(super) fn new(line: &str) -> Self {
        let words = shell_words::split(line).expect("a command line");
        assert_eq!(words[0], "credrun");
        let home = tempfile::tempdir().expect("a directory");
        let mut command = credrun();
        command
            .args(&words[1..])
            .current_dir(home.path())
            .env("HOME", home.path())
            .env("DOCKER_HOST", "unix:///nonexistent/engine.sock");
        let mut scene = Self {
            command,
            line: line.to_owned(),
            variables: Vec::new(),
            world: Vec::new(),
            shown: Vec::new(),
            home,
        };
        let at = scene.home.path().to_owned();
        let real = fs::canonicalize(&at).expect("it");
        scene = scene.showing(&real.display().to_string(), "/home/me");
        scene.showing(&at.display().to_string(), "/home/me")
    }

    /// With this variable.
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this variable, which is not shown.
    pub(super) fn quietly(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Without this variable.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// With this line about the world.
    pub(super) fn where_(mut self, line: &str) -> Self {
        self.world.push(line.to_owned());
        self
    }

    /// With this file in the home directory.
    pub(super) fn file(self, name: &str, text: &str) -> Self {
        let lines: String = text.lines().map(|line| format!("\n    {line}")).collect();
        let secret = text.contains("secret");
        let scene = match secret {
            true => self,
            false => self.where_(&format!("~/{name}:{lines}")),
        };
        scene.bytes(name, text.as_bytes())
    }

    /// The same with any content, of which the page says nothing.
    pub(super) fn bytes(self, name: &str, content: &[u8]) -> Self {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(path, content).expect("written");
        self
    }

    /// `~/.aws/config` is this.
    pub(super) fn config(self, text: &str) -> Self {
        self.file(".aws/config", text)
    }

    /// A temporary set of credentials and a region in the environment.
    pub(super) fn with_keys(self) -> Self {
        self.quietly("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
            .quietly("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG")
            .quietly("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE")
            .quietly("AWS_REGION", "eu-central-1")
    }

    /// A user's long-lived keys, and this STS.
    pub(super) fn user_of(mut self, sts: &Sts) -> Self {
        for (name, value) in sts.user() {
            self = self.quietly(name, &value);
        }
        self.showing(&sts.url(), "http://127.0.0.1:4566")
    }

    /// With this Engine.
    pub(super) fn on(self, engine: &ScriptedEngine) -> Self {
        let host = engine.host();
        self.quietly("DOCKER_HOST", &host)
            .showing(host.trim_start_matches("unix://"), "/run/docker.sock")
    }

    /// `shown` in the place of `real`, wherever that comes up.
    pub(super) fn showing(mut self, real: &str, shown: &str) -> Self {
        self.shown.push((real.to_owned(), shown.to_owned()));
        self
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts the program; [`ended`](Self::ended) waits for its end.
    pub(super) fn start(&mut self) -> Child {
        start(&mut self.command)
    }

    pub(super) fn ended(self, child: Child) -> Seen {
        let finished = finish(child);
        self.seen(&finished)
    }

    fn steady(&self, text: &str) -> String {
        let shown = |text: String, (real, shown): &(String, String)| text.replace(real, shown);
        let text = self.shown.iter().fold(text.to_owned(), shown);
        without_numbers_of_errors(&without_times(&text))
    }

    fn seen(&self, finished: &Finished) -> Seen {
        let variables = self.variables.iter().map(|(name, value)| {
            let value = shell_words::quote(value).into_owned();
            format!("{name}={value} ")
        });
        let variables: String = variables.collect();
        let mut provoked_by = format!("$ {variables}{}\n", self.line);
        for line in &self.world {
            provoked_by.push_str(&format!("  {line}\n"));
        }
        let mut text = format!("{}{}", finished.stderr, finished.out());
        match finished.code() {
            0 | 125 => {}
            code => text.push_str(&format!("(exit status {code})\n")),
        }
        for secret in ["wJalrXUtnFEMI", "IQoJb3JpZ2", Sts::USER_SECRET, "hush"] {
            assert!(!text.contains(secret), "{provoked_by}{text}");
        }
        Seen {
            provoked_by: self.steady(&provoked_by),
            text: self.steady(&text),
        }
    }
}

impl From<Scene> for Seen {
    fn from(mut scene: Scene) -> Self {
        let finished = run(&mut scene.command);
        scene.seen(&finished)
    }
}

/// macOS has other numbers for its errors than Linux.
pub(super) fn without_numbers_of_errors(text: &str) -> String {
    const BEFORE: &str = "(os error ";
    let mut pieces = text.split(BEFORE);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        format!("{text}{BEFORE}N{rest}")
    })
}

/// The text with one time for all: `2030-01-01T00:00:00Z`.
pub(super) fn without_times(text: &str) -> String {
    const SHAPE: &str = "0000-00-00T00:00:00Z";
    let is_time = |candidate: &str| {
        let digits = candidate
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c });
        digits.eq(SHAPE.chars())
    };
    let mut steady = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match rest.get(..SHAPE.len()) {
            Some(time) if is_time(time) => {
                steady.push_str("2030-01-01T00:00:00Z");
                rest = &rest[SHAPE.len()..];
            }
            _ => {
                steady.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    steady
}
