//! A socket before the real Engine that can be cut, as an Engine that is restarted looks to its
//! clients, while its containers run on. It can refuse credrun a look at containers, too.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use super::until;

/// The socket. Its threads end with the process.
pub struct CutEngine {
    directory: tempfile::TempDir,
    state: Shared,
}

#[derive(Default)]
struct State {
    is_cut: bool,
    refuses: bool,
    refused: usize,
    open: Vec<UnixStream>,
}

type Shared = Arc<Mutex<State>>;

impl CutEngine {
    /// Listens in a directory of its own.
    ///
    /// # Panics
    ///
    /// Where it cannot.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let listener = UnixListener::bind(directory.path().join("sock")).expect("a socket");
        let state = Shared::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let mut state = shared.lock().expect("not poisoned");
                // One that is dropped is closed.
                if !state.is_cut
                    && let Ok(engine) = connect(&client, &shared)
                {
                    state.open.extend(client.try_clone());
                    state.open.push(engine);
                }
            }
        });
        Self { directory, state }
    }

    /// As `DOCKER_HOST` wants it.
    pub fn address(&self) -> String {
        format!("unix://{}/sock", self.directory.path().display())
    }

    /// Ends all connections, and takes no more.
    ///
    /// # Panics
    ///
    /// Where a thread of this stand-in has panicked.
    pub fn cut(&self) {
        let mut state = self.state.lock().expect("not poisoned");
        state.is_cut = true;
        for stream in state.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// From now on no container is inspected for credrun. Compose is answered.
    ///
    /// # Panics
    ///
    /// Where a thread of this stand-in has panicked.
    pub fn refuse_inspects(&self) {
        self.state.lock().expect("not poisoned").refuses = true;
    }

    /// Refuses until it has done so as many times, and not any more.
    ///
    /// # Panics
    ///
    /// Where a thread of this stand-in has panicked.
    pub fn answer_inspects_after(&self, refusals: usize) {
        until("containers were not inspected", || {
            self.state.lock().expect("not poisoned").refused >= refusals
        });
        self.state.lock().expect("not poisoned").refuses = false;
    }

    /// Takes connections again.
    ///
    /// # Panics
    ///
    /// Where a thread of this stand-in has panicked.
    pub fn mend(&self) {
        self.state.lock().expect("not poisoned").is_cut = false;
    }
}

fn connect(client: &UnixStream, shared: &Shared) -> io::Result<UnixStream> {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let path = host.strip_prefix("unix://");
    let engine = UnixStream::connect(path.unwrap_or("/var/run/docker.sock"))?;
    let (client, out) = (client.try_clone()?, client.try_clone()?);
    let (to, from) = (engine.try_clone()?, engine.try_clone()?);
    let (mut answers, shared) = (client.try_clone()?, Arc::clone(shared));
    thread::spawn(move || {
        pass(client, to, |request| {
            let refuses = is_inspect_of_credrun(request) && shared.lock().is_ok_and(count_refusal);
            refuses && answers.write_all(REFUSAL).is_ok()
        });
    });
    thread::spawn(move || pass(from, out, |_| false));
    Ok(engine)
}

const REFUSAL: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n\
    Content-Length: 21\r\n\r\n{\"message\":\"not now\"}";

fn count_refusal(mut state: MutexGuard<'_, State>) -> bool {
    state.refused += usize::from(state.refuses);
    state.refuses
}

/// A client writes a request without a body at once.
fn is_inspect_of_credrun(request: &[u8]) -> bool {
    let request = String::from_utf8_lossy(request).to_lowercase();
    let mut words = request.split(' ');
    let (method, path) = (words.next(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let is_inspect = path.contains("/containers/") && path.ends_with("/json");
    method == Some("get")
        && is_inspect
        && !path.ends_with("/containers/json")
        && request.contains("user-agent: credrun")
}

/// Half a connection, with its end, but for what is kept.
fn pass(mut from: UnixStream, mut to: UnixStream, mut keeps: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let read = &buffer[..length];
        if !keeps(read) && to.write_all(read).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
