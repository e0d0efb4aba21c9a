//! Labels that say which credrun owns a container.
//!
//! A credrun that is killed between create and start leaves containers that are never started; one
//! killed later leaves containers that nothing follows. The next credrun finds them by these
//! labels, which also keep it from removing another's: engines serve many machines, machines
//! reboot, and process numbers are reused. A container does not see its labels, and one that is to
//! be kept has none.
//!
//! All of it is read from Linux's `/proc`. Without that, containers have no owner, and nothing
//! cleans up after them.

use std::collections::HashMap;
use std::{fs, io};

use rustix::io::Errno;
use rustix::process::{Pid, getppid, test_kill_process};
use serde::{Deserialize, Serialize};

/// The machine, its boot, and its process namespace: `<host name>/<boot ID>/<process namespace>`.
pub const LABEL_HOST: &str = "credrun.host";
/// The process and its start time in the kernel's ticks: `<number>/<ticks>`, with `/detached`
/// appended where the container intentionally outlives that process. It is a single label, because
/// an image's labels must not replace half of it.
pub const LABEL_PROCESS: &str = "credrun.process";

/// The number of the first process. It never ends.
const FIRST: &str = "1";

const DETACHED: &str = "/detached";

/// The labels that together name an owner.
pub const LABELS: [&str; 2] = [LABEL_HOST, LABEL_PROCESS];

/// A process that runs, or ran, containers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    host: String,
    process: String,
}

impl Owner {
    /// This process; none where the kernel does not say.
    #[must_use]
    pub fn this_process() -> Option<Self> {
        Self::of_process(&std::process::id().to_string())
    }

    /// The process that started this one; none where the kernel does not say.
    #[must_use]
    pub fn of_parent() -> Option<Self> {
        Self::of_process(&getppid()?.as_raw_nonzero().to_string())
    }

    /// The process that started the one that started this, past a shell that ends with its command;
    /// none where the kernel does not say.
    #[must_use]
    pub fn of_caller() -> Option<Self> {
        let caller = getppid()?.as_raw_nonzero().to_string();
        let mut process = parent_of(&caller).ok()?;
        while runs_a_command(&process) {
            process = parent_of(&process).ok()?;
        }
        // Whoever called has ended, and its children are those of the first process now.
        (process != FIRST).then(|| Self::of_process(&process))?
    }

    fn of_process(process: &str) -> Option<Self> {
        Some(Self {
            host: this_host().ok()?,
            process: format!("{process}/{}", start_of(process).ok()?),
        })
    }

    /// The same, for a process that starts the container and ends: `-d`.
    #[must_use]
    pub fn detached(mut self) -> Self {
        self.process.push_str(DETACHED);
        self
    }

    /// The owner that a container's labels name.
    #[must_use]
    pub fn of(labels: &HashMap<String, String>) -> Option<Self> {
        Some(Self {
            host: labels.get(LABEL_HOST)?.clone(),
            process: labels.get(LABEL_PROCESS)?.clone(),
        })
    }

    /// The labels that name it.
    #[must_use]
    pub fn labels(&self) -> [(String, String); 2] {
        [
            (LABEL_HOST.to_owned(), self.host.clone()),
            (LABEL_PROCESS.to_owned(), self.process.clone()),
        ]
    }

    /// The label by which the Engine finds what belongs to the same machine.
    #[must_use]
    pub fn host_filter(&self) -> String {
        format!("{LABEL_HOST}={}", self.host)
    }

    /// Whether it should run for as long as the container does, and is known not to.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        !self.process.ends_with(DETACHED) && self.is_gone()
    }

    /// Whether it is known to run, on this machine.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let runs = |(process, start)| start_of(process).is_ok_and(|found| found == start);
        self.is_here() && self.number_and_start().is_some_and(runs)
    }

    /// Whether it is known to have ended. Of another machine's process nothing is known.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        let Some((process, start)) = self.number_and_start().filter(|_| self.is_here()) else {
            return false;
        };
        match start_of(process) {
            Ok(found) => found != start,
            // Where `/proc` hides other users' processes (`hidepid`), only a signal tells.
            Err(_) => process
                .parse()
                .ok()
                .and_then(Pid::from_raw)
                .is_some_and(|pid| test_kill_process(pid) == Err(Errno::SRCH)),
        }
    }

    /// The number of the process.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.process.split('/').next()?.parse().ok()
    }

    /// The name of its machine.
    #[must_use]
    pub fn host_name(&self) -> &str {
        self.host.split('/').next().unwrap_or_default()
    }

    /// For a person: the process's number and, if it is from another machine, which one.
    #[must_use]
    pub fn describe(&self) -> String {
        let process = self.process.split('/').next().unwrap_or_default();
        if self.is_here() {
            return process.to_owned();
        }
        format!("{process} on {}", self.host_name())
    }

    /// Whether it is of this machine, its boot and this process namespace.
    fn is_here(&self) -> bool {
        this_host().is_ok_and(|host| host == self.host)
    }

    fn number_and_start(&self) -> Option<(&str, &str)> {
        let process = self.process.strip_suffix(DETACHED);
        process.unwrap_or(&self.process).split_once('/')
    }
}

fn this_host() -> io::Result<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname")?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    // `pid:[4026531836]`
    let namespace = fs::read_link("/proc/self/ns/pid")?;
    let namespace = namespace.to_string_lossy();
    let namespace = namespace.trim_start_matches("pid:[").trim_end_matches(']');
    Ok(format!("{}/{}/{namespace}", name.trim(), boot.trim()))
}

/// When a process was started, in ticks since boot: field 22 of `/proc/<pid>/stat` (proc(5)).
fn start_of(process: &str) -> io::Result<String> {
    field_of(process, 22)
}

/// The number of the process that started it: field 4.
fn parent_of(process: &str) -> io::Result<String> {
    field_of(process, 4)
}

/// Whether it is a shell with a command or a script, not one at a terminal.
fn runs_a_command(process: &str) -> bool {
    let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    is_shell_with_command(&String::from_utf8_lossy(&line))
}

/// `line` has a NUL after each argument.
fn is_shell_with_command(line: &str) -> bool {
    let mut words = line.split_terminator('\0');
    let program = words.next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    let is_shell = ["sh", "ash", "bash", "dash", "ksh", "zsh", "fish"].contains(&name);
    is_shell && words.any(|word| !word.starts_with('-'))
}

/// The third field or a later one.
fn field_of(process: &str, number: usize) -> io::Result<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name in parentheses; the name may hold any character.
    let (_, fields) = stat.rsplit_once(')').ok_or(io::ErrorKind::InvalidData)?;
    let field = fields.split_whitespace().nth(number - 3);
    Ok(field.ok_or(io::ErrorKind::InvalidData)?.to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn this() -> Owner {
        Owner::this_process().expect("/proc")
    }

    #[test]
    fn an_owner_is_known_by_its_labels() {
        let labels = HashMap::from(this().labels());
        assert_eq!(Owner::of(&labels), Some(this()));
        assert_eq!(Owner::of(&HashMap::new()), None);
    }

    #[test]
    fn a_machine_is_known_by_its_name_boot_and_process_namespace() {
        let [(_, host), (_, process)] = this().labels();
        let name = fs::read_to_string("/proc/sys/kernel/hostname").expect("a name");
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("an ID");
        let known = format!("{}/{}/", name.trim(), boot.trim());
        let namespace = host.strip_prefix(&known).expect("name and boot");
        assert!(namespace.parse::<u64>().is_ok(), "{host}");
        assert_eq!(this().host_filter(), format!("{LABEL_HOST}={host}"));
        let number = std::process::id().to_string();
        assert_eq!(process.split('/').next(), Some(number.as_str()));
    }

    #[test]
    fn a_process_is_told_from_another_by_its_start() {
        let mut later = std::process::Command::new("sleep")
            .arg("30")
            .spawn()
            .expect("sleep");
        let starts = ["1", &later.id().to_string()].map(|process| start_of(process).ok());
        later.kill().and_then(|()| later.wait()).expect("its end");
        assert_ne!(starts[0], starts[1]);
    }

    #[test]
    fn a_process_that_runs_is_not_gone() {
        assert!(!this().is_gone() && !this().detached().is_gone());
        assert!(this().is_running() && this().detached().is_running());
        assert_eq!(this().describe(), std::process::id().to_string());
    }

    #[test]
    fn a_process_that_ended_or_whose_number_went_to_another_is_gone() {
        let mut child = std::process::Command::new("true").spawn().expect("true");
        child.wait().expect("its end");
        let ended = Owner {
            process: format!("{}/1", child.id()),
            ..this()
        };
        assert!(ended.is_gone() && ended.is_missing());
        let detached = ended.detached();
        assert!(detached.is_gone() && !detached.is_missing());
        let reused = Owner {
            process: format!("{}/1", std::process::id()),
            ..this()
        };
        assert!(reused.is_gone() && !reused.is_running());
    }

    #[test]
    fn a_shell_that_ends_with_its_command_is_told_from_one_at_a_terminal() {
        for line in ["/bin/sh\0-c\0credrun ps && true\0", "bash\0-e\0init.sh\0"] {
            assert!(is_shell_with_command(line), "{line:?}");
        }
        for line in ["-bash\0", "/usr/bin/zsh\0-l\0", "node\0cli.js\0up\0", ""] {
            assert!(!is_shell_with_command(line), "{line:?}");
        }
    }

    #[test]
    fn of_another_machine_or_another_boot_nothing_is_known() {
        let elsewhere = Owner {
            host: "build/4a5c/1".to_owned(),
            process: "1/1".to_owned(),
        };
        assert!(!elsewhere.is_gone() && !elsewhere.is_running());
        assert_eq!(elsewhere.describe(), "1 on build");
    }
}
