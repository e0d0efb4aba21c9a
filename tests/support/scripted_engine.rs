//! A fake Engine on a Unix socket. It records what it is asked, and at each step answers, refuses,
//! stalls or dies, as its script says.
//!
//! Its one container writes `hello` and ends with status 0, unless it is to run until it is
//! stopped.

mod answer;
mod request;

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufReader, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::until;
use answer::{respond, version};
use request::{read_request, step_of};
use serde_json::{Value, json};

pub use request::Recorded;

/// The ID of every container that it creates.
pub const ID: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

/// How a run looks for what a killed one has left.
pub const LEFTOVERS: &str = "GET /containers/json?";

/// The ID of a container that a [listing](ScriptedEngine::listing) may have.
pub const LEFT: &str = "1ef71ef71ef71ef71ef71ef71ef71ef71ef71ef71ef71ef71ef71ef71ef71ef7";

/// Where the script has its say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Ping,
    /// Inspecting the image. One that is refused with 404 is there once it has been pulled.
    Image,
    Pull,
    Create,
    Attach,
    /// The acknowledgement of a wait: its headers.
    Wait,
    Start,
    /// The middle of the container's output.
    Output,
    /// The answer of a wait: its body.
    End,
    Kill,
    Stop,
    Resize,
    Remove,
    /// Listing containers.
    List,
    /// What it is, for `credrun doctor`.
    Version,
    /// Anything else.
    Other,
}

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// What a real Engine does.
    Answer,
    /// An error with this status and message.
    Refuse(u16, &'static str),
    /// An answer once it is [released](ScriptedEngine::release).
    Hold,
    /// No answer to this one request.
    Stall,
    /// No answer to this request, nor to any later one.
    Freeze,
    /// All connections break, and no new one is taken.
    Die,
}

/// The fake. It dies when it is dropped.
pub struct ScriptedEngine {
    shared: Arc<Shared>,
    _directory: tempfile::TempDir,
}

struct Shared {
    socket: PathBuf,
    script: BTreeMap<Step, Cue>,
    runs_on: bool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    recorded: Vec<Recorded>,
    listings: VecDeque<Value>,
    connections: Vec<UnixStream>,
    pulled: bool,
    /// What a pull says before its last message.
    pull: String,
    started: bool,
    ended: Option<u8>,
    released: bool,
    frozen: bool,
    dead: bool,
}

impl ScriptedEngine {
    /// An Engine whose container ends by itself.
    pub fn start<const N: usize>(script: [(Step, Cue); N]) -> Self {
        Self::serving(script, false)
    }

    /// One whose container runs until it is stopped or removed.
    pub fn running_on<const N: usize>(script: [(Step, Cue); N]) -> Self {
        Self::serving(script, true)
    }

    fn serving<const N: usize>(script: [(Step, Cue); N], runs_on: bool) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let shared = Arc::new(Shared {
            socket,
            script: BTreeMap::from(script),
            runs_on,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = Arc::clone(&serving);
                thread::spawn(move || serving.serve(stream));
            }
        });
        Self {
            shared,
            _directory: directory,
        }
    }

    /// Gives these lists of containers, one after the other, and then empty ones.
    pub fn listing(self, listings: impl IntoIterator<Item = Value>) -> Self {
        self.shared.change(|state| state.listings.extend(listings));
        self
    }

    /// Says this in a pull, too: messages of the Engine, in JSON.
    pub fn pulling(self, messages: &str) -> Self {
        self.shared.change(|state| state.pull.push_str(messages));
        self
    }

    /// The value for `DOCKER_HOST`.
    pub fn host(&self) -> String {
        format!("unix://{}", self.shared.socket.display())
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.state().recorded.clone()
    }

    /// Their first lines, the container's ID written `ID`; `(wait acknowledged)` among them. The
    /// [look for leftovers](LEFTOVERS), which goes on beside the others, is left out.
    pub fn lines(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| request.line)
            .filter(|line| !line.starts_with(LEFTOVERS))
            .collect()
    }

    /// Whether a request that begins with `line` has come.
    pub fn has_seen(&self, line: &str) -> bool {
        self.lines().iter().any(|seen| seen.starts_with(line))
    }

    /// Ends the container with this status.
    pub fn end(&self, status: u8) {
        self.shared.change(|state| state.ended = Some(status));
    }

    /// Lets it go on with a step that it holds.
    pub fn release(&self) {
        self.shared.change(|state| state.released = true);
    }

    /// Waits for a request that begins with `line`.
    ///
    /// # Panics
    ///
    /// Where none comes in time.
    pub fn wait_for(&self, line: &str) {
        until(&format!("the Engine is asked {line}"), || {
            self.has_seen(line)
        });
    }
}

impl Drop for ScriptedEngine {
    fn drop(&mut self) {
        self.shared.die();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// False where the Engine dies before `condition` holds.
    fn wait_until(&self, condition: impl Fn(&State) -> bool) -> bool {
        let waiting = |state: &mut State| !state.dead && !condition(state);
        let state = self.changed.wait_while(self.state(), waiting);
        !state.unwrap_or_else(PoisonError::into_inner).dead
    }

    fn die(&self) {
        let _ = std::fs::remove_file(&self.socket);
        self.change(|state| {
            state.dead = true;
            for connection in state.connections.drain(..) {
                let _ = connection.shutdown(Shutdown::Both);
            }
        });
    }

    fn cue(&self, step: Step) -> Cue {
        self.script.get(&step).copied().unwrap_or(Cue::Answer)
    }

    /// Plays a cue other than an answer. True where the step is to be answered after all.
    fn play(&self, step: Step, stream: &mut UnixStream) -> io::Result<bool> {
        if self.state().frozen {
            return Ok(self.stall());
        }
        match self.cue(step) {
            Cue::Answer => return Ok(true),
            Cue::Refuse(404, _) if step == Step::Image && self.state().pulled => return Ok(true),
            Cue::Refuse(status, message) => {
                let body = json!({ "message": message }).to_string();
                respond(stream, status, &body)?;
            }
            Cue::Hold => return Ok(self.wait_until(|state| state.released)),
            Cue::Stall => return Ok(self.stall()),
            Cue::Freeze => {
                self.change(|state| state.frozen = true);
                return Ok(self.stall());
            }
            Cue::Die => self.die(),
        }
        Ok(false)
    }

    fn stall(&self) -> bool {
        self.wait_until(|_| false);
        false
    }

    fn serve(&self, stream: UnixStream) {
        let Ok(kept) = stream.try_clone() else { return };
        {
            let mut state = self.state();
            if state.dead {
                return;
            }
            state.connections.push(kept);
        }
        // A client that goes away ends its connection, and nothing else.
        let _ = self.converse(stream);
    }

    fn converse(&self, mut stream: UnixStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some(request) = read_request(&mut reader)? {
            let step = step_of(&request.line);
            self.change(|state| state.recorded.push(request));
            if self.play(step, &mut stream)? {
                self.answer(step, &mut stream)?;
                if step == Step::Attach {
                    return self.write_output(&mut stream);
                }
            }
        }
        Ok(())
    }

    /// The ID of the image that was asked for last, which may have been by its ID.
    fn image_id(&self) -> String {
        let state = self.state();
        let mut lines = state.recorded.iter().rev().map(|request| &request.line);
        let asked = lines.find_map(|line| line.strip_prefix("GET /images/")?.strip_suffix("/json"));
        let by_id = asked.filter(|name| name.starts_with("sha256:"));
        by_id.unwrap_or("sha256:1").to_owned()
    }

    fn answer(&self, step: Step, stream: &mut UnixStream) -> io::Result<()> {
        match step {
            Step::Ping => respond(stream, 200, "OK"),
            Step::Image => respond(
                stream,
                200,
                &format!(
                    r#"{{"Id":"{}","Os":"linux","Architecture":"amd64","Config":{{}}}}"#,
                    self.image_id()
                ),
            ),
            Step::Pull => {
                self.change(|state| state.pulled = true);
                let messages = self.state().pull.clone();
                let last = "{\"status\":\"Status: Downloaded\"}\r\n";
                respond(stream, 200, &(messages + last))
            }
            Step::Create => respond(stream, 201, &format!(r#"{{"Id":"{ID}","Warnings":[]}}"#)),
            Step::Attach => stream.write_all(
                b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\
                  Content-Type: application/vnd.docker.raw-stream\r\n\r\n",
            ),
            Step::Wait => self.answer_wait(stream),
            Step::Start => {
                respond(stream, 204, "")?;
                self.change(|state| state.started = true);
                Ok(())
            }
            Step::Stop | Step::Remove => {
                self.change(|state| state.ended = state.ended.or(Some(137)));
                respond(stream, 204, "")
            }
            Step::Kill | Step::Resize | Step::Output | Step::End => respond(stream, 204, ""),
            Step::List => {
                let next = self.state().listings.pop_front();
                respond(stream, 200, &next.unwrap_or_else(|| json!([])).to_string())
            }
            Step::Version => respond(stream, 200, &version().to_string()),
            Step::Other => respond(stream, 404, r#"{"message":"page not found"}"#),
        }
    }

    /// The headers of a wait at once, its body when the container ends.
    fn answer_wait(&self, stream: &mut UnixStream) -> io::Result<()> {
        self.change(|state| {
            state.recorded.push(Recorded {
                line: "(wait acknowledged)".to_owned(),
                headers: BTreeMap::new(),
                body: Vec::new(),
            });
        });
        stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        )?;
        let ends_by_itself = !self.runs_on && self.cue(Step::Output) == Cue::Answer;
        if !self.wait_until(|state| state.ended.is_some() || state.started && ends_by_itself) {
            return Ok(());
        }
        self.change(|state| state.ended = state.ended.or(Some(0)));
        if self.play(Step::End, stream)? {
            let status = self.state().ended.unwrap_or_default();
            let body = format!(r#"{{"StatusCode":{status}}}"#);
            write!(stream, "{:x}\r\n{body}\r\n0\r\n\r\n", body.len())?;
        }
        Ok(())
    }

    /// `hello` on stdout, in a frame; a cue strikes in the middle of it.
    fn write_output(&self, stream: &mut UnixStream) -> io::Result<()> {
        const FRAME: &[u8] = b"\x01\0\0\0\0\0\0\x06hello\n";
        if !self.wait_until(|state| state.started) {
            return Ok(());
        }
        let (begun, rest) = FRAME.split_at(FRAME.len() / 2);
        stream.write_all(begun)?;
        if self.play(Step::Output, stream)? {
            stream.write_all(rest)?;
            self.wait_until(|state| state.ended.is_some());
            stream.shutdown(Shutdown::Both)?;
        }
        Ok(())
    }
}
