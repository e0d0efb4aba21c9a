//! What answers behind a relay.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::credentials::HttpClient;
use crate::environment::behind_relay::RelayKey;
use crate::keyless::event::Event;
use crate::keyless::keys::{IssuedSet, Keys};
use crate::keyless::proxy::{Proxy, Settings};
use crate::live;
use crate::live::endpoint::{Endpoint, random_token};
use crate::live::monitoring::Monitor;
use crate::live::renewal::current::CurrentSet;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::mux::{Asker, Mux, RelayError};
use crate::run::calls::Calls;
use crate::run::keyless::Keyless;
use crate::run::ready::Ready;

/// How long the last datagrams may take, which are in the relay when its container ends.
const LAST_DATAGRAMS: Duration = Duration::from_millis(500);

/// Takes note of what a relay's datagrams tell.
pub(super) struct Watch {
    asker: Asker,
    watching: JoinHandle<()>,
}

impl Watch {
    /// Takes note of all that has come.
    pub(super) async fn end(self) {
        self.asker.ask();
        let _ = timeout(LAST_DATAGRAMS, self.watching).await;
    }
}

/// What answers one container.
#[derive(Clone)]
pub(crate) enum Service {
    /// `--live`: the credential endpoint, and where SDKs tell of their calls.
    Endpoint(Arc<Endpoint>, Arc<Monitor>),
    /// `--keyless`: the proxy for AWS calls.
    Proxy(Arc<Proxy>),
}

/// What the container gets through its relay.
pub(crate) enum Serves<'a> {
    /// Credentials, for requests with this token.
    Credentials(SecretString),
    /// Answers to AWS calls that are signed with this set.
    Calls(IssuedSet, &'a Keyless),
}

impl<'a> Serves<'a> {
    /// What `ready` is for, with a new token or set.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub(crate) fn of(ready: &'a Ready) -> Result<Self, Error> {
        Ok(match &ready.keyless {
            Some(keyless) => Self::Calls(IssuedSet::random()?, keyless),
            None => Self::Credentials(random_token()?),
        })
    }

    /// What the container shows to the service.
    pub(crate) fn key(&self) -> RelayKey<'_> {
        match self {
            Self::Credentials(token) => RelayKey::Token(token),
            Self::Calls(issued, _) => RelayKey::Set(issued),
        }
    }

    /// The service on `port`. `set` is the run's own set.
    pub(crate) fn service(
        &self,
        port: u16,
        set: CurrentSet,
        calls: &Calls,
        http: &HttpClient,
        notices: Notices,
    ) -> Service {
        let recorder = Arc::clone(&calls.recorder);
        match self {
            Self::Credentials(token) => {
                let report = Arc::new(move |event: live::Event| notices.live(&event));
                let monitor = Monitor::new(recorder, Arc::clone(&calls.lost), set.clone());
                let endpoint = Endpoint::new(token.clone(), set, report);
                Service::Endpoint(Arc::new(endpoint), Arc::new(monitor))
            }
            Self::Calls(issued, keyless) => {
                let report = Arc::new(move |event: Event| notices.keyless(&event));
                let settings = Settings {
                    port,
                    lists: keyless.lists.clone(),
                    account: keyless.account.clone(),
                    upstreams: Arc::clone(&keyless.upstreams),
                    recorder,
                };
                let keys = Arc::new(Keys::new(issued.clone(), set));
                let proxy = Proxy::new(settings, keys, http, report);
                Service::Proxy(Arc::new(proxy))
            }
        }
    }
}

impl Service {
    /// For `credrun ps`.
    pub(super) fn delivery(&self) -> &'static str {
        match self {
            Self::Endpoint(..) => "live",
            Self::Proxy(_) => "keyless",
        }
    }

    /// Takes note of the calls that a relay's datagrams tell of.
    pub(super) fn watch(&self, relay: &mut Mux) -> Option<Watch> {
        let Self::Endpoint(_, monitor) = self else {
            return None;
        };
        let datagrams = relay.datagrams()?;
        let asker = datagrams.asker();
        let monitor = Arc::clone(monitor);
        let watching = tokio::spawn(async move { monitor.watch(datagrams).await });
        Some(Watch { asker, watching })
    }

    /// Serves the relay's connections until the relay ends.
    ///
    /// # Errors
    /// [`RelayError`], where credrun ended it.
    pub(super) async fn serve(self, relay: Mux) -> Result<(), RelayError> {
        match self {
            Self::Endpoint(endpoint, _) => endpoint.serve(relay).await,
            Self::Proxy(proxy) => proxy.serve(relay).await,
        }
    }

    /// Reports at the end what has only been counted.
    pub(super) fn tell_counted(&self) {
        match self {
            Self::Endpoint(endpoint, _) => endpoint.tell_counted(),
            Self::Proxy(_) => {}
        }
    }
}
