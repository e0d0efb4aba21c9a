//! The create request, complete with credentials, and the container created from it.

use std::time::SystemTime;

use bollard::models::ContainerCreateBody;

use super::relay::{self, NewRelay, Relay, Serves};
use super::shared_files;
use crate::container::grammar::env::EnvEntry;
use crate::credentials::Credentials;
use crate::engine::{Engine, EngineError, short_id};
use crate::environment::behind_relay::{RelayKey, ServedAt, environment};
use crate::environment::injection::{Injection, inject};
use crate::environment::shared_files::Found;
use crate::environment::user::UserEnv;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::panics;
use crate::plan::RunPlan;
use crate::relay::owner::Owner;
use crate::relay::request::{FIRST_PORT, UsedImage};
use crate::run::ready::Ready;

/// A created container, and what delivers its credentials.
pub(super) struct Container {
    pub id: String,
    /// The relay whose namespace it joins, if it is behind one.
    pub relay: Option<Relay>,
    /// The set that credrun put into its environment, if it did.
    pub set: Option<SetInEnvironment>,
}

/// A set of credentials that `docker inspect` shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct SetInEnvironment {
    /// When it expires, if it does.
    pub expiration: Option<SystemTime>,
}

pub(super) async fn create(
    plan: &RunPlan,
    ready: &Ready,
    notices: Notices,
) -> Result<Container, Error> {
    let body = plan.container.create_body(ready.engine.api_version())?;
    match &ready.relay_image {
        None => {
            let entries = &plan.container.env;
            let injection = injection(entries, ready, &ready.fetched.credentials);
            notices.left_to_user(&injection);
            let set = injection.has_set().then_some(SetInEnvironment {
                expiration: injection.expiration,
            });
            let body = owned(plan, inject_into(body, injection, entries));
            let id = send(plan, ready, &body, notices).await?;
            Ok(Container {
                id,
                relay: None,
                set,
            })
        }
        Some(relay_image) => {
            let way = format!("--{}", plan.delivery.word());
            let limit = ready.source.renewal_limit().await;
            notices.renewal(&way, &ready.fetched, limit);
            let (id, relay) = create_behind_relay(relay_image, plan, ready, body, notices).await?;
            relay.serves(&id);
            Ok(Container {
                id,
                relay: Some(relay),
                set: None,
            })
        }
    }
}

/// Adds the labels of the run's [`Owner`], by which the next run finds what this one leaves if it
/// is killed. A container that is to be kept gets none, so no run cleans it up.
fn owned(plan: &RunPlan, mut body: ContainerCreateBody) -> ContainerCreateBody {
    let owner = Owner::this_process().filter(|_| plan.container.remove);
    let owner = match plan.container.streams.detach {
        true => owner.map(Owner::detached),
        false => owner,
    };
    if let Some(owner) = owner {
        body.labels.get_or_insert_default().extend(owner.labels());
    }
    body
}

/// Creates the container while its relay starts.
///
/// The relay takes [`FIRST_PORT`], unless it shares its namespace and the port is taken there: then
/// the container is created again.
async fn create_behind_relay(
    relay_image: &UsedImage,
    plan: &RunPlan,
    ready: &Ready,
    body: ContainerCreateBody,
    notices: Notices,
) -> Result<(String, Relay), Error> {
    let engine = &ready.engine;
    let mut split = relay::requests(plan, ready, body);
    let network = std::mem::take(&mut split.relay);
    let serves = Serves::of(ready)?;
    tell_left_out(plan, serves.key(), notices);
    let relay = NewRelay::create(relay_image, plan, ready, &serves, network).await?;
    let mut target = split.target(relay.id());
    let labels = target.labels.get_or_insert_default();
    labels.extend(relay.labels(plan));
    let entries = &plan.container.env;
    let behind = |port, found: &Found| {
        let key = serves.key();
        point_to(target.clone(), ready, (port, key), entries, found)
    };
    let first = |found: &Found| behind(FIRST_PORT, found);
    let (relay, created) = tokio::join!(
        relay.start(ready, notices),
        create_target(plan, ready, first, notices)
    );
    let (relay, created) = match (relay, created) {
        (Ok(relay), Ok(target)) if relay.port() != FIRST_PORT => {
            let request = behind(relay.port(), &target.found);
            let created = create_again(plan, ready, &target.id, &request, notices).await;
            (relay, created)
        }
        (Ok(relay), created) => (relay, created.map(|target| target.id)),
        (Err(error), created) => {
            // Report the first failure.
            if let Ok(Target { id, .. }) = created
                && let Err(error) = engine.remove(&id).await
            {
                notices.left_over(&short_id(&id), &error);
            }
            return Err(error);
        }
    };
    match created {
        Ok(id) => Ok((id, relay)),
        Err(error) => {
            relay.close().await;
            Err(error)
        }
    }
}

/// A container behind a relay that has been created.
struct Target {
    id: String,
    found: Found,
}

/// Creates the target, and looks at the files that its SDKs would read. If some would lead them to
/// credentials other than the endpoint's, creates the target again with those hidden.
async fn create_target(
    plan: &RunPlan,
    ready: &Ready,
    request: impl Fn(&Found) -> ContainerCreateBody,
    notices: Notices,
) -> Result<Target, Error> {
    let expected = request(&Found::default());
    let id = send(plan, ready, &expected, notices).await?;
    if ready.keyless.is_some() {
        let look = shared_files::config_with_acceleration(plan, ready, &expected, &id);
        match found_by(look, &ready.engine, &id).await? {
            Ok(Some(path)) => notices.config_with_acceleration(&path),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "cannot look for a config file"),
        }
        let found = Found::default();
        return Ok(Target { id, found });
    }
    let look = shared_files::look(plan, ready, &expected, &id);
    let found = found_by(look, &ready.engine, &id).await?;
    let found = found.unwrap_or_else(|error| {
        notices.cannot_look_for_config(&error);
        Found::default()
    });
    notices.shared_files(&found);
    let id = match found == Found::default() {
        true => id,
        false => create_again(plan, ready, &id, &request(&found), notices).await?,
    };
    Ok(Target { id, found })
}

/// These files' content comes from the image; a panic while reading it must not leave the
/// container.
async fn found_by<T>(
    look: impl Future<Output = Result<T, EngineError>>,
    engine: &Engine,
    id: &str,
) -> Result<Result<T, EngineError>, Error> {
    let found = panics::caught_in(async { Ok(look.await) }).await;
    if found.is_err()
        && let Err(error) = engine.remove(id).await
    {
        Notices::new(false).left_over(&short_id(id), &error);
    }
    found
}

/// Creates a container instead of another, which has not been started.
async fn create_again(
    plan: &RunPlan,
    ready: &Ready,
    former: &str,
    request: &ContainerCreateBody,
    notices: Notices,
) -> Result<String, Error> {
    if let Err(error) = ready.engine.remove(former).await {
        notices.left_over(&short_id(former), &error);
        return Err(error.into());
    }
    send(plan, ready, request, notices).await
}

async fn send(
    plan: &RunPlan,
    ready: &Ready,
    body: &ContainerCreateBody,
    notices: Notices,
) -> Result<String, Error> {
    let name = plan.container.name.as_deref();
    let platform = plan.container.platform.as_deref();
    let request = plan.container.request(body);
    let created = ready.engine.create(name, platform, &request).await?;
    for warning in created.warnings.iter().flatten() {
        notices.warning(warning);
    }
    Ok(created.id)
}

pub(super) fn injection(
    entries: &[EnvEntry],
    ready: &Ready,
    credentials: &Credentials,
) -> Injection {
    let user = UserEnv::of(entries);
    inject(credentials, ready.region_name(), &user, ready.image_env())
}

pub(super) fn inject_into(
    body: ContainerCreateBody,
    injection: Injection,
    entries: &[EnvEntry],
) -> ContainerCreateBody {
    with_env(body, &injection.into_env(entries))
}

/// Tells which of the user's variables would lead SDKs past the relay.
pub(super) fn tell_left_out(plan: &RunPlan, key: RelayKey<'_>, notices: Notices) {
    let user = UserEnv::of(&plan.container.env);
    notices.left_out(key.way(), &key.left_out(&user));
    notices.own_monitoring(&key.own_monitoring(&user));
}

/// Points the container's SDKs to the service behind the relay, and hides the files that were found.
pub(super) fn point_to(
    target: ContainerCreateBody,
    ready: &Ready,
    (port, key): (u16, RelayKey<'_>),
    entries: &[EnvEntry],
    found: &Found,
) -> ContainerCreateBody {
    let keyless = ready.keyless.as_ref();
    let at = ServedAt {
        port,
        key,
        host_names: keyless.map_or(&[], |keyless| &keyless.host_names),
    };
    let (region, image) = (ready.region_name(), ready.image_env());
    with_env(target, &environment(at, region, entries, image, found))
}

fn with_env(body: ContainerCreateBody, entries: &[EnvEntry]) -> ContainerCreateBody {
    ContainerCreateBody {
        env: Some(entries.iter().map(ToString::to_string).collect()),
        ..body
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::cli::engine::EngineArgs;
    use crate::engine::reach::config_file::DockerConfig;
    use crate::engine::reach::endpoint::Endpoint;
    use crate::vars::Environment;

    fn endpoint(socket: &Path) -> Endpoint {
        let host = format!("unix://{}", socket.display());
        let environment = Environment::fixed([("DOCKER_HOST", host.as_str())]);
        let config = DockerConfig::default();
        Endpoint::resolve(&EngineArgs::default(), &environment, &config).expect("an endpoint")
    }

    /// An Engine that accepts everything, and the request lines that it receives.
    fn agreeing_engine(socket: &Path) -> Receiver<String> {
        let listener = UnixListener::bind(socket).expect("a socket");
        let (send, asked) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut answers = stream.try_clone().expect("a second handle");
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if line.ends_with(" HTTP/1.1") {
                        let _ = send.send(line);
                    } else if line.is_empty() {
                        let answer = b"HTTP/1.1 204 No Content\r\nApi-Version: 1.41\r\n\r\n";
                        let _ = answers.write_all(answer);
                    }
                }
            }
        });
        asked
    }

    #[tokio::test]
    async fn a_panic_at_a_file_of_the_image_leaves_no_container() {
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("engine.sock");
        let asked = agreeing_engine(&socket);
        let engine = Engine::connect(endpoint(&socket)).await;
        let engine = engine.expect("an Engine");
        let look = async { std::panic::resume_unwind(Box::new("at a strange file")) };
        let found = found_by::<()>(look, &engine, "c0ffee").await;
        assert!(matches!(found, Err(Error::Bug(_))), "{found:?}");
        let removed = asked
            .try_iter()
            .any(|line| line.starts_with("DELETE /v1.41/containers/c0ffee?"));
        assert!(removed);
    }
}
