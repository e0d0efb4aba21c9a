//! The credential endpoint of a `--live` run: its relay, created before the container and removed
//! after it, and the server behind it. [`server`] keeps it running.

mod relay;
mod server;
mod stdout;

use std::sync::Arc;

use bollard::models::ContainerCreateBody;
use secrecy::SecretString;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::credentials::{
    CredentialsError, EndpointError, Fetched, LoginError, Source, StsError, TokenCodeError,
};
use crate::engine::{Engine, WaitCondition};
use crate::live::countdown::count_down;
use crate::live::endpoint::{Endpoint, random_token};
use crate::live::event::FailureKind;
use crate::live::renewal::current::CurrentSet;
use crate::live::renewal::{FetchError, Renewal};
use crate::live::{Event, Report};
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::RunPlan;
use crate::relay::labels::LABEL_RELAY;
use crate::relay::network::{Split, shared, split};
use crate::relay::owner::Owner;
use crate::relay::request::{UsedImage, on_port, random_user, relay_request, without_cpu_limit};
use crate::run::ready::Ready;

use relay::Relay;
use server::Server;

pub(super) use relay::{load_image, remove_after_its_container};

/// A relay that listens, and the server behind it.
pub(super) struct LiveEndpoint {
    relay: String,
    port: u16,
    renewal: Renewal,
    target: watch::Sender<Option<String>>,
    close: Arc<Notify>,
    serving: JoinHandle<()>,
    countdown: JoinHandle<()>,
}

/// A `--live` container's two requests.
pub(super) fn requests(plan: &RunPlan, ready: &Ready, body: ContainerCreateBody) -> Split {
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
///
/// # Errors
/// Where the machine has no randomness.
pub(super) fn relay(
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
    let user = random_user().map_err(no_random_bytes)?;
    let request = relay_request(image, serves, &user, network);
    Ok(match ready.engine.is_podman() {
        true => without_cpu_limit(request),
        false => request,
    })
}

fn no_random_bytes(source: getrandom::Error) -> Error {
    Error::Local {
        action: "get random bytes".to_owned(),
        source: std::io::Error::other(source),
    }
}

/// An endpoint whose relay has been created, but not started.
pub(super) struct CreatedEndpoint {
    relay: relay::Created,
    request: ContainerCreateBody,
    token: SecretString,
    owner: Option<Owner>,
    image_is_own: bool,
}

impl CreatedEndpoint {
    /// Creates the relay, in the namespace that `network` describes.
    pub(super) async fn create(
        image: &UsedImage,
        plan: &RunPlan,
        ready: &Ready,
        network: ContainerCreateBody,
    ) -> Result<Self, Error> {
        let owner = Owner::this_process();
        let token = random_token().map_err(no_random_bytes)?;
        let mut request = relay(image, plan, ready, network)?;
        request
            .labels
            .get_or_insert_default()
            .extend(owner.iter().flat_map(Owner::labels));
        let image_is_own = matches!(image, UsedImage::Own(_));
        Ok(Self {
            relay: create_relay(&ready.engine, &request, image_is_own).await?,
            request,
            token,
            owner,
            image_is_own,
        })
    }

    /// The relay's container ID.
    pub(super) fn relay_id(&self) -> &str {
        &self.relay.id
    }

    /// The authorization token that a request needs.
    pub(super) fn token(&self) -> &SecretString {
        &self.token
    }

    /// The target's labels. A target that is to be kept gets no owner, so that no run cleans it up.
    pub(super) fn labels(&self, removed: bool) -> Vec<(String, String)> {
        let relay = (LABEL_RELAY.to_owned(), self.relay.id.clone());
        let owner = self.owner.iter().filter(|_| removed);
        owner.flat_map(Owner::labels).chain([relay]).collect()
    }

    /// Starts the relay and the server behind it. Leaves nothing if that fails.
    pub(super) async fn start(
        self,
        ready: &Ready,
        notices: Notices,
    ) -> Result<LiveEndpoint, Error> {
        let engine = &ready.engine;
        let id = self.relay.id.clone();
        let started = self.relay.start(engine).await;
        let relay = match started {
            Err(error) if !self.image_is_own && is_for_the_image(&error) => {
                let source = Box::new(error);
                return Err(Error::NotARelay { source });
            }
            started => started?,
        };
        if let Some(mode) = shared(&self.request) {
            notices.shared_network(&mode);
        }
        let report: Report = Arc::new(move |event: Event| notices.live(&event));
        let source = Arc::clone(&ready.source);
        let first = ready.fetched.clone();
        let again = move || fetch(Arc::clone(&source));
        let renewal = if ready.fetched.is_in_a_file() {
            Renewal::start_from_file(first, again, Arc::clone(&report))
        } else {
            Renewal::start(first, again, Arc::clone(&report))
        };
        let source = Arc::clone(&ready.source);
        let limit = async move || source.renewal_limit().await;
        let countdown = count_down(renewal.current(), limit, Arc::clone(&report));
        let port = relay.mux.port();
        let endpoint = Endpoint::new(self.token, renewal.current(), Arc::clone(&report));
        let (target, knows_target) = watch::channel(None);
        let close = Arc::new(Notify::new());
        let server = Server {
            engine: engine.clone(),
            endpoint: Arc::new(endpoint),
            request: on_port(self.request, port),
            port,
            target: knows_target,
            close: Arc::clone(&close),
            report,
        };
        Ok(LiveEndpoint {
            relay: id,
            port,
            renewal,
            target,
            close,
            serving: tokio::spawn(server.run(relay)),
            countdown: tokio::spawn(countdown),
        })
    }
}

/// A cleanup of the Engine may have removed the image since it was loaded: a pull and the fetch lie
/// between. credrun loads its own image again.
async fn create_relay(
    engine: &Engine,
    request: &ContainerCreateBody,
    image_is_own: bool,
) -> Result<relay::Created, Error> {
    match Relay::create(engine, request).await {
        Err(Error::Engine(error)) if image_is_own && error.refused_with() == Some(404) => {
            load_image(engine).await?;
            Relay::create(engine, request).await
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

impl LiveEndpoint {
    /// The port on the container's own loopback.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// A view of the served set, now and later.
    pub(super) fn current(&self) -> CurrentSet {
        self.renewal.current()
    }

    /// The relay's container ID. Another relay may have replaced it.
    pub(super) fn relay_id(&self) -> &str {
        &self.relay
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
        self.countdown.abort();
        drop(self.renewal);
        self.close.notify_one();
        let _ = self.serving.await;
    }
}

async fn fetch(source: Arc<Source>) -> Result<Fetched, FetchError> {
    source.fetch().await.map_err(|error| FetchError {
        kind: kind(&error),
        why: Box::new(error),
    })
}

/// What a fetch needs to succeed again.
fn kind(error: &CredentialsError) -> FailureKind {
    match error {
        // A command that prints codes failed, and credrun does not prompt.
        CredentialsError::TokenCode(TokenCodeError::Process(_)) => FailureKind::Other,
        CredentialsError::TokenCode(_) => FailureKind::NeedsPerson,
        CredentialsError::Login { source, .. } => match source {
            LoginError::SsoLogin(_) | LoginError::Login(_) => FailureKind::NeedsPerson,
            LoginError::Unreachable { .. } => FailureKind::Unreachable,
            LoginError::NoAccess { .. } | LoginError::Sso(_) | LoginError::Unusable(_) => {
                FailureKind::Other
            }
        },
        CredentialsError::Endpoint {
            source:
                EndpointError::Unreachable { .. }
                | EndpointError::Broken { .. }
                | EndpointError::Silent { .. },
            ..
        }
        | CredentialsError::Sts {
            source: StsError::Unreachable { .. } | StsError::Silent { .. },
            ..
        } => FailureKind::Unreachable,
        _ => FailureKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::CommandError;

    #[test]
    fn a_network_that_is_down_is_told_from_a_log_in_that_has_ended() {
        let login = |source| CredentialsError::Login {
            profile: "dev".to_owned(),
            source,
        };
        let sts = |source| CredentialsError::Sts {
            call: "AssumeRole".to_owned(),
            source,
        };
        let silent = StsError::Silent { endpoint: None };
        let refused = StsError::Refused {
            status: 403,
            code: "AccessDenied".to_owned(),
            message: None,
        };
        let unreachable = LoginError::Unreachable {
            service: "IAM Identity Center",
            reason: "dns error".to_owned(),
        };
        let url = "http://127.0.0.1:1338".to_owned();
        for (error, expected) in [
            (login(unreachable), FailureKind::Unreachable),
            (
                TokenCodeError::Process(CommandError::Start(std::io::Error::other("no shell")))
                    .into(),
                FailureKind::Other,
            ),
            (
                login(LoginError::SsoLogin(String::new())),
                FailureKind::NeedsPerson,
            ),
            (
                login(LoginError::Login(String::new())),
                FailureKind::NeedsPerson,
            ),
            (login(LoginError::Sso(String::new())), FailureKind::Other),
            (sts(silent), FailureKind::Unreachable),
            (sts(refused), FailureKind::Other),
            (
                CredentialsError::endpoint("CloudShell", EndpointError::Silent { url }),
                FailureKind::Unreachable,
            ),
        ] {
            assert_eq!(kind(&error), expected, "{error:?}");
        }
    }
}
