//! A queue of texts for a thread that writes them, so that no other thread waits for their reader.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

/// How many bytes may wait for a reader: about as many as a pipe holds.
const ROOM: usize = 64 * 1024;

/// Texts that wait for the thread that writes them.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// How long to wait for a text that could be written at once.
    at_once: Duration,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    left_out: u64,
    /// The number of texts received, without the dropped ones.
    said: u64,
    written: u64,
}

impl Queue {
    /// A queue to `write`, which may block.
    pub(crate) fn start(
        at_once: Duration,
        mut write: impl FnMut(&[u8]) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            at_once,
        });
        let writers = Arc::clone(&shared);
        thread::Builder::new().spawn(move || {
            loop {
                let (text, said) = writers.next();
                write(&text);
                writers.lock().written = said;
                writers.changed.notify_all();
            }
        })?;
        Ok(Self(shared))
    }

    pub(crate) fn say(&self, text: &[u8], at_once: bool) {
        let mut state = self.0.lock();
        // No text overtakes dropped ones: their number is reported in their place.
        if state.left_out > 0 || state.waiting.len() + text.len() > ROOM {
            state.left_out += 1;
        } else {
            self.push(state, text, at_once);
        }
    }

    pub(crate) fn say_in_any_case(&self, text: &[u8], at_once: bool) {
        self.push(self.0.lock(), text, at_once);
    }

    fn push(&self, mut state: MutexGuard<'_, State>, text: &[u8], at_once: bool) {
        state.tell_what_was_left_out();
        state.waiting.extend_from_slice(text);
        state.said += 1;
        let said = state.said;
        self.0.changed.notify_all();
        if at_once {
            let unwritten = |state: &mut State| state.written < said;
            let limit = self.0.at_once;
            drop(self.0.changed.wait_timeout_while(state, limit, unwritten));
        }
    }

    /// The waiting texts; the caller takes over, so nothing waits for them here any longer.
    pub(crate) fn take_over(&self) -> Vec<u8> {
        let mut state = self.0.lock();
        state.tell_what_was_left_out();
        state.written = state.said;
        self.0.changed.notify_all();
        std::mem::take(&mut state.waiting)
    }

    pub(crate) fn is_idle(&self) -> bool {
        let state = self.0.lock();
        state.written == state.said
    }

    pub(crate) fn wait_until_idle(&self) {
        let unwritten = |state: &mut State| state.written < state.said;
        drop(self.0.changed.wait_while(self.0.lock(), unwritten));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All waiting text, and the number of texts that will then have been written.
    fn next(&self) -> (Vec<u8>, u64) {
        let empty = |state: &mut State| state.waiting.is_empty();
        let mut state = self
            .changed
            .wait_while(self.lock(), empty)
            .unwrap_or_else(PoisonError::into_inner);
        state.tell_what_was_left_out();
        (std::mem::take(&mut state.waiting), state.said)
    }
}

impl State {
    fn tell_what_was_left_out(&mut self) {
        let texts = std::mem::take(&mut self.left_out);
        if texts > 0 {
            let told = format!(
                "credrun: warning: stderr was not read in time; messages left out here: {texts}\n"
            );
            self.waiting.extend(told.bytes());
        }
    }
}

#[cfg(test)]
mod tests;
