//! Serves what is behind a relay, and replaces a relay that ends.
//!
//! A relay that ends too early, killed by a user or for lack of memory, is replaced for as long as
//! the target runs: the target's namespace outlives the relay, so a new one can join it and listen
//! on the same port. A network that belonged to the old relay cannot be restored: the Engine takes
//! its interfaces down with it.

use std::sync::Arc;
use std::time::Duration;

use bollard::models::ContainerCreateBody;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::container::{self, Listening};
use super::service::Service;
use crate::causes;
use crate::engine::Engine;
use crate::live::{Event, Report};
use crate::messages::error::Error;
use crate::relay::labels::LABEL_TARGET;
use crate::relay::mux::RelayError;
use crate::relay::network::{has_own_network, holds_what_is_wanted, rejoining};

/// The longest pause before another attempt to start a new relay.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// Answers requests, and keeps a relay running for them.
pub(super) struct Server {
    pub(super) engine: Engine,
    pub(super) service: Service,
    pub(super) request: ContainerCreateBody,
    pub(super) port: u16,
    pub(super) target: watch::Receiver<Option<String>>,
    pub(super) close: Arc<Notify>,
    pub(super) report: Report,
}

impl Server {
    /// Runs until the relay is closed or the container has ended.
    pub(super) async fn run(self, relay: Listening) {
        let service = self.service.clone();
        self.serve(relay).await;
        service.tell_counted();
    }

    async fn serve(mut self, relay: Listening) {
        let close = Arc::clone(&self.close);
        let Listening {
            mut mux, mut gone, ..
        } = relay;
        // A relay that was ended for what it did may well do it again.
        let mut delay = Duration::ZERO;
        loop {
            let watch = self.service.watch(&mut mux);
            let mut serving = std::pin::pin!(self.service.clone().serve(mux));
            tokio::select! {
                biased;
                () = close.notified() => {
                    if let Some(watch) = watch {
                        watch.end().await;
                    }
                    if holds_what_is_wanted(&self.request) {
                        gone.or_removed(&self.engine).await;
                    }
                    return;
                }
                served = &mut serving => {
                    if let Err(error) = served {
                        let why = causes::in_one_line(&error);
                        (self.report)(Event::RelayBroken { why });
                        delay = longer(delay);
                    }
                }
            }
            // It ended by itself. Its remains must not be in its successor's way.
            gone.or_removed(&self.engine).await;
            match self.replace(&close, delay).await {
                Some(next) => Listening { mux, gone, .. } = next,
                None => return,
            }
        }
    }

    /// A new relay in the target's namespace; none once the target has ended, or the relay is closed.
    /// Only the waiting is cut short for that: a relay that is being created would be left
    /// behind.
    async fn replace(&mut self, close: &Notify, mut delay: Duration) -> Option<Listening> {
        let target = tokio::select! {
            biased;
            () = close.notified() => return None,
            known = self.target.wait_for(Option::is_some) => known.ok()?.clone()?,
        };
        let network_lost = has_own_network(&self.request);
        let mut told = false;
        loop {
            tokio::select! {
                biased;
                () = close.notified() => return None,
                () = sleep(delay) => {}
            }
            match self.engine.is_active(&target).await {
                Ok(false) => return None,
                Ok(true) => match self.start_for(&target).await {
                    Ok(relay) => {
                        (self.report)(Event::RelayReplaced { network_lost });
                        return Some(relay);
                    }
                    Err(error) if !told => {
                        told = true;
                        (self.report)(Event::RelayLost {
                            why: causes::in_one_line(&error),
                            network_lost,
                        });
                    }
                    Err(error) => tracing::debug!(%error, "still no relay"),
                },
                // The task that waits for the target reports an Engine that is gone.
                Err(error) => tracing::debug!(%error, "cannot look at the target"),
            }
            delay = longer(delay);
        }
    }

    async fn start_for(&self, target: &str) -> Result<Listening, Error> {
        let mut request = rejoining(&self.request, target);
        request
            .labels
            .get_or_insert_default()
            .insert(LABEL_TARGET.to_owned(), target.to_owned());
        let relay = container::create(&self.engine, &request).await?;
        let relay = relay.start(&self.engine).await?;
        if relay.mux.port() == self.port {
            return Ok(relay);
        }
        let Listening { mux, gone, .. } = relay;
        drop(mux);
        gone.or_removed(&self.engine).await;
        Err(RelayError::PortTaken.into())
    }
}

/// The pause after one that was too short.
fn longer(delay: Duration) -> Duration {
    (delay * 2).clamp(Duration::from_secs(1), LONGEST_DELAY)
}
