//! The create request, complete with credentials, and the container that comes of it.

use std::time::SystemTime;

use bollard::models::ContainerCreateBody;
use secrecy::SecretString;

use crate::commands;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::inject::env::{Injection, inject, of_user};
use crate::inject::live::environment::{left_out, live_environment};
use crate::inject::live::relay_image::FIRST_PORT;
use crate::notices::Notices;
use crate::plan::{Delivery, RunPlan};

use super::door::{self, Closed, Door};
use super::prepare::Ready;
use super::session::short;

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
            let id = send(plan, ready, &inject_into(body, injection), notices).await?;
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
                notices.left_over(&short(&id), &error);
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

/// `--dry-run`: what would be sent, to stdout.
pub fn print_request(plan: &RunPlan, ready: &Ready, notices: Notices) -> Result<ExitStatus, Error> {
    let body = plan.container.create_body(ready.engine.api_version())?;
    let (relay, mut body) = match &plan.delivery {
        Delivery::Env => {
            let injection = injection(plan, ready, &redacted(&ready.fetched.credentials));
            notices.left_to_user(&injection.left_to_user);
            (None, inject_into(body, injection))
        }
        Delivery::Live { .. } => {
            let mut split = door::requests(plan, ready, body);
            let relay = door::relay(plan, ready, std::mem::take(&mut split.relay));
            let target = split.target("<relay>");
            (
                Some(relay),
                point_to(target, ready, FIRST_PORT, &SecretString::from(REDACTED)),
            )
        }
    };
    body.env.iter_mut().flatten().for_each(redact);
    let request = serde_json::json!({
        "Method": "POST",
        "Path": format!("/v{}/containers/create", ready.engine.api_version()),
        "Query": { "name": plan.container.name, "platform": plan.container.platform },
        "Body": body,
        "Relay": relay,
    });
    commands::print(&format!("{request:#}\n"))
}

fn redacted(credentials: &Credentials) -> Credentials {
    let redacted = || SecretString::from(REDACTED);
    Credentials {
        secret_access_key: redacted(),
        session_token: credentials.session_token.as_ref().map(|_| redacted()),
        ..credentials.clone()
    }
}

const REDACTED: &str = "<redacted>";

/// Hides the value of a variable that sounds as if it were secret, or that holds a URL with a
/// password, as those of proxies and databases may. The user's own are among them.
fn redact(entry: &mut String) {
    const SECRET: [&str; 8] = [
        "SECRET",
        "TOKEN",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "PRIVATE_KEY",
        "API_KEY",
        "APIKEY",
    ];
    let Some((name, value)) = entry.split_once('=') else {
        return;
    };
    let upper = name.to_uppercase();
    if SECRET.iter().any(|word| upper.contains(word)) || names_a_user(value) {
        *entry = format!("{name}={REDACTED}");
    }
}

/// Whether a value is a URL that names a user: `scheme://user:password@host`, `scheme://token@host`.
fn names_a_user(value: &str) -> bool {
    value.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next();
        authority.is_some_and(|authority| authority.contains('@'))
    })
}

fn injection(plan: &RunPlan, ready: &Ready, credentials: &Credentials) -> Injection {
    let user = of_user(&plan.container.env);
    inject(credentials, ready.region_name(), &user, ready.image_env())
}

fn inject_into(body: ContainerCreateBody, injection: Injection) -> ContainerCreateBody {
    ContainerCreateBody {
        env: Some(injection.into_env(body.env.into_iter().flatten())),
        ..body
    }
}

/// The container's SDKs are told where the door is.
fn point_to(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sounds_secret_is_not_shown() {
        let mut entries = [
            "GITHUB_TOKEN=x",
            "db_password=y",
            "OPENAI_API_KEY=z",
            "DATABASE_URL=postgres://me:hush@db/x",
            "SITE=https://example.org/@me",
            "AWS_REGION=eu-west-1",
            "AWS_PROFILE",
        ]
        .map(str::to_owned);
        entries.iter_mut().for_each(redact);
        assert_eq!(
            entries,
            [
                "GITHUB_TOKEN=<redacted>",
                "db_password=<redacted>",
                "OPENAI_API_KEY=<redacted>",
                "DATABASE_URL=<redacted>",
                "SITE=https://example.org/@me",
                "AWS_REGION=eu-west-1",
                "AWS_PROFILE"
            ]
        );
    }
}
