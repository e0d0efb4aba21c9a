//! A stderr that takes nothing more, because nobody reads it.

use std::io::{PipeReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

/// What filled the pipe.
const FILLING: u8 = b'.';

/// The end of the pipe that is not read yet.
pub struct Unread(PipeReader);

/// Starts `command` with pipes on stdin and stdout, and a pipe that is full on stderr.
pub fn start_with_full_stderr(mut command: Command) -> (Child, Unread) {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let flags = fcntl_getfl(&writer).expect("flags");
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).expect("set");
    while writer.write(&[FILLING; 4096]).is_ok() {}
    while writer.write(&[FILLING]).is_ok() {}
    fcntl_setfl(&writer, flags).expect("set");
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(writer)
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    (child, Unread(reader))
}

impl Unread {
    /// Reads from now on, to the end of the process.
    pub fn read(mut self) -> thread::JoinHandle<String> {
        thread::spawn(move || {
            let mut text = String::new();
            self.0.read_to_string(&mut text).expect("text");
            text.trim_start_matches(char::from(FILLING)).to_owned()
        })
    }
}
