//! The create request, complete with credentials, and the container that comes of it.

use std::io::Write as _;
use std::time::SystemTime;

use bollard::models::ContainerCreateBody;
use secrecy::SecretString;

use crate::credentials::Credentials;
use crate::engine::Created;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::inject::env::{Injection, inject, of_user};
use crate::inject::live::environment::{left_out, live_environment};
use crate::inject::live::relay_image::FIRST_PORT;
use crate::notices::Notices;
use crate::plan::{Delivery, RunPlan};

use super::door::{self, Door};
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

/// A create request that lacks nothing.
struct Complete {
    body: ContainerCreateBody,
    door: Option<Door>,
    expiration: Option<SystemTime>,
}

/// Creates the container.
///
/// Never cancelled once it is sent: a signal that comes meanwhile is seen by the next step, which
/// then knows what to remove.
pub async fn create(plan: &RunPlan, ready: &Ready, notices: Notices) -> Result<Container, Error> {
    let Complete {
        body,
        door,
        expiration,
    } = with_credentials(plan, ready, notices).await?;
    let created = ready
        .engine
        .create(
            plan.container.name.as_deref(),
            plan.container.platform.as_deref(),
            &body,
        )
        .await;
    match (created, door) {
        (Ok(created), door) => {
            if let Some(door) = &door {
                door.serves(&created.id);
            }
            Ok(Container {
                id: remember(created, notices),
                door,
                expiration,
            })
        }
        (Err(error), door) => {
            if let Some(door) = door {
                door.close().await;
            }
            Err(error.into())
        }
    }
}

fn remember(created: Created, notices: Notices) -> String {
    for warning in created.warnings.iter().flatten() {
        notices.warning(warning);
    }
    created.id
}

/// The request, completed by what brings credentials in: variables, or a door.
async fn with_credentials(
    plan: &RunPlan,
    ready: &Ready,
    notices: Notices,
) -> Result<Complete, Error> {
    let body = plan.container.create_body(ready.engine.api_version())?;
    match &plan.delivery {
        Delivery::Env => {
            let injection = injection(plan, ready, &ready.fetched.credentials);
            notices.left_to_user(&injection.left_to_user);
            Ok(Complete {
                expiration: injection.expiration,
                body: inject_into(body, injection),
                door: None,
            })
        }
        Delivery::Live { relay_image } => {
            notices.renewal(&ready.fetched);
            notices.left_out(&left_out(&of_user(&plan.container.env)));
            let mut split = door::requests(plan, ready, body);
            let network = std::mem::take(&mut split.relay);
            let door = Door::open(plan, ready, relay_image.as_deref(), network, notices).await?;
            let mut target = split.target(door.relay_id());
            target
                .labels
                .get_or_insert_default()
                .extend(door.labels(plan.container.remove));
            Ok(Complete {
                body: point_to(target, ready, door.port(), door.token()),
                door: Some(door),
                expiration: None,
            })
        }
    }
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
        Delivery::Live { relay_image } => {
            let mut split = door::requests(plan, ready, body);
            let image = relay_image.as_deref().unwrap_or("credrun-relay");
            let relay = door::relay(plan, image, std::mem::take(&mut split.relay));
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
    writeln!(std::io::stdout(), "{request:#}").map_err(|source| Error::Local {
        action: "write the request to stdout".to_owned(),
        source,
    })?;
    Ok(ExitStatus::SUCCESS)
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

/// Hides the value of a variable that sounds as if it were secret. The user's own are among them.
fn redact(entry: &mut String) {
    const SECRET: [&str; 5] = ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "PRIVATE_KEY"];
    let Some((name, _)) = entry.split_once('=') else {
        return;
    };
    let upper = name.to_uppercase();
    if SECRET.iter().any(|word| upper.contains(word)) {
        *entry = format!("{name}={REDACTED}");
    }
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
                "AWS_REGION=eu-west-1",
                "AWS_PROFILE"
            ]
        );
    }
}
