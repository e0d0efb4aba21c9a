//! Follows a started command: its streams and window, until it ends or credrun leaves it.

use crate::container::exec::ExecPlan;
use crate::engine::{Engine, EngineError};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::signals::Signals;
use crate::streams::{DemultiplexError, Framing, Input, InputEnd, Output};
use crate::terminal::{DetachKeys, Resizer};

/// A running command, and its connection to credrun.
pub(super) struct Following<'a> {
    engine: &'a Engine,
    id: &'a str,
    container: &'a str,
    resizer: Option<Resizer>,
    output: Output,
    input: Option<Input>,
}

impl<'a> Following<'a> {
    /// Starts the command and connects its streams.
    pub(super) async fn start(
        engine: &'a Engine,
        id: &'a str,
        container: &'a str,
        plan: &ExecPlan,
    ) -> Result<Self, EngineError> {
        let tty = plan.streams.tty;
        let size = plan.console_size(engine.api_version());
        let (stream, first) = engine.start_exec(id, tty, size).await?.into_blocking()?;
        let to_command = stream.try_clone().map_err(EngineError::lost)?;
        let framing = match tty {
            true => Framing::Raw,
            false => Framing::Multiplexed,
        };
        let output = Output::start(stream, first, framing);
        let input = if plan.streams.attach_stdin {
            let keys = tty.then(|| DetachKeys::new(plan.detach_keys.bytes.clone()));
            Some(Input::start(to_command, keys))
        } else {
            let _ = rustix::net::shutdown(&to_command, rustix::net::Shutdown::Write);
            None
        };
        let following = Self {
            engine,
            id,
            container,
            resizer: tty.then(|| resizer(engine.clone(), id.to_owned())),
            output,
            input,
        };
        following.resize();
        Ok(following)
    }

    /// Follows the command to its end. A signal that ends a program ends credrun, since the signal
    /// cannot be passed on. Keys typed at a terminal, including ^C, do reach the command.
    pub(super) async fn until_end(mut self, signals: &mut Signals) -> Result<ExitStatus, Error> {
        let mut silent = std::pin::pin!(self.engine.silent());
        let mut outcome = None;
        loop {
            tokio::select! {
                biased;
                end = self.output.ended(), if outcome.is_none() => match end {
                    Ok(()) => outcome = Some(Box::pin(self.engine.exec_end(self.id))),
                    // The output's reader is gone: credrun ends as any program would.
                    Err(DemultiplexError::Write { source, .. })
                        if source.kind() == std::io::ErrorKind::BrokenPipe =>
                    {
                        return Ok(ExitStatus::OUTPUT_CLOSED);
                    }
                    Err(error) => return Err(Error::Output(error)),
                },
                status = ended(&mut outcome) => return Ok(status?),
                end = end_of_input(&mut self.input) => {
                    self.input = None;
                    if end == InputEnd::Detached {
                        return Ok(ExitStatus::SUCCESS);
                    }
                }
                signal = signals.next() => {
                    if signal.ends_a_program() {
                        let container = self.container.to_owned();
                        return Err(Error::CommandLeftRunning { signal, container });
                    }
                    self.resize();
                }
                error = &mut silent => return Err(error.into()),
            }
        }
    }

    fn resize(&self) {
        if let Some(resizer) = &self.resizer {
            resizer.window_changed();
        }
    }
}

fn resizer(engine: Engine, id: String) -> Resizer {
    Resizer::new(move |size| {
        let (engine, id) = (engine.clone(), id.clone());
        async move { engine.resize_exec(&id, size).await }
    })
}

async fn ended<F>(outcome: &mut Option<std::pin::Pin<Box<F>>>) -> F::Output
where
    F: Future,
{
    match outcome {
        Some(outcome) => outcome.await,
        None => std::future::pending().await,
    }
}

async fn end_of_input(input: &mut Option<Input>) -> InputEnd {
    match input {
        Some(input) => input.ended().await,
        None => std::future::pending().await,
    }
}
