//! `docker credrun …`: credrun as a plugin of docker's client.
//!
//! A program called `docker-credrun` in `~/.docker/cli-plugins` becomes a docker command. The
//! protocol, as docker 28 speaks it:
//!
//! * `docker-credrun docker-cli-plugin-metadata` must print the plugin's description as JSON.
//! * `docker -H … credrun ARGS` calls `docker-credrun -H … credrun ARGS`: docker's global flags as
//!   they were typed, then the command's name, then its arguments.
//! * `docker help credrun` calls `docker-credrun help credrun`, and shell completion calls
//!   `docker-credrun __complete credrun ARGS`.
//! * When docker gets a signal that the plugin may not have got, it closes the socket that
//!   `DOCKER_CLI_PLUGIN_SOCKET` names.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use crate::cli;
use crate::vars::{self, Environment};

const PROGRAM: &str = "docker-credrun";
const COMMAND: &str = "credrun";
/// A signal from the terminal reaches docker and credrun within this time of each other.
const SAME_SIGNAL: Duration = Duration::from_millis(250);

/// What a call through docker asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginCall {
    /// Write this to standard output and exit.
    Print(String),
    /// Complete these words, the last of which is at the cursor.
    Complete(Vec<OsString>),
    /// Act as `credrun` with these arguments. The first is the program's name.
    Run(Vec<OsString>),
}

/// Reads a command line as docker's client builds it; none where credrun was called by its own
/// name.
#[must_use]
pub fn arguments(argv: &[OsString]) -> Option<PluginCall> {
    let (program, arguments) = argv.split_first()?;
    if Path::new(program).file_stem() != Some(OsStr::new(PROGRAM)) {
        return None;
    }
    match arguments.first().and_then(|first| first.to_str()) {
        Some("docker-cli-plugin-metadata") => return Some(PluginCall::Print(metadata())),
        Some("__complete" | "__completeNoDesc") => {
            let words = arguments.iter().skip_while(|word| *word != COMMAND).skip(1);
            return Some(PluginCall::Complete(words.cloned().collect()));
        }
        Some("help") if arguments.get(1).is_some_and(|name| name == COMMAND) => {
            return Some(PluginCall::Run(named(vec!["--help".into()])));
        }
        _ => {}
    }
    let arguments = match GlobalFlags::read(arguments) {
        Some((flags, rest)) => placed(flags, rest),
        // Not from docker: a user called the plugin by hand.
        None => arguments.to_vec(),
    };
    Some(PluginCall::Run(named(arguments)))
}

/// Puts docker's global flags before the command; one that talks to no Engine drops them.
fn placed(flags: Vec<OsString>, rest: &[OsString]) -> Vec<OsString> {
    let words: Vec<String> = rest
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let is_alone = |word: &String| word == "--version" || word == "--help";
    let drops = words.first().is_none_or(is_alone) || !cli::takes_engine(&words);
    let flags = flags.into_iter().filter(|_| !drops);
    flags.chain(rest.iter().cloned()).collect()
}

/// Prepends the program name that help texts use.
fn named(mut arguments: Vec<OsString>) -> Vec<OsString> {
    arguments.insert(0, "docker credrun".into());
    arguments
}

fn metadata() -> String {
    let metadata = serde_json::json!({
        "SchemaVersion": "0.1.0",
        "Vendor": "credrun",
        "Version": concat!("v", env!("CARGO_PKG_VERSION")),
        "ShortDescription": env!("CARGO_PKG_DESCRIPTION"),
    });
    format!("{metadata}\n")
}

/// docker's global flags, turned into credrun's own as they are read.
struct GlobalFlags<'a> {
    rest: &'a [OsString],
    flags: Vec<OsString>,
}

impl<'a> GlobalFlags<'a> {
    /// The flags before the command's name, and what follows it; none where the name does not come.
    fn read(arguments: &'a [OsString]) -> Option<(Vec<OsString>, &'a [OsString])> {
        let mut flags = Self {
            rest: arguments,
            flags: Vec::new(),
        };
        loop {
            let argument = flags.next()?.to_str()?;
            if argument == COMMAND {
                return Some((flags.flags, flags.rest));
            } else if let Some(long) = argument.strip_prefix("--") {
                flags.read_long(long)?;
            } else {
                flags.read_shorts(argument.strip_prefix('-')?)?;
            }
        }
    }

    fn next(&mut self) -> Option<&'a OsStr> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn read_long(&mut self, text: &str) -> Option<()> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        match name {
            "host" | "context" | "config" | "log-level" | "tlscacert" | "tlscert" | "tlskey" => {
                let value = match value {
                    Some(value) => OsString::from(value),
                    None => self.next()?.to_owned(),
                };
                self.push(name, &value);
            }
            "tls" | "tlsverify" | "help" | "version" => {
                self.flags.push(format!("--{text}").into());
            }
            "debug" => self.push_debug(),
            _ => return None,
        }
        Some(())
    }

    /// A cluster of short flags; one that has a value takes the rest of it.
    fn read_shorts(&mut self, cluster: &str) -> Option<()> {
        let mut letters = cluster.chars();
        while let Some(letter) = letters.next() {
            let name = match letter {
                'D' => {
                    self.push_debug();
                    continue;
                }
                'v' => {
                    self.flags.push("--version".into());
                    continue;
                }
                'H' => "host",
                'c' => "context",
                'l' => "log-level",
                _ => return None,
            };
            let joined = letters.as_str();
            let value = match joined.strip_prefix('=').unwrap_or(joined) {
                "" => self.next()?.to_owned(),
                value => value.into(),
            };
            self.push(name, &value);
            return Some(());
        }
        Some(())
    }

    fn push(&mut self, name: &str, value: &OsStr) {
        // docker has one more level.
        let value = match value.to_str() {
            Some("fatal") if name == "log-level" => OsStr::new("error"),
            _ => value,
        };
        let mut flag = OsString::from(format!("--{name}="));
        flag.push(value);
        self.flags.push(flag);
    }

    fn push_debug(&mut self) {
        self.push("log-level", OsStr::new("debug"));
    }
}

/// Where docker is the parent, follows it from now on: when docker is told to end, sends this
/// process a SIGTERM, unless it got the signal itself.
pub fn follow_docker(environment: &Environment) {
    if let Some(address) = environment.non_empty(vars::DOCKER_CLI_PLUGIN_SOCKET) {
        tokio::spawn(async move {
            // Without the socket there is nothing to follow. Old docker versions have none.
            if let Ok(true) = told_to_end(&address).await {
                // A process can always signal itself.
                let _ = kill_process(getpid(), Signal::TERM);
            }
        });
    }
}

async fn told_to_end(address: &str) -> io::Result<bool> {
    let mut socket = connect(address)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let closed = async {
        let mut byte = [0];
        // docker sends nothing; it only closes the socket.
        while matches!(socket.read(&mut byte).await, Ok(1..)) {}
    };
    let own_signal = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(closed, own_signal);
    tokio::select! {
        () = &mut own_signal => Ok(false),
        () = &mut closed => Ok(timeout(SAME_SIGNAL, own_signal).await.is_err()),
    }
}

/// On Linux, a name that starts with `@` is in the abstract namespace.
fn connect(address: &str) -> io::Result<UnixStream> {
    use std::os::unix::net;

    #[cfg(target_os = "linux")]
    let stream = match address.strip_prefix('@') {
        Some(name) => {
            use std::os::linux::net::SocketAddrExt as _;
            net::UnixStream::connect_addr(&net::SocketAddr::from_abstract_name(name)?)?
        }
        None => net::UnixStream::connect(address)?,
    };
    #[cfg(not(target_os = "linux"))]
    let stream = net::UnixStream::connect(address)?;

    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(line: &str) -> Option<PluginCall> {
        let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        arguments(&argv)
    }

    /// The command line that credrun sees.
    fn run(line: &str) -> String {
        match call(line) {
            Some(PluginCall::Run(arguments)) => arguments.join(OsStr::new(" ")),
            other => panic!("{line}: {other:?}"),
        }
        .into_string()
        .expect("UTF-8")
    }

    #[test]
    fn by_its_own_name_it_is_no_plugin() {
        assert_eq!(call("credrun docker-cli-plugin-metadata"), None);
        assert_eq!(call("/usr/bin/credrun credrun x"), None);
        assert_eq!(arguments(&[]), None);
    }

    #[test]
    fn the_metadata_is_what_docker_asks_for() {
        let Some(PluginCall::Print(text)) = call("/p/docker-credrun docker-cli-plugin-metadata")
        else {
            panic!("metadata expected");
        };
        let metadata: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(metadata["SchemaVersion"], "0.1.0");
        for field in ["Vendor", "Version", "ShortDescription"] {
            assert!(
                metadata[field]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            );
        }
    }

    /// Command lines as recorded from docker 28.2.2.
    #[test]
    fn global_flags_become_credruns_own() {
        for (line, expected) in [
            ("credrun img ls -la", "img ls -la"),
            ("-H tcp://x credrun exec c ls", "--host=tcp://x exec c ls"),
            ("-H tcp://x credrun whoami", "whoami"),
            (
                "-H tcp://x credrun --log-level error whoami",
                "--log-level error whoami",
            ),
            ("-H tcp://x credrun help", "help"),
            ("-H tcp://x credrun", ""),
            ("--config /c credrun --version", "--version"),
            (
                "-H unix:///d.sock -D --log-level=debug credrun --rm img",
                "--host=unix:///d.sock --log-level=debug --log-level=debug --rm img",
            ),
            (
                "--host=unix:///x -l fatal --config /c credrun -it img",
                "--host=unix:///x --log-level=error --config=/c -it img",
            ),
            (
                "--config=/c -c default --tlsverify=false credrun -e A=1 img",
                "--config=/c --context=default --tlsverify=false -e A=1 img",
            ),
            (
                "-DHtcp://x credrun img",
                "--log-level=debug --host=tcp://x img",
            ),
            ("-H=tcp://x --tls credrun i", "--host=tcp://x --tls i"),
            ("-H credrun credrun x", "--host=credrun x"),
            ("credrun -- img credrun", "-- img credrun"),
            ("-v credrun x", "--version x"),
            ("credrun --help", "--help"),
            ("help credrun", "--help"),
        ] {
            let expected = format!("docker credrun {expected}");
            let expected = expected.trim_end();
            assert_eq!(run(&format!("docker-credrun {line}")), expected, "{line}");
        }
    }

    #[test]
    fn called_by_hand_it_takes_its_arguments_as_they_are() {
        for line in ["--rm img", "img credrun x", "-H tcp://x img"] {
            assert_eq!(
                run(&format!("docker-credrun {line}")),
                format!("docker credrun {line}")
            );
        }
    }

    #[test]
    fn completion_is_asked_for_the_words_behind_the_commands_name() {
        assert_eq!(
            call("docker-credrun __complete credrun al"),
            Some(PluginCall::Complete(vec!["al".into()]))
        );
    }
}
