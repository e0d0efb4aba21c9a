//! Which part of the target's create request its relay takes over.
//!
//! A container that joins another's network namespace may not have its own ports, host name, DNS or
//! links: the Engine refuses them. So everything that belongs to the namespace moves to the relay,
//! which owns it, and works there as it would have on the target.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, HostConfig, NetworkingConfig};

/// A create request, divided between the relay and the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// The namespace's part. [`super::request::relay_request`] completes it.
    pub relay: ContainerCreateBody,
    target: ContainerCreateBody,
    namespace: Namespace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Namespace {
    /// The relay creates it, the target joins the relay.
    Relays,
    /// The host's, or another container's: relay and target each join it.
    Anothers,
}

impl Split {
    /// The target's request once the relay has an ID.
    #[must_use]
    pub fn target(mut self, relay_id: &str) -> ContainerCreateBody {
        if self.namespace == Namespace::Relays {
            self.target.host_config.get_or_insert_default().network_mode =
                Some(format!("container:{relay_id}"));
        }
        self.target
    }
}

impl Split {
    /// Makes these names of the loopback in the container's `/etc/hosts`. Where that is another
    /// container's file, it stays as it is.
    pub fn name_loopback(&mut self, names: &[String]) {
        let request = match self.namespace {
            Namespace::Relays => &mut self.relay,
            Namespace::Anothers if network_mode(&self.target) == "host" => &mut self.target,
            Namespace::Anothers => return,
        };
        let host = request.host_config.get_or_insert_default();
        let entries = names.iter().map(|name| format!("{name}:127.0.0.1"));
        host.extra_hosts.get_or_insert_default().extend(entries);
    }
}

/// Divides `request`.
///
/// `name` is the target's (`--name`): on user-defined networks its neighbours resolve it, so
/// the relay answers to it. `image_ports` are the ports that the target's image exposes
/// (`Config.ExposedPorts` of its inspection), which `--publish-all` publishes.
#[must_use]
pub fn split(
    mut request: ContainerCreateBody,
    name: Option<&str>,
    image_ports: &[String],
) -> Split {
    let mode = network_mode(&request);
    if is_anothers(&mode) {
        return Split {
            relay: joining(mode),
            target: request,
            namespace: Namespace::Anothers,
        };
    }
    let mut host = request.host_config.take().unwrap_or_default();
    let mut relay = ContainerCreateBody {
        hostname: request.hostname.take(),
        domainname: request.domainname.take(),
        exposed_ports: exposed(request.exposed_ports.take(), image_ports),
        network_disabled: request.network_disabled.take(),
        networking_config: request.networking_config.take(),
        host_config: Some(namespace_config(&mut host)),
        ..ContainerCreateBody::default()
    };
    if let Some(name) = name {
        add_alias(&mut relay.networking_config, &mode, name);
    }
    request.host_config = Some(host);
    Split {
        relay,
        target: request,
        namespace: Namespace::Relays,
    }
}

/// Whether `relay` (or any container) has a network that ends with it: its own, with more than
/// loopback.
#[must_use]
pub fn has_own_network(relay: &ContainerCreateBody) -> bool {
    let mode = network_mode(relay);
    mode != "none" && !is_anothers(&mode)
}

/// The namespace that `relay` shares with others than its target, as `--network` writes it: the
/// host's, or another container's.
#[must_use]
pub fn shared(relay: &ContainerCreateBody) -> Option<String> {
    Some(network_mode(relay)).filter(|mode| is_anothers(mode))
}

/// Whether `relay` holds resources that may be needed as soon as the run is over: ports of the
/// host, for the next run, or an endpoint on one of the user's networks, which cannot be removed
/// before it is released.
#[must_use]
pub fn holds_what_is_wanted(relay: &ContainerCreateBody) -> bool {
    let mode = network_mode(relay);
    if is_anothers(&mode) {
        return false;
    }
    let host = relay.host_config.as_ref();
    let publishes = host.is_some_and(|host| {
        let bound = host.port_bindings.as_ref().is_some_and(|it| !it.is_empty());
        bound || host.publish_all_ports == Some(true)
    });
    publishes || is_user_defined(&mode)
}

/// The create request of a relay that replaces `relay`: the old one's namespace lives on in the
/// target.
#[must_use]
pub fn rejoining(relay: &ContainerCreateBody, target: &str) -> ContainerCreateBody {
    let mode = network_mode(relay);
    if is_anothers(&mode) {
        return relay.clone();
    }
    let mut host = relay.host_config.clone().unwrap_or_default();
    let _ = namespace_config(&mut host);
    host.uts_mode = None;
    host.network_mode = Some(format!("container:{target}"));
    ContainerCreateBody {
        hostname: None,
        domainname: None,
        exposed_ports: None,
        networking_config: None,
        host_config: Some(host),
        ..relay.clone()
    }
}

/// The host's namespace, or another container's.
fn is_anothers(mode: &str) -> bool {
    mode == "host" || mode.starts_with("container:")
}

fn network_mode(request: &ContainerCreateBody) -> String {
    request
        .host_config
        .as_ref()
        .and_then(|host| host.network_mode.clone())
        .unwrap_or_default()
}

/// A relay's part of the request that joins a namespace: `host`, or `container:ID`.
#[must_use]
pub fn joining(mode: String) -> ContainerCreateBody {
    ContainerCreateBody {
        host_config: Some(HostConfig {
            network_mode: Some(mode),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

/// Moves what belongs to the network namespace, and copies the settings that both must share for
/// one to be able to join the other.
fn namespace_config(target: &mut HostConfig) -> HostConfig {
    HostConfig {
        network_mode: target.network_mode.take(),
        port_bindings: target.port_bindings.take(),
        publish_all_ports: target.publish_all_ports.take(),
        dns: target.dns.take(),
        dns_options: target.dns_options.take(),
        dns_search: target.dns_search.take(),
        extra_hosts: target.extra_hosts.take(),
        links: target.links.take(),
        sysctls: take_network_sysctls(&mut target.sysctls),
        runtime: target.runtime.clone(),
        isolation: target.isolation,
        userns_mode: target.userns_mode.clone(),
        uts_mode: target.uts_mode.clone(),
        cgroup_parent: target.cgroup_parent.clone(),
        ..HostConfig::default()
    }
}

/// `net.*` belongs to the network namespace, the others to the target's IPC or UTS namespace.
fn take_network_sysctls(
    sysctls: &mut Option<HashMap<String, String>>,
) -> Option<HashMap<String, String>> {
    let (network, others): (HashMap<_, _>, HashMap<_, _>) = sysctls
        .take()?
        .into_iter()
        .partition(|(name, _)| name.starts_with("net."));
    *sysctls = (!others.is_empty()).then_some(others);
    (!network.is_empty()).then_some(network)
}

fn exposed(own: Option<Vec<String>>, image: &[String]) -> Option<Vec<String>> {
    let mut ports = own.unwrap_or_default();
    for port in image {
        if !ports.contains(port) {
            ports.push(port.clone());
        }
    }
    (!ports.is_empty()).then_some(ports)
}

/// Gives the relay the target's name on each user-defined network; other networks have no names.
fn add_alias(networking: &mut Option<NetworkingConfig>, mode: &str, name: &str) {
    if !is_user_defined(mode) {
        return;
    }
    let networks = networking
        .get_or_insert_default()
        .endpoints_config
        .get_or_insert_default();
    // Docker's client omits a single plain network, because the mode names it.
    networks.entry(mode.to_owned()).or_default();
    for (_, endpoint) in networks.iter_mut().filter(|(key, _)| is_user_defined(key)) {
        endpoint
            .aliases
            .get_or_insert_default()
            .push(name.to_owned());
    }
}

fn is_user_defined(network: &str) -> bool {
    !matches!(network, "" | "default" | "bridge" | "host" | "none")
}

#[cfg(test)]
mod tests;
