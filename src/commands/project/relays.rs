//! A relay for each container that runs and expects one; for those that share a network, one for all.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::containers::Dependent;
use super::key::Key;
use super::network::Network;
use super::supplies::{Supplies, Supply};
use super::warned::Warned;
use super::warning::Warning;
use crate::causes;
use crate::engine::Engine;
use crate::live::Report;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::request::UsedImage;
use crate::run::calls::Calls;
use crate::run::relay::{JoinedRelay, Serves, Service, Target};
use crate::run::valid_until::{self, ValidUntil};
use crate::vars::Environment;

/// The pauses between attempts to start a relay. A container may end, and be started again, meanwhile.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(10),
];

/// What all relays of a project have in common.
pub(super) struct Common {
    pub(super) engine: Engine,
    pub(super) image: UsedImage,
    pub(super) port: u16,
    pub(super) supplies: Supplies,
    pub(super) environment: Environment,
    pub(super) report: Report,
}

/// The relays of a project, by the network that each answers in.
pub(super) struct Relays {
    pub(super) common: Common,
    calls: Calls,
    pub(super) warned: Warned,
    running: HashMap<Network, Running>,
    /// Containers that were served, for as long as they are there.
    served: HashMap<String, Served>,
    has_served: bool,
    /// The services of which a container has started.
    services: HashSet<String>,
}

/// What a container keeps when it is started again.
struct Served {
    /// A program in it may have sets that work with this one alone, and have kept them in a file.
    service: Service,
    /// For `credrun ps`.
    note: Option<ValidUntil>,
}

struct Running {
    end: Arc<Notify>,
    serving: JoinHandle<()>,
    /// The containers with this network that expect a relay. It was started for the first, with that
    /// one's options.
    dependents: Vec<Dependent>,
}

impl Relays {
    /// They take note of these `calls`.
    pub(super) fn new(common: Common, calls: Calls) -> Self {
        calls.begin();
        Self {
            common,
            calls,
            warned: Warned::default(),
            running: HashMap::new(),
            served: HashMap::new(),
            has_served: false,
            services: HashSet::new(),
        }
    }

    /// The container has been started: it has a new namespace, or that of another one.
    pub(super) fn start(&mut self, dependent: &Dependent) {
        self.end(&dependent.id);
        self.services.insert(dependent.service.clone());
        if dependent.network.is_of_host {
            let name = dependent.name.clone();
            let warning = Warning::HostNetwork { name };
            return self.warned.warn(&dependent.id, warning);
        }
        for warning in dependent.warnings() {
            self.warned.warn(&dependent.id, warning);
        }
        match self.running.get_mut(&dependent.network) {
            Some(running) if running.serving.is_finished() => {
                // It could not join. Now it may.
                let before = running.dependents.clone();
                self.start_relay([&before[..], std::slice::from_ref(dependent)].concat());
            }
            Some(running) => running.dependents.push(dependent.clone()),
            None => self.start_relay(vec![dependent.clone()]),
        }
        self.warn_of_shared_network(&dependent.network);
    }

    /// Whether the container is served since it was started.
    pub(super) fn serves(&self, dependent: &Dependent) -> bool {
        let running = self.running.get(&dependent.network);
        running.is_some_and(|running| running.dependents.iter().any(|one| one.id == dependent.id))
    }

    fn warn_of_shared_network(&mut self, network: &Network) {
        let dependents = self.running.get(network).map(|one| &one.dependents[..]);
        let Some([first, others @ ..]) = dependents else {
            return;
        };
        let supplies = &self.common.supplies;
        for one in others {
            if !std::ptr::eq(supplies.of(&one.service), supplies.of(&first.service)) {
                let (name, other) = (one.name.clone(), first.name.clone());
                let warning = Warning::SharedNetwork { name, other };
                self.warned.warn(&one.id, warning);
            }
        }
    }

    /// For the first of these, and whoever shares its network.
    fn start_relay(&mut self, dependents: Vec<Dependent>) {
        let Some(first) = dependents.first() else {
            return;
        };
        let Some(service) = self.service_of(first) else {
            return;
        };
        self.has_served = true;
        let network = first.network.clone();
        let starting = Starting {
            engine: self.common.engine.clone(),
            image: self.common.image.clone(),
            target: Target {
                id: first.id.clone(),
                name: first.name.clone(),
                port: self.common.port,
            },
            service,
            report: Arc::clone(&self.common.report),
        };
        let end = Arc::new(Notify::new());
        let running = Running {
            serving: tokio::spawn(starting.serve(Arc::clone(&end))),
            end,
            dependents,
        };
        self.running.insert(network, running);
    }

    fn service_of(&mut self, dependent: &Dependent) -> Option<Service> {
        if let Some(served) = self.served.get(&dependent.id) {
            return Some(served.service.clone());
        }
        let supply = self.common.supplies.of(&dependent.service);
        let service = self.service(&dependent.key, supply)?;
        let (id, set) = (dependent.id.clone(), supply.set.clone());
        let served = Served {
            service: service.clone(),
            note: valid_until::keep(&self.common.environment, &id, set),
        };
        self.served.insert(id, served);
        Some(service)
    }

    /// What answers the container with this key.
    fn service(&self, key: &Key, supply: &Supply) -> Option<Service> {
        let serves = match key {
            Key::Token(token) => Serves::Credentials(token.clone()),
            Key::Set(issued) => Serves::Calls(issued.clone(), supply.keyless.as_ref()?),
        };
        let (set, http) = (supply.set.clone(), supply.source.http());
        let (port, notices) = (self.common.port, Notices::new(false));
        Some(serves.service(port, set, &self.calls, http, notices))
    }

    /// The container has ended. Others with its network are served on.
    pub(super) fn end(&mut self, id: &str) {
        let place = self.running.iter().find_map(|(network, running)| {
            let mut dependents = running.dependents.iter();
            let at = dependents.position(|one| one.id == id)?;
            Some((network.clone(), at))
        });
        let Some((network, at)) = place else {
            return;
        };
        if at > 0 {
            if let Some(running) = self.running.get_mut(&network) {
                running.dependents.remove(at);
            }
        } else if let Some(running) = self.running.remove(&network) {
            running.end.notify_one();
            self.start_relay(running.dependents.into_iter().skip(1).collect());
            self.warn_of_shared_network(&network);
        }
    }

    /// The container is gone.
    pub(super) async fn forget(&mut self, id: &str) {
        self.end(id);
        self.warned.forget(id);
        if let Some(note) = self.served.remove(id).and_then(|served| served.note) {
            note.remove().await;
        }
    }

    /// Ends all relays.
    pub(super) async fn end_all(&mut self) {
        let relays: Vec<Running> = self.running.drain().map(|(_, relay)| relay).collect();
        for relay in &relays {
            relay.end.notify_one();
        }
        for relay in relays {
            let _ = relay.serving.await;
        }
    }

    /// Compose does not tell a provider which services there are, so a wrong name is seen late.
    fn warn_of_unused_options(&self) {
        let own = self.common.supplies.of_services.keys();
        for service in own.filter(|one| self.has_served && !self.services.contains(*one)) {
            let service = service.clone();
            Notices::new(false).warning(Warning::UnusedOptions { service });
        }
    }

    /// Says what the calls came to, and removes the notes for `credrun ps`. Renewal has ended.
    pub(super) async fn leave(&mut self) {
        self.warn_of_unused_options();
        self.calls.end(Notices::new(false), self.has_served).await;
        let notes = self.served.drain().filter_map(|(_, served)| served.note);
        for note in notes {
            note.forget().await;
        }
    }
}

struct Starting {
    engine: Engine,
    image: UsedImage,
    target: Target,
    service: Service,
    report: Report,
}

impl Starting {
    /// Until the container has ended, or `end` is told.
    async fn serve(self, end: Arc<Notify>) {
        // Not cut short: a relay that is being created would be left behind.
        let Some(relay) = self.start(&end).await else {
            return;
        };
        end.notified().await;
        relay.close().await;
    }

    async fn start(&self, end: &Notify) -> Option<JoinedRelay> {
        let mut pauses = PAUSES.iter();
        loop {
            let error = match self.start_once().await {
                Ok(relay) => return Some(relay),
                Err(error) => error,
            };
            // A container that has ended needs none.
            if let Ok(false) = self.engine.is_active(&self.target.id).await {
                return None;
            }
            let Some(pause) = pauses.next() else {
                Notices::new(false).warning(Warning::NoRelay {
                    name: self.target.name.clone(),
                    why: causes::in_one_line(&error),
                });
                return None;
            };
            tracing::debug!(%error, "no relay yet");
            tokio::select! {
                biased;
                () = end.notified() => return None,
                () = sleep(*pause) => {}
            }
        }
    }

    async fn start_once(&self) -> Result<JoinedRelay, Error> {
        let report = Arc::clone(&self.report);
        let (target, service) = (self.target.clone(), self.service.clone());
        JoinedRelay::start(&self.engine, &self.image, target, service, report).await
    }
}
