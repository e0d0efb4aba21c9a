//! The create request, complete with credentials, and the container that comes of it.

use std::time::SystemTime;

use bollard::models::ContainerCreateBody;
use secrecy::SecretString;

use crate::credentials::Credentials;
use crate::engine::short_id;
use crate::error::Error;
use crate::inject::env::{Injection, inject, of_user};
use crate::inject::live::environment::{left_out, live_environment};
use crate::inject::live::owner::Owner;
use crate::inject::live::relay_image::FIRST_PORT;
use crate::notices::Notices;
use crate::plan::{Delivery, RunPlan};

use super::door::{self, Closed, Door};
use super::prepare::Ready;

/// A created container, and what brings credentials into it.
pub struct Container {
    /// Its ID.
    pub id: String,
    /// With `--live`: the relay whose namespace it joins.
    pub door: Option<Door>,
    /// When the set in its environment ends, where credrun put one there that does.
    pub expiration: Option<SystemTime>,
}

/// Creates the container.
pub async fn create(plan: &RunPlan, ready: &Ready, notices: Notices) -> Result<Container, Error> {
    let body = plan.container.create_body(ready.engine.api_version())?;
    match &plan.delivery {
        Delivery::Env => {
            let injection = injection(plan, ready, &ready.fetched.credentials);
            notices.left_to_user(&injection.left_to_user);
            let expiration = injection.expiration;
            let body = owned(plan, inject_into(body, injection));
            let id = send(plan, ready, &body, notices).await?;
            Ok(Container {
                id,
                door: None,
                expiration,
            })
        }
        Delivery::Live { .. } => {
            notices.renewal(&ready.fetched);
            notices.left_out(&left_out(&of_user(&plan.container.env)));
            let (id, door) = create_live(plan, ready, body, notices).await?;
            door.serves(&id);
            Ok(Container {
                id,
                door: Some(door),
                expiration: None,
            })
        }
    }
}

/// The request with the labels of its [`Owner`], by which the next run knows what this one leaves
/// where it is killed. A container that is to be kept is not the owner's to tidy up.
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
/// The relay takes [`FIRST_PORT`], except in a namespace that it shares and in which that is
/// taken: the container is then made anew.
async fn create_live(
    plan: &RunPlan,
    ready: &Ready,
    body: ContainerCreateBody,
    notices: Notices,
) -> Result<(String, Door), Error> {
    let engine = &ready.engine;
    let mut split = door::requests(plan, ready, body);
    let network = std::mem::take(&mut split.relay);
    let door = Closed::create(plan, ready, network).await?;
    let mut target = split.target(door.relay_id());
    let labels = target.labels.get_or_insert_default();
    labels.extend(door.labels(plan.container.remove));
    let token = door.token().clone();
    let behind = |port| point_to(target.clone(), ready, port, &token);

    let expected = behind(FIRST_PORT);
    let (door, created) = tokio::join!(
        door.open(ready, notices),
        send(plan, ready, &expected, notices)
    );
    let (door, created) = match (door, created) {
        (Ok(door), Ok(id)) if door.port() != FIRST_PORT => {
            let created = match engine.remove(&id).await {
                Ok(()) => send(plan, ready, &behind(door.port()), notices).await,
                Err(error) => Err(error.into()),
            };
            (door, created)
        }
        (Ok(door), created) => (door, created),
        (Err(error), created) => {
            // The failure that is reported is the first one.
            if let Ok(id) = created
                && let Err(error) = engine.remove(&id).await
            {
                notices.left_over(&short_id(&id), &error);
            }
            return Err(error);
        }
    };
    match created {
        Ok(id) => Ok((id, door)),
        Err(error) => {
            door.close().await;
            Err(error)
        }
    }
}

async fn send(
    plan: &RunPlan,
    ready: &Ready,
    body: &ContainerCreateBody,
    notices: Notices,
) -> Result<String, Error> {
    let name = plan.container.name.as_deref();
    let platform = plan.container.platform.as_deref();
    let created = ready.engine.create(name, platform, body).await?;
    for warning in created.warnings.iter().flatten() {
        notices.warning(warning);
    }
    Ok(created.id)
}

pub(super) fn injection(plan: &RunPlan, ready: &Ready, credentials: &Credentials) -> Injection {
    let user = of_user(&plan.container.env);
    inject(credentials, ready.region_name(), &user, ready.image_env())
}

pub(super) fn inject_into(body: ContainerCreateBody, injection: Injection) -> ContainerCreateBody {
    ContainerCreateBody {
        env: Some(injection.into_env(body.env.into_iter().flatten())),
        ..body
    }
}

/// The container's SDKs are told where the door is.
pub(super) fn point_to(
    mut target: ContainerCreateBody,
    ready: &Ready,
    port: u16,
    token: &SecretString,
) -> ContainerCreateBody {
    let user = target.env.take().unwrap_or_default();
    let env = live_environment(port, token, ready.region_name(), &user, ready.image_env());
    ContainerCreateBody {
        env: Some(env),
        ..target
    }
}
