//! `--dry-run`: the create request as it would be sent, without secrets.
//!
//! Values of the container's variables are hidden, whatever their origin. Labels, the command and
//! everything else are printed as typed.

use bollard::models::ContainerCreateBody;
use secrecy::SecretString;

use super::create::{inject_into, injection, point_to, tell_left_out};
use super::relay;
use crate::container::grammar::env::EnvEntry;
use crate::environment::behind_relay::RelayKey;
use crate::environment::shared_files::Found;
use crate::exit::ExitStatus;
use crate::iam::pattern::Pattern;
use crate::keyless::keys::IssuedSet;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::plan::{Delivery, RunPlan};
use crate::relay::request::FIRST_PORT;
use crate::run::ready::Ready;
use crate::stdout::print;

/// Prints the request to stdout.
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
    let (relay, body) = match &ready.relay_image {
        None => {
            let set = ready.fetched.credentials.redacted(REDACTED);
            let injection = injection(&shown, ready, &set);
            notices.left_to_user(&injection);
            (None, inject_into(body, injection, &shown))
        }
        Some(image) => {
            let mut split = relay::requests(plan, ready, body);
            let relay = relay::request(image, plan, ready, std::mem::take(&mut split.relay))?;
            let target = split.target("<relay>");
            let (token, set) = (SecretString::from(REDACTED), redacted_set());
            let key = match ready.keyless {
                Some(_) => RelayKey::Set(&set),
                None => RelayKey::Token(&token),
            };
            tell_left_out(plan, key, notices);
            let target = point_to(target, ready, (FIRST_PORT, key), &shown, &Found::default());
            (Some(relay), target)
        }
    };
    let mut request = serde_json::json!({
        "Method": "POST",
        "Path": format!("/v{}/containers/create", ready.engine.api_version()),
        "Query": { "name": plan.container.name, "platform": plan.container.platform },
        "Body": plan.container.request(&body),
        "Relay": relay,
    });
    if let Delivery::Keyless { lists, .. } = &plan.delivery {
        request["Allow"] = written(&lists.allow);
        request["Deny"] = written(&lists.deny);
    }
    if let Some(policy) = plan.source.session_policy() {
        request["SessionPolicy"] =
            serde_json::from_str(policy).unwrap_or_else(|_| policy.to_owned().into());
    }
    print(&format!("{request:#}\n"))
}

/// Patterns as they were typed.
fn written(patterns: &[Pattern]) -> serde_json::Value {
    patterns.iter().map(ToString::to_string).collect()
}

const REDACTED: &str = "<redacted>";

fn redacted_set() -> IssuedSet {
    IssuedSet {
        access_key_id: REDACTED.to_owned(),
        secret_access_key: SecretString::from(REDACTED),
        session_token: SecretString::from(REDACTED),
    }
}

/// The entry without its value. A name does not tell whether the value is secret. An empty value
/// stays: it means something else.
fn shown(entry: &EnvEntry) -> EnvEntry {
    let hidden = |value: &String| match value.is_empty() {
        true => String::new(),
        false => REDACTED.to_owned(),
    };
    EnvEntry {
        value: entry.value.as_ref().map(hidden),
        ..entry.clone()
    }
}
