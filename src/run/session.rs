//! A running container's session: its streams, signals and window, until it ends or is left.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::engine::action::Action;
use crate::engine::{Attached, Ended, Engine, EngineError, Wait, short_id};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::signals::interruption::UNREMARKABLE;
use crate::signals::patience::Patience;
use crate::signals::{Signal, Signals};
use crate::streams::{DemultiplexError, Framing, Input, InputEnd, Output, OutputEnd};
use crate::terminal::{DetachKeys, Resizer};

/// A container whose output has no reader (`| head -1`) has no more reason to run; this is how long
/// it may take to notice.
const GRACE_AFTER_BROKEN_PIPE: Duration = Duration::from_secs(2);
/// What connects the container and credrun.
#[derive(Debug)]
pub(super) struct Wiring {
    /// The container has a terminal.
    pub tty: bool,
    /// credrun's stdin goes to the container.
    pub stdin: bool,
    /// Signals go to the container.
    pub sig_proxy: bool,
    /// The keys that detach, when a terminal's stdin is attached.
    pub detach: Option<DetachKeys>,
}

/// A running container and what connects credrun with it.
pub(super) struct Session<'a> {
    engine: &'a Engine,
    id: &'a str,
    wiring: Wiring,
    output: Option<Output>,
    input: Option<Input>,
    kills: mpsc::UnboundedSender<Signal>,
    resizer: Option<Resizer>,
    held: VecDeque<Signal>,
    patience: Patience,
}

/// Why a session ends, other than an error.
enum End {
    Container(Ended),
    Detached,
    ReaderGone,
    Forced(Signal),
}

impl<'a> Session<'a> {
    /// Connects the streams. The container need not be started yet.
    ///
    /// # Errors
    /// Where the attached connection cannot be used.
    pub(super) fn connect(
        engine: &'a Engine,
        id: &'a str,
        attached: Option<Attached>,
        mut wiring: Wiring,
    ) -> Result<Self, EngineError> {
        let mut session = Self {
            engine,
            id,
            output: None,
            input: None,
            kills: forward_in_order(engine.clone(), id.to_owned()),
            resizer: wiring.tty.then(|| resizer(engine.clone(), id.to_owned())),
            held: VecDeque::new(),
            patience: Patience::default(),
            wiring: Wiring {
                detach: wiring.detach.take(),
                ..wiring
            },
        };
        if let Some(attached) = attached {
            session.connect_streams(attached)?;
        }
        Ok(session)
    }

    fn connect_streams(&mut self, attached: Attached) -> Result<(), EngineError> {
        let (stream, first) = attached.into_blocking()?;
        let to_container = stream.try_clone().map_err(EngineError::lost)?;
        let framing = if self.wiring.tty {
            Framing::Raw
        } else {
            Framing::Multiplexed
        };
        self.output = Some(Output::start(stream, first, framing));
        if self.wiring.stdin {
            self.input = Some(Input::start(to_container, self.wiring.detach.take()));
        } else {
            // No input will come, and the container must see that. Docker's client does the same.
            let _ = rustix::net::shutdown(&to_container, rustix::net::Shutdown::Write);
        }
        Ok(())
    }

    /// Starts the container. Signals that come meanwhile are held until it has started: its command
    /// may run, and print, before the Engine has answered. The third signal to end gives up a start
    /// that stalls.
    ///
    /// # Errors
    /// [`Error`] where the Engine fails, or at that third signal.
    pub(super) async fn start(
        &mut self,
        signals: &mut Signals,
        notices: Notices,
    ) -> Result<(), Error> {
        let mut started = std::pin::pin!(self.engine.start(self.id));
        let mut patience = Patience::default();
        let mut untold = None;
        let mut slow = std::pin::pin!(sleep(UNREMARKABLE));
        loop {
            tokio::select! {
                biased;
                started = &mut started => return Ok(started?),
                signal = signals.next() => {
                    if signal.asks_to_end() {
                        if patience.is_new() {
                            slow.as_mut().reset(Instant::now() + UNREMARKABLE);
                            untold = Some(signal);
                        }
                        if patience.is_lost() {
                            return Err(Error::Interrupted(signal));
                        }
                    }
                    self.held.push_back(signal);
                }
                () = &mut slow, if untold.is_some() => {
                    if let Some(signal) = untold.take() {
                        notices.finishing_start(signal);
                    }
                }
            }
        }
    }

    /// Follows the started container to its end.
    ///
    /// # Errors
    /// [`Error`] where the Engine fails, or output cannot be written.
    pub(super) async fn follow(
        mut self,
        wait: Wait,
        signals: &mut Signals,
    ) -> Result<ExitStatus, Error> {
        match self.until_end(wait, signals).await? {
            End::Container(ended) => {
                if let Some(signal) = self.drain(signals).await? {
                    return Ok(ExitStatus::of_signal(signal.number()));
                }
                match ended.error {
                    Some(message) => Err(Error::Container { message }),
                    None => Ok(ended.status),
                }
            }
            End::Detached => Ok(ExitStatus::SUCCESS),
            End::ReaderGone => Ok(ExitStatus::OUTPUT_CLOSED),
            End::Forced(signal) => Err(Error::LeftRunning {
                signal,
                id: short_id(self.id),
            }),
        }
    }

    async fn until_end(&mut self, wait: Wait, signals: &mut Signals) -> Result<End, Error> {
        let mut ended = std::pin::pin!(wait.ended());
        let engine = self.engine.clone();
        let mut silent = std::pin::pin!(engine.silent());
        loop {
            tokio::select! {
                // The container's end comes first: only its output is left to drain.
                biased;
                ended = &mut ended => return Ok(End::Container(ended?)),
                end = end_of_output(&mut self.output) => {
                    self.output = None;
                    if let Some(end) = self.after_output(end).await? {
                        return Ok(end);
                    }
                }
                end = end_of_input(&mut self.input) => {
                    self.input = None;
                    if end == InputEnd::Detached {
                        return Ok(End::Detached);
                    }
                }
                signal = next_signal(&mut self.held, signals) => {
                    if let Some(end) = self.on_signal(signal) {
                        return Ok(end);
                    }
                }
                error = &mut silent => return Err(error.into()),
            }
        }
    }

    /// Ends the container when its output can no longer be written, because it has no reader.
    async fn after_output(&self, end: OutputEnd) -> Result<Option<End>, Error> {
        let Err(error) = end else { return Ok(None) };
        if !matches!(error, DemultiplexError::Engine(_)) {
            self.engine.stop(self.id, GRACE_AFTER_BROKEN_PIPE).await?;
        }
        match error {
            DemultiplexError::Write { source, .. }
                if source.kind() == std::io::ErrorKind::BrokenPipe =>
            {
                Ok(Some(End::ReaderGone))
            }
            other => Err(Error::Output(other)),
        }
    }

    fn on_signal(&mut self, signal: Signal) -> Option<End> {
        if signal.is_window_change() {
            self.resize();
        }
        if !self.wiring.sig_proxy {
            return signal.ends_a_program().then_some(End::Forced(signal));
        }
        if signal.asks_to_end() && self.patience.is_lost() {
            return Some(End::Forced(signal));
        }
        // The task lives as long as the session.
        let _ = self.kills.send(signal);
        None
    }

    /// Sends the terminal's size to the container.
    pub(super) fn resize(&self) {
        if let Some(resizer) = &self.resizer {
            resizer.window_changed();
        }
    }

    /// Reads the remaining output from the Engine. If the Engine neither sends more nor ends the
    /// stream, this waits only so long; for a slow reader of credrun's output, until a signal
    /// comes.
    async fn drain(&mut self, signals: &mut Signals) -> Result<Option<Signal>, Error> {
        let Some(mut output) = self.output.take() else {
            return Ok(None);
        };
        let limit = self.engine.limits().drain;
        let mut seen = output.bytes_while_reading();
        loop {
            let ended = tokio::select! {
                biased;
                ended = tokio::time::timeout(limit, output.ended()) => ended,
                signal = next_signal(&mut self.held, signals) => match self.on_signal(signal) {
                    Some(End::Forced(signal)) => return Ok(Some(signal)),
                    _ => continue,
                },
            };
            match ended {
                Ok(Ok(())) => return Ok(None),
                Ok(Err(DemultiplexError::Write { source, .. }))
                    if source.kind() == std::io::ErrorKind::BrokenPipe =>
                {
                    return Ok(None);
                }
                Ok(Err(error)) => return Err(Error::Output(error)),
                Err(_) => {
                    let now = output.bytes_while_reading();
                    if now.is_some() && now == seen {
                        return Err(EngineError::Stalled {
                            action: Action::Output,
                            limit,
                        }
                        .into());
                    }
                    seen = now;
                }
            }
        }
    }
}

/// Sends signals to the container one after the other, to keep their order. Delivery fails if the
/// container has just ended, which is normal.
fn forward_in_order(engine: Engine, id: String) -> mpsc::UnboundedSender<Signal> {
    let (sender, mut signals) = mpsc::unbounded_channel::<Signal>();
    tokio::spawn(async move {
        while let Some(signal) = signals.recv().await {
            if let Err(error) = engine.kill(&id, &signal.name()).await {
                tracing::debug!(%error, signal = %signal.name(), "signal not delivered");
            }
        }
    });
    sender
}

/// The held signals come first.
async fn next_signal(held: &mut VecDeque<Signal>, signals: &mut Signals) -> Signal {
    match held.pop_front() {
        Some(signal) => signal,
        None => signals.next().await,
    }
}

fn resizer(engine: Engine, id: String) -> Resizer {
    Resizer::new(move |size| {
        let (engine, id) = (engine.clone(), id.clone());
        async move { engine.resize(&id, size).await }
    })
}

async fn end_of_output(output: &mut Option<Output>) -> OutputEnd {
    match output {
        Some(output) => output.ended().await,
        None => std::future::pending().await,
    }
}

async fn end_of_input(input: &mut Option<Input>) -> InputEnd {
    match input {
        Some(input) => input.ended().await,
        None => std::future::pending().await,
    }
}
