//! A relay for each container that runs and expects the endpoint.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::project::Dependent;
use crate::causes;
use crate::engine::Engine;
use crate::live::Report;
use crate::live::renewal::current::CurrentSet;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::relay::request::UsedImage;
use crate::run::relay::{JoinedRelay, Target};
use crate::run::valid_until::{self, ValidUntil};
use crate::vars::Environment;

/// The pauses between attempts to start a relay. A container may end, and be started again, meanwhile.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(10),
];

/// The sets of a project: one for all services, and those of services with options of their own.
pub(super) struct Sets {
    pub(super) common: CurrentSet,
    pub(super) of_services: BTreeMap<String, CurrentSet>,
}

impl Sets {
    fn of(&self, service: &str) -> CurrentSet {
        self.of_services
            .get(service)
            .unwrap_or(&self.common)
            .clone()
    }
}

/// The relays of a project, by container.
pub(super) struct Doors {
    pub(super) engine: Engine,
    pub(super) image: UsedImage,
    pub(super) port: u16,
    pub(super) sets: Sets,
    pub(super) environment: Environment,
    pub(super) report: Report,
    open: HashMap<String, Door>,
    /// For `credrun ps`.
    noted: HashMap<String, Option<ValidUntil>>,
}

struct Door {
    close: Arc<Notify>,
    serving: JoinHandle<()>,
}

impl Doors {
    pub(super) fn new(
        engine: Engine,
        image: UsedImage,
        port: u16,
        sets: Sets,
        environment: Environment,
        report: Report,
    ) -> Self {
        Self {
            engine,
            image,
            port,
            sets,
            environment,
            report,
            open: HashMap::new(),
            noted: HashMap::new(),
        }
    }

    /// The container has been started: it has a new namespace.
    pub(super) fn open(&mut self, dependent: &Dependent) {
        self.close(&dependent.id);
        if dependent.on_host_network {
            let name = &dependent.name;
            Notices::new(false).warning(format!(
                "{name} gets no credentials: with network_mode: host, every user of this machine could ask for them"
            ));
            return;
        }
        let set = self.sets.of(&dependent.service);
        let id = dependent.id.clone();
        self.noted
            .entry(id.clone())
            .or_insert_with(|| valid_until::keep(&self.environment, &id, set.clone()));
        let close = Arc::new(Notify::new());
        let door = Opening {
            engine: self.engine.clone(),
            image: self.image.clone(),
            target: Target {
                id: id.clone(),
                name: dependent.name.clone(),
                token: dependent.token.clone(),
                port: self.port,
            },
            set,
            report: Arc::clone(&self.report),
        };
        let serving = tokio::spawn(door.serve(Arc::clone(&close)));
        self.open.insert(id, Door { close, serving });
    }

    /// The container has ended.
    pub(super) fn close(&mut self, id: &str) {
        if let Some(door) = self.open.remove(id) {
            door.close.notify_one();
        }
    }

    /// Removes the notes for `credrun ps`. Renewal has ended.
    pub(super) async fn forget(&mut self) {
        for (_, note) in self.noted.drain() {
            if let Some(note) = note {
                note.forget().await;
            }
        }
    }

    /// Ends all relays.
    pub(super) async fn close_all(&mut self) {
        let doors: Vec<Door> = self.open.drain().map(|(_, door)| door).collect();
        for door in &doors {
            door.close.notify_one();
        }
        for door in doors {
            let _ = door.serving.await;
        }
    }
}

struct Opening {
    engine: Engine,
    image: UsedImage,
    target: Target,
    set: CurrentSet,
    report: Report,
}

impl Opening {
    /// Until the container has ended, or `close` is told.
    async fn serve(self, close: Arc<Notify>) {
        // Not cut short: a relay that is being created would be left behind.
        let Some(relay) = self.start(&close).await else {
            return;
        };
        close.notified().await;
        relay.close().await;
    }

    async fn start(&self, close: &Notify) -> Option<JoinedRelay> {
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
                let why = causes::in_one_line(&error);
                let name = &self.target.name;
                Notices::new(false).warning(format!("{name} gets no credentials: {why}"));
                return None;
            };
            tracing::debug!(%error, "no relay yet");
            tokio::select! {
                biased;
                () = close.notified() => return None,
                () = sleep(*pause) => {}
            }
        }
    }

    async fn start_once(&self) -> Result<JoinedRelay, Error> {
        let report = Arc::clone(&self.report);
        let (target, set) = (self.target.clone(), self.set.clone());
        JoinedRelay::start(&self.engine, &self.image, target, set, report).await
    }
}
