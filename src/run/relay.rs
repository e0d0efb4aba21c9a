//! The relay of a run: created before the container and removed after it. [`server`] answers behind
//! it and keeps it running.

mod container;
mod joined;
mod server;
mod service;
mod stdout;

use std::sync::Arc;

use bollard::models::ContainerCreateBody;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::engine::{Engine, WaitCondition};
use crate::live::renewal::current::CurrentSet;
use crate::live::{Event, Report};
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::{Delivery, RunPlan};
use crate::relay::labels::{LABEL_DELIVERY, LABEL_RELAY};
use crate::relay::network::{Split, shared, split};
use crate::relay::owner::Owner;
use crate::relay::request::{
    UsedImage, on_port, random_user, relay_request, with_datagrams, without_cpu_limit,
};
use crate::run::ready::Ready;
use crate::run::renewing::Renewing;

pub(crate) use joined::{JoinedRelay, Target};
use server::Server;
pub(crate) use service::{Serves, Service};

pub(crate) use container::load_image;
pub(super) use container::remove_after_its_container;

/// A relay that listens, and the server behind it.
pub(super) struct Relay {
    id: String,
    port: u16,
    renewing: Renewing,
    target: watch::Sender<Option<String>>,
    close: Arc<Notify>,
    serving: JoinHandle<()>,
}

/// A container's request, and its relay's.
pub(super) fn requests(plan: &RunPlan, ready: &Ready, body: ContainerCreateBody) -> Split {
    let ports = ready
        .image
        .as_ref()
        .map(|image| image.exposed_ports.as_slice());
    let name = plan.container.name.as_deref();
    let mut split = split(body, name, ports.unwrap_or_default());
    if let Some(keyless) = &ready.keyless {
        split.name_loopback(&keyless.host_names);
    }
    split
}

/// The relay's create request.
///
/// # Errors
/// Where the machine has no randomness.
pub(super) fn request(
    image: &UsedImage,
    plan: &RunPlan,
    ready: &Ready,
    network: ContainerCreateBody,
) -> Result<ContainerCreateBody, Error> {
    let serves = plan
        .container
        .name
        .as_deref()
        .unwrap_or(&plan.container.image.typed);
    let user = random_user()?;
    let mut request = relay_request(image, serves, &user, network);
    request.labels.get_or_insert_default().extend([label(plan)]);
    if let Delivery::Live { .. } = plan.delivery {
        request = with_datagrams(request);
    }
    Ok(match ready.engine.is_podman() {
        true => without_cpu_limit(request),
        false => request,
    })
}

/// By which `credrun ps` knows what the relay is for.
pub(super) fn label(plan: &RunPlan) -> (String, String) {
    (LABEL_DELIVERY.to_owned(), plan.delivery.word().to_owned())
}

/// A relay that has been created, but not started.
pub(super) struct NewRelay<'a> {
    container: container::Created,
    request: ContainerCreateBody,
    serves: &'a Serves<'a>,
    owner: Option<Owner>,
    image_is_own: bool,
}

impl<'a> NewRelay<'a> {
    /// Creates the relay, in the namespace that `network` describes.
    pub(super) async fn create(
        image: &UsedImage,
        plan: &RunPlan,
        ready: &Ready,
        serves: &'a Serves<'a>,
        network: ContainerCreateBody,
    ) -> Result<Self, Error> {
        let owner = Owner::this_process();
        let mut request = request(image, plan, ready, network)?;
        request
            .labels
            .get_or_insert_default()
            .extend(owner.iter().flat_map(Owner::labels));
        let image_is_own = matches!(image, UsedImage::Own(_));
        Ok(Self {
            container: create_container(&ready.engine, &request, image_is_own).await?,
            request,
            serves,
            owner,
            image_is_own,
        })
    }

    /// The relay's container ID.
    pub(super) fn id(&self) -> &str {
        &self.container.id
    }

    /// The target's labels. A target that is to be kept gets no owner, so that no run cleans it up.
    pub(super) fn labels(&self, plan: &RunPlan) -> Vec<(String, String)> {
        let relay = (LABEL_RELAY.to_owned(), self.container.id.clone());
        let owner = self.owner.iter().filter(|_| plan.container.remove);
        let owner = owner.flat_map(Owner::labels);
        owner.chain([relay, label(plan)]).collect()
    }

    /// Starts the relay and the server behind it. Leaves nothing if that fails.
    pub(super) async fn start(self, ready: &Ready, notices: Notices) -> Result<Relay, Error> {
        let engine = &ready.engine;
        let id = self.container.id.clone();
        let started = self.container.start(engine).await;
        let relay = match started {
            Err(error) if !self.image_is_own && is_for_the_image(&error) => {
                let source = Box::new(error);
                return Err(Error::NotARelay { source });
            }
            started => started?,
        };
        if let Some(mode) = shared(&self.request) {
            notices.shared_network(self.serves.key().way(), &mode);
        }
        let report: Report = Arc::new(move |event: Event| notices.live(&event));
        let renewing = Renewing::start(&ready.source, ready.fetched.clone(), &report);
        let port = relay.mux.port();
        let current = renewing.current();
        let http = ready.source.http();
        let service = (self.serves).service(port, current, &ready.calls, http, notices);
        let (target, knows_target) = watch::channel(None);
        let close = Arc::new(Notify::new());
        let server = Server {
            engine: engine.clone(),
            service,
            request: on_port(self.request, port),
            port,
            target: knows_target,
            close: Arc::clone(&close),
            report,
        };
        Ok(Relay {
            id,
            port,
            renewing,
            target,
            close,
            serving: tokio::spawn(server.run(relay)),
        })
    }
}

/// A cleanup of the Engine may have removed the image since it was loaded: a pull and the fetch lie
/// between. credrun loads its own image again.
async fn create_container(
    engine: &Engine,
    request: &ContainerCreateBody,
    image_is_own: bool,
) -> Result<container::Created, Error> {
    match container::create(engine, request).await {
        Err(Error::Engine(error)) if image_is_own && error.refused_with() == Some(404) => {
            load_image(engine).await?;
            container::create(engine, request).await
        }
        other => other,
    }
}

/// Whether the relay's image kept it from starting. The namespace can be the reason as well; that
/// comes from the user's `-p` or `--network`, and is reported as for the container itself.
fn is_for_the_image(error: &Error) -> bool {
    match error {
        Error::Engine(error) => error.is_for_the_image(),
        Error::Relay(error) => error.is_for_the_image(),
        _ => false,
    }
}

impl Relay {
    /// The port on the container's own loopback.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// A view of the served set, now and later.
    pub(super) fn current(&self) -> CurrentSet {
        self.renewing.current()
    }

    /// The relay's container ID. Another relay may have replaced it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// From now on a relay that ends is replaced, for this container.
    pub(super) fn serves(&self, target: &str) {
        self.target.send_replace(Some(target.to_owned()));
    }

    /// Ends the relay as soon as the target's process has ended, so that the Engine removes both at
    /// the same time. Does nothing for a target that may be started again.
    pub(super) async fn close_after(&self, engine: &Engine, target: &str) -> Result<(), Error> {
        let exit = engine.wait(target, WaitCondition::NextExit).await?;
        let close = Arc::clone(&self.close);
        tokio::spawn(async move {
            if exit.ended().await.is_ok() {
                close.notify_one();
            }
        });
        Ok(())
    }

    /// Ends the relay. If it holds ports or a place on a user's network, waits until the Engine has
    /// removed it, so that these are free again. Otherwise there is no need to wait: taking down a
    /// network costs the Engine a fifth of a short run's time, and it does that without credrun.
    pub(super) async fn close(self) {
        drop(self.renewing);
        self.close.notify_one();
        let _ = self.serving.await;
    }
}
