//! `--dry-run`: the create request as it would be sent, without what is secret in it.
//!
//! What is printed may be shown to others, so it has no more than what was typed for this run:
//! values of env files and of this host's variables (`-e NAME`) are hidden whatever their names,
//! and those that were typed where they look like a secret.

use bollard::models::ContainerCreateBody;
use secrecy::SecretString;

use super::create::{inject_into, injection, point_to};
use super::live;
use crate::container::grammar::env::{EnvEntry, EnvOrigin};
use crate::environment::live::{EndpointAddress, left_out};
use crate::environment::shared_files::Found;
use crate::environment::user::UserEnv;
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::RunPlan;
use crate::relay::request::FIRST_PORT;
use crate::run::ready::Ready;
use crate::stdout::print;

/// Prints it to stdout.
pub(super) fn print_request(
    plan: &RunPlan,
    ready: &Ready,
    notices: Notices,
) -> Result<ExitStatus, Error> {
    let shown: Vec<EnvEntry> = plan.container.env.iter().map(shown).collect();
    let body = ContainerCreateBody {
        env: Some(shown.iter().map(ToString::to_string).collect()),
        ..plan.container.create_body(ready.engine.api_version())?
    };
    let (relay, mut body) = match &ready.relay_image {
        None => {
            let set = ready.fetched.credentials.redacted(REDACTED);
            let injection = injection(&shown, ready, &set);
            notices.left_to_user(&injection.left_to_user);
            (None, inject_into(body, injection, &shown))
        }
        Some(image) => {
            notices.left_out(&left_out(&UserEnv::of(&shown)));
            let mut split = live::requests(plan, ready, body);
            let relay = live::relay(image, plan, ready, std::mem::take(&mut split.relay))?;
            let target = split.target("<relay>");
            let address = EndpointAddress {
                port: FIRST_PORT,
                token: &SecretString::from(REDACTED),
            };
            let target = point_to(target, ready, address, &shown, &Found::default());
            (Some(relay), target)
        }
    };
    body.env.iter_mut().flatten().for_each(redact);
    let request = serde_json::json!({
        "Method": "POST",
        "Path": format!("/v{}/containers/create", ready.engine.api_version()),
        "Query": { "name": plan.container.name, "platform": plan.container.platform },
        "Body": plan.container.request(&body),
        "Relay": relay,
    });
    print(&format!("{request:#}\n"))
}

const REDACTED: &str = "<redacted>";

/// An entry without a value that nobody typed. An empty one stays: it means something else.
fn shown(entry: &EnvEntry) -> EnvEntry {
    let is_typed = match entry.origin {
        EnvOrigin::File | EnvOrigin::Host => false,
        EnvOrigin::Flag | EnvOrigin::Proxy | EnvOrigin::Image | EnvOrigin::Credrun => true,
    };
    let hidden = |value: &String| match is_typed || value.is_empty() {
        true => value.clone(),
        false => REDACTED.to_owned(),
    };
    EnvEntry {
        value: entry.value.as_ref().map(hidden),
        ..entry.clone()
    }
}

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
