//! The entries of a container behind a relay, as they are put together.

use super::name_of;
use super::variables::{REGIONS, WayIn, treatment};
use crate::container::grammar::env::{EnvEntry, EnvOrigin};

const PROXIES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// The address that relays listen on. Some SDKs know no other loopback name or number.
pub(super) const LOOPBACK: &str = "127.0.0.1";

/// The environment being built. The last entry for a name wins in the Engine.
pub(super) struct Entries {
    way: WayIn,
    entries: Vec<EnvEntry>,
}

impl Entries {
    /// The user's own entries, except those that stand in the way.
    pub(super) fn of_user(way: WayIn, user: &[EnvEntry]) -> Self {
        let is_kept = |entry: &&EnvEntry| !treatment(&entry.name, way).is_in_the_way();
        Self {
            way,
            entries: user.iter().filter(is_kept).cloned().collect(),
        }
    }

    pub(super) fn finish(self) -> Vec<EnvEntry> {
        self.entries
    }

    pub(super) fn add(&mut self, name: &str, value: Option<String>) {
        let entry = EnvEntry::new(name, value, EnvOrigin::Credrun);
        self.entries.push(entry);
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.entries.retain(|entry| entry.name != name);
        self.add(name, Some(value.to_owned()));
    }

    /// Sets these, unless the user sets one of them: they belong together.
    pub(super) fn offer(&mut self, offered: &[(&str, String)]) {
        if offered.iter().any(|(name, _)| has(&self.entries, name)) {
            return;
        }
        for (name, value) in offered {
            self.add(name, Some(value.clone()));
        }
    }

    /// Removes the image's variables that stand in the way, unless they are set anew. The Engine
    /// removes one if the request's `Env` has its bare name.
    pub(super) fn remove_stale(&mut self, image: &[String]) {
        for stale in image.iter().map(|entry| name_of(entry)) {
            if treatment(stale, self.way).is_in_the_way() && !has(&self.entries, stale) {
                self.add(stale, None);
            }
        }
    }

    /// Sets both variables, because some SDKs read one and some the other. The user's own region
    /// stays.
    pub(super) fn set_regions(&mut self, region: Option<&str>) {
        let users = REGIONS.iter().find_map(|name| value(&self.entries, name));
        let Some(region) = users.or(region).map(str::to_owned) else {
            return;
        };
        for name in REGIONS {
            if value(&self.entries, name).is_none() {
                self.set(name, &region);
            }
        }
    }

    /// Some SDKs would send requests for `hosts` through the container's proxy, which would see
    /// what is in them.
    pub(super) fn bypass_proxies(&mut self, image: &[String], hosts: &[String]) {
        let parse = |entry: &String| EnvEntry::parse(entry, EnvOrigin::Image);
        let image: Vec<EnvEntry> = image.iter().map(parse).collect();
        let effective = |entries: &[EnvEntry], name: &str| {
            let of = if has(entries, name) { entries } else { &image };
            value(of, name).map(str::to_owned)
        };
        let mut proxies = PROXIES.iter();
        if !proxies.any(|proxy| effective(&self.entries, proxy).is_some()) {
            return;
        }
        let upper = effective(&self.entries, "NO_PROXY");
        let lower = effective(&self.entries, "no_proxy");
        // A program reads one of the two; each must include what only the other had before.
        for (name, before) in [
            ("NO_PROXY", upper.as_ref().or(lower.as_ref())),
            ("no_proxy", lower.as_ref().or(upper.as_ref())),
        ] {
            self.set(name, &with(hosts, before.map_or("", |before| before)));
        }
    }
}

fn has(entries: &[EnvEntry], name: &str) -> bool {
    entries.iter().any(|entry| entry.name == name)
}

/// The last value of `name`, as in a shell; `None` if it is empty or removed.
fn value<'a>(entries: &'a [EnvEntry], name: &str) -> Option<&'a str> {
    let last = entries.iter().rev().find(|entry| entry.name == name)?;
    last.value.as_deref().filter(|value| !value.is_empty())
}

fn with(hosts: &[String], before: &str) -> String {
    let listed: Vec<&str> = before.split(',').map(str::trim).collect();
    if listed.contains(&"*") {
        return before.to_owned();
    }
    let missing = hosts.iter().map(String::as_str);
    let missing = missing.filter(|host| !listed.contains(host));
    let before = Some(before).filter(|before| !before.is_empty());
    before
        .into_iter()
        .chain(missing)
        .collect::<Vec<_>>()
        .join(",")
}
