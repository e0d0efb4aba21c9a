//! A socket before the real Engine that can be cut, as an Engine that is restarted looks to its
//! clients, while its containers run on.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The socket. Its threads end with the process.
pub struct CutEngine {
    directory: tempfile::TempDir,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_cut: bool,
    open: Vec<UnixStream>,
}

impl CutEngine {
    /// Listens in a directory of its own.
    ///
    /// # Panics
    ///
    /// Where it cannot.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let listener = UnixListener::bind(directory.path().join("sock")).expect("a socket");
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let mut state = shared.lock().expect("not poisoned");
                // One that is dropped is closed.
                if !state.is_cut
                    && let Ok(engine) = connect(&client)
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

    /// Takes connections again.
    ///
    /// # Panics
    ///
    /// Where a thread of this stand-in has panicked.
    pub fn mend(&self) {
        self.state.lock().expect("not poisoned").is_cut = false;
    }
}

fn connect(client: &UnixStream) -> io::Result<UnixStream> {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let path = host.strip_prefix("unix://");
    let engine = UnixStream::connect(path.unwrap_or("/var/run/docker.sock"))?;
    for (from, to) in [(client, &engine), (&engine, client)] {
        let (from, to) = (from.try_clone()?, to.try_clone()?);
        thread::spawn(move || pass(from, to));
    }
    Ok(engine)
}

/// Half a connection, with its end.
fn pass(mut from: UnixStream, mut to: UnixStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
