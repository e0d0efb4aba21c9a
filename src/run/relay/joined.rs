//! A relay in the namespace of a container that runs already, and that credrun has not started.
//!
//! The container keeps its network, its ports and its names. When it is started again, it gets a new
//! namespace, and needs another relay.

use std::sync::Arc;

use bollard::models::ContainerCreateBody;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::container::{self, Listening};
use super::server::Server;
use super::service::Service;
use crate::engine::Engine;
use crate::live::Report;
use crate::messages::error::Error;
use crate::relay::labels::{LABEL_DELIVERY, LABEL_TARGET};
use crate::relay::mux::RelayError;
use crate::relay::network::joining;
use crate::relay::owner::Owner;
use crate::relay::request::{
    UsedImage, on_port, random_user, relay_request, with_datagrams, without_cpu_limit,
};

/// The container to serve.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Where it expects the service, on its loopback.
    pub(crate) port: u16,
}

/// A relay that listens for a [`Target`], and the service behind it.
pub(crate) struct JoinedRelay {
    close: Arc<Notify>,
    serving: JoinHandle<()>,
    _target: watch::Sender<Option<String>>,
}

impl JoinedRelay {
    /// Starts it, with credrun's own image, which the Engine has. Leaves nothing if that fails.
    ///
    /// # Errors
    /// The Engine's, or [`RelayError::PortTaken`].
    pub(crate) async fn start(
        engine: &Engine,
        image: &UsedImage,
        target: Target,
        service: Service,
        report: Report,
    ) -> Result<Self, Error> {
        let network = network(engine, &target.id).await?;
        let request = request(engine, image, network, &target, &service)?;
        let Target { id, port, .. } = target;
        let relay = container::create(engine, &request).await?;
        let relay = relay.start(engine).await?;
        if relay.mux.port() != port {
            let Listening { mux, gone } = relay;
            drop(mux);
            gone.or_removed(engine).await;
            return Err(RelayError::PortTaken.into());
        }
        let (sender, knows_target) = watch::channel(Some(id));
        let close = Arc::new(Notify::new());
        let server = Server {
            engine: engine.clone(),
            service,
            request,
            port,
            target: knows_target,
            close: Arc::clone(&close),
            report,
        };
        Ok(Self {
            close,
            serving: tokio::spawn(server.run(relay)),
            _target: sender,
        })
    }

    /// Ends it. The Engine removes it by itself.
    pub(crate) async fn close(self) {
        self.close.notify_one();
        let _ = self.serving.await;
    }
}

/// The network mode that joins the container's namespace. Podman removes no container that another names
/// as its network, so `docker compose down` would fail there.
async fn network(engine: &Engine, id: &str) -> Result<String, Error> {
    let process = match engine.is_podman() {
        true => engine.container(id).await?.process,
        false => None,
    };
    Ok(match process {
        Some(process) => format!("ns:/proc/{process}/ns/net"),
        None => format!("container:{id}"),
    })
}

fn request(
    engine: &Engine,
    image: &UsedImage,
    network: String,
    target: &Target,
    service: &Service,
) -> Result<ContainerCreateBody, Error> {
    let network = joining(network);
    let request = relay_request(image, &target.name, &random_user()?, network);
    let mut request = on_port(request, target.port);
    if let Service::Endpoint(..) = service {
        request = with_datagrams(request);
    }
    if engine.is_podman() {
        request = without_cpu_limit(request);
    }
    let own = [
        (LABEL_TARGET.to_owned(), target.id.clone()),
        (LABEL_DELIVERY.to_owned(), service.delivery().to_owned()),
    ];
    let owner = Owner::this_process();
    let owner = owner.iter().flat_map(Owner::labels);
    request
        .labels
        .get_or_insert_default()
        .extend(own.into_iter().chain(owner));
    Ok(request)
}
