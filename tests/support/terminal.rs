//! A terminal with a process in it, as a user at a keyboard has it.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

use super::{DEADLINE, until};

/// A pseudo-terminal and the process that it controls, which is killed on drop.
pub struct Terminal {
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    unread: Vec<u8>,
    process: Child,
}

impl Terminal {
    /// Starts `command` in a terminal of 24 rows and 80 columns.
    pub fn start(command: &Command) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a terminal");
        grantpt(&terminal).expect("grantpt");
        unlockpt(&terminal).expect("unlockpt");
        let path = ptsname(&terminal, Vec::new()).expect("ptsname");
        let keyboard = File::from(terminal);
        tcsetwinsize(&keyboard, winsize(24, 80)).expect("a window size");

        let path = path.into_string().expect("a path");
        let open = || {
            let mut options = OpenOptions::new();
            options.read(true).write(true);
            options.open(&path).expect("the process's side")
        };
        let process = in_own_session(command)
            .stdin(open())
            .stdout(open())
            .stderr(open())
            .spawn()
            .expect("setsid of util-linux");

        let (send, screen) = channel();
        let mut output = keyboard.try_clone().expect("a second handle");
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails once no process has the terminal open.
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keyboard,
            screen,
            unread: Vec::new(),
            process,
        }
    }

    /// Reads until `text` appears. Returns what came up to its end; the rest is left for the next.
    ///
    /// # Panics
    ///
    /// Where it does not within [`DEADLINE`]; the message has what came instead.
    pub fn read_until(&mut self, text: &str) -> String {
        let began = Instant::now();
        loop {
            if let Some(start) = find(&self.unread, text.as_bytes()) {
                let rest = self.unread.split_off(start + text.len());
                let read = std::mem::replace(&mut self.unread, rest);
                return String::from_utf8_lossy(&read).into_owned();
            }
            let left = DEADLINE.saturating_sub(began.elapsed());
            let Ok(bytes) = self.screen.recv_timeout(left) else {
                let unread = String::from_utf8_lossy(&self.unread);
                panic!("{text:?} did not appear on the terminal, but {unread:?}");
            };
            self.unread.extend(bytes);
        }
    }

    /// Types `text`; `\x03` is Ctrl-C.
    pub fn type_in(&mut self, text: &str) {
        self.keyboard
            .write_all(text.as_bytes())
            .expect("a keyboard");
    }

    /// Changes the window's size, which sends SIGWINCH to the process.
    pub fn resize(&self, rows: u16, columns: u16) {
        tcsetwinsize(&self.keyboard, winsize(rows, columns)).expect("a window size");
    }

    /// The terminal's modes as they are now: raw, echo and the like.
    pub fn modes(&self) -> Termios {
        tcgetattr(&self.keyboard).expect("modes")
    }

    /// The process, to send it a signal.
    pub fn process(&self) -> &Child {
        &self.process
    }

    /// Waits for the process's end. Returns its exit status as a shell says it, 128+n where signal
    /// n ended it, and all that was not read yet.
    ///
    /// # Panics
    ///
    /// Where it does not end within [`DEADLINE`].
    pub fn wait(&mut self) -> (i32, String) {
        let mut status = None;
        until("the process in the terminal ends", || {
            status = self.process.try_wait().expect("a child");
            status.is_some()
        });
        let status = status.expect("an exit status");
        while let Ok(bytes) = self.screen.recv_timeout(DEADLINE) {
            self.unread.extend(bytes);
        }
        let signal = || status.signal().map(|signal| 128 + signal);
        let code = status.code().or_else(signal).expect("an exit status");
        let rest = std::mem::take(&mut self.unread);
        (code, String::from_utf8_lossy(&rest).into_owned())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `command` as the leader of a session that the terminal on its stdin controls. setsid replaces
/// itself by the command, so the process keeps its number.
fn in_own_session(command: &Command) -> Command {
    let mut session = Command::new("setsid");
    session
        .arg("--ctty")
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            session.env(name, value);
        }
    }
    if let Some(directory) = command.get_current_dir() {
        session.current_dir(directory);
    }
    session
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes
        .windows(text.len().max(1))
        .position(|window| window == text)
}

fn winsize(rows: u16, columns: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
