//! The AWS CLI v2, botocore and credrun asked the same questions: config files and variables, and
//! then whose credentials they call with, in which region, at which endpoints.
//!
//! The questions stand in `rows.toml`, with the AWS CLI's answers. Each program is asked by
//! `world.py`, in a network of its own in which every name of AWS leads to a stand-in (`cloud.py`),
//! so that what is compared is what went over the wire. Where botocore or credrun answers
//! something else than the AWS CLI, the row says so, with the reason.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod aws_operations;
mod login;
mod policies;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use credrun_test_support as support;
use serde::Deserialize;

/// For one answer; the first has Python's start before it.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a program did: `source`, `region`, `sts`, perhaps `role_sts` and `sso`; or `refused`.
type Answer = BTreeMap<String, String>;

/// One question, and what is expected.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    answer: Answer,
    /// Words of credrun's refusal, where the AWS CLI refuses too.
    says: Option<String>,
    #[serde(default)]
    differs: BTreeMap<String, Difference>,
}

/// What one program answers differently. Of what it does not name, the AWS CLI's answer holds.
#[derive(Debug, Deserialize)]
struct Difference {
    because: String,
    #[serde(flatten)]
    answer: Answer,
}

/// One line of `world.py`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    Row(Row),
    Answer(Answer),
    /// `world.py` itself failed.
    Broken(String),
    End,
}

impl Row {
    /// What `program` is to answer.
    fn expected(&self, program: &str) -> Answer {
        let mut answer = self.answer.clone();
        match self.differs.get(program) {
            Some(difference) if difference.answer.contains_key("refused") => {
                return difference.answer.clone();
            }
            Some(difference) => {
                answer.remove("refused");
                answer.extend(difference.answer.clone());
            }
            // It is to refuse for the same reason, in words of its own.
            None if program == "credrun" && answer.contains_key("refused") => {
                let says = self.says.clone().expect("a row with `says`");
                answer.insert("refused".to_owned(), says);
            }
            None => {}
        }
        answer
    }

    fn check(&self, program: &str, given: &Answer, cli: &Answer) -> Result<(), String> {
        let expected = self.expected(program);
        let fits = match (expected.get("refused"), given.get("refused")) {
            // A refusal goes by some of its words, all else by the letter.
            (Some(words), Some(message)) => message.contains(words),
            _ => expected == *given,
        };
        if !fits {
            return Err(format!(
                "{program} is to answer {expected:?}\n  and answers {given:?}"
            ));
        }
        let both_refuse = given.contains_key("refused") && cli.contains_key("refused");
        let is_alike = both_refuse || given == cli;
        match self.differs.get(program) {
            Some(difference) if difference.because.is_empty() => {
                Err(format!("{program} differs without a reason"))
            }
            Some(_) if is_alike => Err(format!("{program} does not differ, as the row says")),
            _ => Ok(()),
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a script that installs something, for as long as it takes.
fn installed(script: &str) {
    let path = root().join("scripts").join(script);
    let output = Command::new(&path).output().expect("a script");
    assert!(output.status.success(), "{script}: {output:?}");
}

/// A program on its way through the rows. It ends with the test.
struct Asked {
    name: &'static str,
    world: Child,
    lines: Receiver<String>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = self.world.kill();
        let _ = self.world.wait();
    }
}

impl Asked {
    fn start(name: &'static str, arguments: &[&str]) -> Self {
        let python = root().join("target/python/bin/python");
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount"]);
        if !rustix::process::geteuid().is_root() {
            command.arg("--map-root-user");
        }
        let mut world = command
            .arg(python)
            .arg(root().join("tests/parity/world.py"))
            .arg(name)
            .args(arguments)
            .arg(rows_file())
            // It has a botocore of its own inside.
            .env("PYTHONPATH", root().join("target/aws-cli-v2/aws-cli"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare, of util-linux");
        let output = BufReader::new(world.stdout.take().expect("a pipe"));
        let (send, lines) = channel();
        thread::spawn(move || {
            let mut lines = output.lines().map_while(Result::ok);
            lines.try_for_each(|line| send.send(line))
        });
        Self { name, world, lines }
    }

    fn next(&self) -> Told {
        let line = self.lines.recv_timeout(DEADLINE);
        let line = line.unwrap_or_else(|error| panic!("{}: no answer: {error}", self.name));
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// The next row and the program's answer; none at the end.
    fn answer(&self) -> Option<(Row, Answer)> {
        match self.next() {
            Told::End => None,
            Told::Row(row) => match self.next() {
                Told::Answer(answer) => Some((row, answer)),
                other => panic!("{}: {}: {other:?}", self.name, row.name),
            },
            Told::Broken(why) => panic!("{}: {why}", self.name),
            other => panic!("{}: {other:?}", self.name),
        }
    }
}

fn rows_file() -> PathBuf {
    root().join("tests/parity/rows.toml")
}

#[test]
fn credrun_takes_the_credentials_region_and_endpoints_that_the_aws_cli_takes() {
    installed("python.sh");
    installed("aws-cli-v2.sh");
    let programs = [
        Asked::start("aws-cli", &[]),
        Asked::start("botocore", &[]),
        Asked::start("credrun", &[env!("CARGO_BIN_EXE_credrun")]),
    ];
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    loop {
        let answers = programs.each_ref().map(Asked::answer);
        let [Some((row, cli)), Some((_, botocore)), Some((_, credrun))] = answers else {
            break;
        };
        let checks = [
            row.check("aws-cli", &cli, &cli),
            row.check("botocore", &botocore, &cli),
            row.check("credrun", &credrun, &cli),
        ];
        let problems = checks.into_iter().filter_map(Result::err);
        wrong.extend(problems.map(|problem| format!("{}: {problem}", row.name)));
        assert!(!row.differs.contains_key("aws-cli"), "it is the measure");
        assert!(
            names.insert(row.name.clone()),
            "{} is there twice",
            row.name
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(names.len() >= 120, "only {} questions", names.len());
}
