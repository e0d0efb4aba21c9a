//! The containers as JSON, an object on each line, as `docker ps --format json` has it.
//!
//! The keys are docker's where docker has one. The others are those of `credrun whoami` or say what
//! the table says.

use std::time::SystemTime;

use serde::Serialize;

use super::shown::Shown;
use crate::credentials::iso8601;
use crate::engine::{LABEL_PROJECT, LABEL_SERVICE};
use crate::relay::owner::Owner;

pub(super) fn write(shown: &[Shown], now: SystemTime) -> String {
    let line = |one: &Shown| {
        // All of it can be written as JSON: the keys are text.
        let text = serde_json::to_string(&Container::of(one, now)).unwrap_or_default();
        format!("{text}\n")
    };
    shown.iter().map(line).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Container<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    names: &'a str,
    image: &'a str,
    state: &'a str,
    status: &'a str,
    /// `env`, `live` or `keyless`.
    delivery: &'static str,
    /// RFC 3339; null if it is not known here.
    expiration: Option<String>,
    seconds_left: Option<u64>,
    renewed: bool,
    /// The process that renews, and its machine.
    process: Option<u32>,
    host: Option<&'a str>,
    /// The relay's ID.
    relay: Option<&'a str>,
    /// Of Docker Compose.
    project: Option<&'a str>,
    service: Option<&'a str>,
}

impl<'a> Container<'a> {
    fn of(one: &'a Shown, now: SystemTime) -> Self {
        let label = |name| one.target.labels.get(name).map(String::as_str);
        let left = |end: SystemTime| end.duration_since(now).unwrap_or_default().as_secs();
        Self {
            id: &one.target.id,
            names: &one.target.name,
            image: &one.target.image,
            state: &one.target.state,
            status: &one.target.status,
            delivery: one.delivery,
            expiration: one.valid_until.map(iso8601),
            seconds_left: one.valid_until.map(left),
            renewed: one.is_renewed,
            process: one.owner.as_ref().and_then(Owner::number),
            host: one.owner.as_ref().map(Owner::host_name),
            relay: one.relay.map(|relay| relay.id.as_str()),
            project: label(LABEL_PROJECT),
            service: label(LABEL_SERVICE),
        }
    }
}
