//! The relay of a `--live` run: there before the container, gone after it.

use std::sync::Arc;
use std::time::Duration;

use bollard::models::ContainerCreateBody;
use bytes::Bytes;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf};
use tokio::task::JoinHandle;

use crate::credentials::{CredentialsError, Source};
use crate::engine::connect::EngineStream;
use crate::engine::{Attached, Attachment, Created, Engine, Wait, WaitCondition};
use crate::error::Error;
use crate::inject::live::endpoint::{Endpoint, random_token};
use crate::inject::live::mux::Mux;
use crate::inject::live::network::{Split, split};
use crate::inject::live::relay_image::{relay_image, relay_request};
use crate::inject::live::renewal::{FetchError, Renewal};
use crate::inject::live::{Event, Report};
use crate::notices::Notices;
use crate::plan::RunPlan;
use crate::streams::{Collector, Demultiplexer};

use super::prepare::Ready;

/// How long a relay may take to end and be removed once its stdin is closed. It takes
/// milliseconds; what takes time is the Engine's taking down of the network.
const GONE_LIMIT: Duration = Duration::from_secs(5);

/// A relay that listens, and what answers behind it.
pub struct Door {
    relay: Created,
    gone: Wait,
    serving: JoinHandle<()>,
    renewal: Renewal,
    port: u16,
    token: SecretString,
}

/// A `--live` container's two requests.
pub fn requests(plan: &RunPlan, ready: &Ready, body: ContainerCreateBody) -> Split {
    let ports = ready
        .image
        .as_ref()
        .map(|image| image.exposed_ports.as_slice());
    split(
        body,
        plan.container.name.as_deref(),
        ports.unwrap_or_default(),
    )
}

/// The relay's create request.
pub fn relay(plan: &RunPlan, image: &str, network: ContainerCreateBody) -> ContainerCreateBody {
    let serves = plan
        .container
        .name
        .as_deref()
        .unwrap_or(&plan.container.image.typed);
    relay_request(image, serves, network)
}

impl Door {
    /// Starts the relay in the namespace that `network` describes.
    pub async fn open(
        plan: &RunPlan,
        ready: &Ready,
        relay_image: Option<&str>,
        network: ContainerCreateBody,
        notices: Notices,
    ) -> Result<Self, Error> {
        let engine = &ready.engine;
        let image = match relay_image {
            Some(image) => image.to_owned(),
            None => load_relay(engine).await?,
        };
        let token = random_token().map_err(|source| Error::Local {
            action: "get random bytes".to_owned(),
            source: std::io::Error::other(source),
        })?;
        let relay = engine
            .create(None, None, &relay(plan, &image, network))
            .await?;
        let started = start(engine, &relay.id).await;
        let (mux, gone) = match started {
            Ok(started) => started,
            Err(error) => {
                // Best effort: the failure that is reported is the first one.
                let _ = engine.remove(&relay.id).await;
                return Err(error);
            }
        };
        let report: Report = Arc::new(move |event: Event| notices.live(&event));
        let source = Arc::clone(&ready.source);
        let renewal = Renewal::start(
            ready.fetched.credentials.clone(),
            move || fetch(Arc::clone(&source)),
            Arc::clone(&report),
        );
        let port = mux.port();
        let endpoint = Endpoint::new(token.clone(), renewal.current(), report);
        let serving = tokio::spawn(endpoint.serve(mux));
        Ok(Self {
            relay,
            gone,
            serving,
            renewal,
            port,
            token,
        })
    }

    /// The relay's container ID.
    pub fn relay_id(&self) -> &str {
        &self.relay.id
    }

    /// Where the container finds it, on its own loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it wants to hear.
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    /// Ends the relay and waits until the Engine has removed it, so that its name, ports and
    /// network are free again.
    pub async fn close(self, engine: &Engine) {
        drop(self.renewal);
        self.serving.abort();
        // The stream is closed when the task is gone.
        let _ = self.serving.await;
        let gone = tokio::time::timeout(GONE_LIMIT, self.gone.ended()).await;
        if !matches!(gone, Ok(Ok(_)))
            && let Err(error) = engine.remove(&self.relay.id).await
        {
            tracing::warn!(id = %self.relay.id, %error, "the relay may be left over");
        }
    }
}

/// The relay's image by name, loaded where the Engine does not have it yet.
async fn load_relay(engine: &Engine) -> Result<String, Error> {
    let image = relay_image()?;
    if engine.image(&image.reference).await?.is_none() {
        image.runs_on(&engine.architecture().await?)?;
        engine.load_image(image.archive).await?;
    }
    Ok(image.reference)
}

async fn start(engine: &Engine, id: &str) -> Result<(Mux, Wait), Error> {
    let streams = Attachment {
        stdin: true,
        stdout: true,
        stderr: true,
        detach_keys: None,
    };
    let attached = engine.attach(id, &streams).await?;
    let gone = engine.wait(id, WaitCondition::Removed).await?;
    engine.start(id).await?;
    let Attached { stream, first } = attached;
    let (reader, writer) = tokio::io::split(stream);
    Ok((Mux::connect(stdout_of(reader, first), writer).await?, gone))
}

/// The relay's stdout alone, taken out of the Engine's framing. What it says on stderr is logged.
fn stdout_of(mut reader: ReadHalf<EngineStream>, first: Bytes) -> DuplexStream {
    const BUFFER: usize = 16 * 1024;
    let (mut stdout, ours) = tokio::io::duplex(BUFFER);
    tokio::spawn(async move {
        let mut demultiplexer = Demultiplexer::default();
        let mut chunk = first.to_vec();
        loop {
            let mut out = Collector::default();
            if demultiplexer.pass(&chunk, &mut out).is_err()
                || stdout.write_all(&out.stdout).await.is_err()
            {
                return;
            }
            if !out.stderr.is_empty() {
                tracing::warn!(relay = %String::from_utf8_lossy(&out.stderr).trim());
            }
            chunk.resize(BUFFER, 0);
            match reader.read(&mut chunk).await {
                Ok(length @ 1..) => chunk.truncate(length),
                _ => return,
            }
        }
    });
    ours
}

async fn fetch(source: Arc<Source>) -> Result<crate::credentials::Credentials, FetchError> {
    match source.fetch().await {
        Ok(fetched) => Ok(fetched.credentials),
        Err(error) => Err(FetchError {
            needs_person: needs_person(&error),
            why: Box::new(error),
        }),
    }
}

/// Whether only somebody at a keyboard could help.
fn needs_person(error: &CredentialsError) -> bool {
    matches!(
        error,
        CredentialsError::Login { .. } | CredentialsError::TokenCode(_)
    )
}
