//! Operating system signals as events.
//!
//! credrun catches two sets. Before a container exists, the signals that end a program end the run.
//! Once it exists, all that can be caught go to the container, as with docker's client, except
//! three that concern credrun's own process: CHLD, PIPE and URG.
//!
//! A SIGHUP that is ignored from the start stays ignored: that is the purpose of `nohup`, although
//! docker's client catches it all the same. An ignored SIGINT or SIGQUIT is caught, as by docker: a
//! shell without job control ignores them for every background job, and scripts send them to a
//! client there.

pub(crate) mod interruption;
pub(crate) mod of_commands;
pub(crate) mod patience;

use std::borrow::Cow;
use std::io;
use std::process::Child;
use std::task::Poll;

use rustix::process::{Pid, Signal as Os, kill_process};
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

use crate::terminal;

/// Signals that end a program by default and that people send to end one.
const ENDING: &[(Os, &str)] = &[
    (Os::INT, "INT"),
    (Os::TERM, "TERM"),
    (Os::HUP, "HUP"),
    (Os::QUIT, "QUIT"),
];

/// The other signals that are passed on to a container.
const OTHERS: &[(Os, &str)] = &[
    (Os::USR1, "USR1"),
    (Os::USR2, "USR2"),
    (Os::ALARM, "ALRM"),
    (Os::CONT, "CONT"),
    (Os::TSTP, "TSTP"),
    (Os::TTIN, "TTIN"),
    (Os::TTOU, "TTOU"),
    (Os::WINCH, "WINCH"),
    (Os::TRAP, "TRAP"),
    (Os::ABORT, "ABRT"),
    (Os::BUS, "BUS"),
    (Os::XCPU, "XCPU"),
    (Os::XFSZ, "XFSZ"),
    (Os::VTALARM, "VTALRM"),
    (Os::PROF, "PROF"),
    (Os::IO, "IO"),
    (Os::SYS, "SYS"),
    #[cfg(target_os = "linux")]
    (Os::POWER, "PWR"),
    #[cfg(target_os = "linux")]
    (Os::STKFLT, "STKFLT"),
];

/// Real-time signals, which Linux knows by number only. The C library keeps the first few of the
/// kernel's to itself, and lets nobody catch them: glibc two, musl three.
#[cfg(all(target_os = "linux", target_env = "musl"))]
const REAL_TIME: std::ops::Range<i32> = 35..65;
#[cfg(all(target_os = "linux", not(target_env = "musl")))]
const REAL_TIME: std::ops::Range<i32> = 34..65;
#[cfg(not(target_os = "linux"))]
const REAL_TIME: std::ops::Range<i32> = 0..0;

/// A signal that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal(i32);

impl Signal {
    pub const INT: Self = Self(Os::INT.as_raw());

    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }

    /// Its name in the Engine API: `TERM`. A real-time signal has only its number.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        ENDING
            .iter()
            .chain(OTHERS)
            .find(|(os, _)| os.as_raw() == self.0)
            .map_or_else(
                || Cow::Owned(self.0.to_string()),
                |(_, name)| Cow::Borrowed(*name),
            )
    }

    /// Whether it ends a program by default and people send it to end one.
    #[must_use]
    pub fn ends_a_program(self) -> bool {
        ENDING.iter().any(|(os, _)| os.as_raw() == self.0)
    }

    /// SIGINT or SIGTERM: the third one makes credrun give up waiting.
    #[must_use]
    pub fn asks_to_end(self) -> bool {
        self == Self(Os::INT.as_raw()) || self == Self(Os::TERM.as_raw())
    }

    /// Sends it to a child.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn send_to(self, child: &Child) -> io::Result<()> {
        self.send(Pid::from_child(child))
    }

    fn send(self, process: Pid) -> io::Result<()> {
        let os = Os::from_named_raw(self.0).ok_or(io::ErrorKind::Unsupported)?;
        Ok(kill_process(process, os)?)
    }

    /// Sends it to a child of the runtime, unless that has ended. The keys of a terminal have
    /// reached the child already.
    pub(crate) fn pass_on_to(self, child: &tokio::process::Child) {
        let is_a_key = [Os::INT, Os::QUIT].iter().any(|os| os.as_raw() == self.0);
        if is_a_key && terminal::is_in_foreground() {
            return;
        }
        let process = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(process) = process {
            // It may have ended by now.
            let _ = self.send(process);
        }
    }

    /// The terminal is gone.
    #[must_use]
    pub fn is_hangup(self) -> bool {
        self == Self(Os::HUP.as_raw())
    }

    /// The terminal's window has changed size.
    #[must_use]
    pub fn is_window_change(self) -> bool {
        self == Self(Os::WINCH.as_raw())
    }
}

/// Caught signals, in order of arrival for each kind.
#[derive(Debug)]
pub struct Signals(Vec<(Signal, Listener)>);

impl Signals {
    /// From now on, catches the signals that end a program, except an ignored SIGHUP.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn ending() -> io::Result<Self> {
        let ignored = Ignored::by_this_process();
        Self::of(|signal| !(signal == Os::HUP && ignored.has(signal)))
    }

    /// From now on, catches the ending signals that this program does not ignore. Programs that it
    /// executes find signals as it found them.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn not_ignored() -> io::Result<Self> {
        let ignored = Ignored::by_this_process();
        Self::of(|signal| !ignored.has(signal))
    }

    fn of(wanted: impl Fn(Os) -> bool) -> io::Result<Self> {
        ENDING
            .iter()
            .filter(|(os, _)| wanted(*os))
            .map(|(os, _)| listen(os.as_raw()))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Also catches changes of the window.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn and_window_changes(mut self) -> io::Result<Self> {
        self.0.push(listen(Os::WINCH.as_raw())?);
        Ok(self)
    }

    /// Also catches all the others.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn and_all_others(mut self) -> io::Result<Self> {
        for number in OTHERS.iter().map(|(os, _)| os.as_raw()).chain(REAL_TIME) {
            self.0.push(listen(number)?);
        }
        Ok(self)
    }

    /// The next signal. Cancelling loses none.
    pub async fn next(&mut self) -> Signal {
        self.next_of(|_| true).await
    }

    /// The next signal that ends a program. The others are kept for [`next`](Self::next).
    pub async fn next_ending(&mut self) -> Signal {
        self.next_of(Signal::ends_a_program).await
    }

    async fn next_of(&mut self, wanted: impl Fn(Signal) -> bool) -> Signal {
        std::future::poll_fn(|context| {
            for (signal, listener) in &mut self.0 {
                if wanted(*signal) && listener.poll_recv(context).is_ready() {
                    return Poll::Ready(*signal);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// The signals that a process ignores: bit n-1 is signal n.
struct Ignored(u64);

impl Ignored {
    /// Read from Linux (`SigIgn`, proc_pid_status(5)). Where that is missing, none counts as
    /// ignored.
    fn by_this_process() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self::told_by(&status).unwrap_or(Self(0))
    }

    fn told_by(status: &str) -> Option<Self> {
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok().map(Self)
    }

    fn has(&self, signal: Os) -> bool {
        self.0 >> (signal.as_raw() - 1) & 1 == 1
    }
}

fn listen(number: i32) -> io::Result<(Signal, Listener)> {
    Ok((Signal(number), signal(SignalKind::from_raw(number))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_go_by_the_engines_names() {
        assert_eq!(Signal(Os::TERM.as_raw()).name(), "TERM");
        assert_eq!(Signal(Os::ALARM.as_raw()).name(), "ALRM");
        assert_eq!(Signal(35).name(), "35");
    }

    #[test]
    fn signals_are_told_apart_by_what_they_ask_for() {
        let having = |quality: fn(Signal) -> bool| {
            let all = ENDING.iter().chain(OTHERS);
            let having = all.filter(|(os, _)| quality(Signal(os.as_raw())));
            having.map(|(_, name)| *name).collect::<Vec<_>>()
        };
        assert_eq!(
            having(Signal::ends_a_program),
            ["INT", "TERM", "HUP", "QUIT"]
        );
        assert_eq!(having(Signal::asks_to_end), ["INT", "TERM"]);
        assert_eq!(having(Signal::is_hangup), ["HUP"]);
        assert_eq!(having(Signal::is_window_change), ["WINCH"]);
        assert_eq!(Signal::INT.number(), 2);
    }

    #[test]
    fn a_signal_ends_the_child_that_it_is_sent_to() {
        let mut child = std::process::Command::new("sleep")
            .arg("30")
            .spawn()
            .expect("sleep");
        let sent = Signal(Os::TERM.as_raw()).send_to(&child);
        let status = child.wait().expect("a child");
        sent.expect("a child that runs");
        assert_eq!(status.to_string(), "signal: 15 (SIGTERM)");
    }

    #[tokio::test]
    async fn a_signal_of_no_key_is_passed_on_to_a_command() {
        let mut sleep = tokio::process::Command::new("sleep");
        let mut child = sleep.arg("30").spawn().expect("sleep");
        Signal(Os::TERM.as_raw()).pass_on_to(&child);
        let status = child.wait().await.expect("a child");
        assert_eq!(status.to_string(), "signal: 15 (SIGTERM)");
    }

    #[test]
    fn ignored_signals_are_read_from_the_kernels_mask() {
        // As `nohup` sets it for a Rust program: HUP and PIPE.
        let status = "Name:\tcredrun\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        let ignored = Ignored::told_by(status).expect("a mask");
        assert!(ignored.has(Os::HUP) && ignored.has(Os::PIPE));
        assert!(!ignored.has(Os::INT) && !ignored.has(Os::TERM));
        assert!(Ignored::told_by("Name:\tcredrun\n").is_none());
    }
}
