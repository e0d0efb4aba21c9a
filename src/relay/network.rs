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
mod tests {
    use bollard::models::{EndpointSettings, HostConfigIsolationEnum};

    use super::*;

    fn request(mode: &str) -> ContainerCreateBody {
        ContainerCreateBody {
            hostname: Some("web".to_owned()),
            exposed_ports: Some(vec!["80/tcp".to_owned()]),
            host_config: Some(HostConfig {
                network_mode: Some(mode.to_owned()),
                dns: Some(vec!["9.9.9.9".to_owned()]),
                publish_all_ports: Some(true),
                sysctls: Some(HashMap::from([
                    ("net.core.somaxconn".to_owned(), "64".to_owned()),
                    ("kernel.msgmax".to_owned(), "1".to_owned()),
                ])),
                memory: Some(1 << 30),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        }
    }

    #[test]
    fn what_belongs_to_the_namespace_moves_to_the_relay() {
        let split = split(request("bridge"), None, &["443/tcp".to_owned()]);
        let relay = &split.relay;
        assert_eq!(relay.hostname.as_deref(), Some("web"));
        assert_eq!(
            relay.exposed_ports,
            Some(vec!["80/tcp".to_owned(), "443/tcp".to_owned()])
        );
        let host = relay.host_config.as_ref().unwrap();
        assert_eq!(host.network_mode.as_deref(), Some("bridge"));
        assert_eq!(host.dns, Some(vec!["9.9.9.9".to_owned()]));
        assert_eq!(host.publish_all_ports, Some(true));
        assert_eq!(host.sysctls.as_ref().unwrap().len(), 1);
        assert_eq!(host.memory, None);
        assert_eq!(shared(relay), None);

        let target = split.target("abc");
        assert_eq!((target.hostname, target.exposed_ports), (None, None));
        let host = target.host_config.unwrap();
        assert_eq!(host.network_mode.as_deref(), Some("container:abc"));
        assert_eq!(
            (host.dns, host.publish_all_ports, host.memory),
            (None, None, Some(1 << 30))
        );
        assert!(host.sysctls.unwrap().contains_key("kernel.msgmax"));
    }

    /// A request with everything that belongs to its network namespace.
    fn request_with_all() -> ContainerCreateBody {
        let words = |word: &str| Some(vec![word.to_owned()]);
        let plain = request("bridge");
        ContainerCreateBody {
            domainname: Some("example.com".to_owned()),
            network_disabled: Some(false),
            host_config: Some(HostConfig {
                port_bindings: Some(HashMap::from([("80/tcp".to_owned(), None)])),
                dns_options: words("ndots:1"),
                dns_search: words("example.com"),
                extra_hosts: words("db:10.0.0.1"),
                links: words("db:db"),
                runtime: Some("runc".to_owned()),
                isolation: Some(HostConfigIsolationEnum::DEFAULT),
                userns_mode: Some("host".to_owned()),
                uts_mode: Some("host".to_owned()),
                cgroup_parent: Some("/team".to_owned()),
                ..plain.host_config.clone().unwrap()
            }),
            ..plain
        }
    }

    #[test]
    fn ports_and_names_are_the_relays_alone() {
        let asked = request_with_all();
        let split = split(request_with_all(), None, &[]);
        let relay = &split.relay;
        assert_eq!(relay.domainname, asked.domainname);
        assert_eq!(relay.network_disabled, asked.network_disabled);
        let moved = |host: HostConfig| {
            let named = (host.dns_options, host.dns_search, host.extra_hosts);
            (host.port_bindings, named, host.links)
        };
        let of_relay = moved(relay.host_config.clone().unwrap());
        assert_eq!(of_relay, moved(asked.host_config.unwrap()));
        let target = split.target("abc");
        assert_eq!((target.domainname, target.network_disabled), (None, None));
        let of_target = moved(target.host_config.unwrap());
        assert_eq!(of_target, moved(HostConfig::default()));
    }

    #[test]
    fn what_lets_one_join_the_others_namespace_is_set_on_both() {
        let asked = request_with_all().host_config.unwrap();
        let split = split(request_with_all(), None, &[]);
        let shared = |host: HostConfig| {
            let modes = (host.userns_mode, host.uts_mode);
            (host.runtime, host.isolation, modes, host.cgroup_parent)
        };
        let of_relay = shared(split.relay.host_config.clone().unwrap());
        assert_eq!(of_relay, shared(asked.clone()));
        let of_target = shared(split.target("abc").host_config.unwrap());
        assert_eq!(of_target, shared(asked));
    }

    #[test]
    fn a_sysctl_is_in_the_namespace_that_it_is_of() {
        let named = |sysctls: Option<HashMap<String, String>>| {
            sysctls.map(|sysctls| sysctls.into_iter().collect::<Vec<_>>())
        };
        let one = |name: &str, value: &str| Some(vec![(name.to_owned(), value.to_owned())]);
        let split = split(request("bridge"), None, &[]);
        let relays = split.relay.host_config.clone().unwrap().sysctls;
        assert_eq!(named(relays), one("net.core.somaxconn", "64"));
        let targets = split.target("abc").host_config.unwrap().sysctls;
        assert_eq!(named(targets), one("kernel.msgmax", "1"));
    }

    #[test]
    fn a_namespace_that_exists_is_joined_by_both() {
        for mode in ["host", "container:db"] {
            let split = split(request(mode), Some("web"), &[]);
            let host = split.relay.host_config.clone().unwrap();
            assert_eq!(host.network_mode.as_deref(), Some(mode));
            assert_eq!(split.relay.hostname, None);
            assert_eq!(shared(&split.relay).as_deref(), Some(mode));
            assert_eq!(split.target("abc"), request(mode));
        }
    }

    #[test]
    fn names_of_the_loopback_are_where_the_containers_hosts_file_is_made() {
        let hosts = |mode: &str| {
            let mut split = split(request(mode), None, &[]);
            split.name_loopback(&["sync-127.0.0.1".to_owned()]);
            let relays = split.relay.host_config.clone().unwrap().extra_hosts;
            (relays, split.target("abc").host_config.unwrap().extra_hosts)
        };
        let one = Some(vec!["sync-127.0.0.1:127.0.0.1".to_owned()]);
        for mode in ["", "bridge", "none", "backend"] {
            assert_eq!(hosts(mode), (one.clone(), None), "{mode}");
        }
        assert_eq!(hosts("host"), (None, one));
        assert_eq!(hosts("container:db"), (None, None));
    }

    #[test]
    fn ports_and_a_place_on_a_users_network_are_wanted_back() {
        let wanted = |mode: &str, host: HostConfig| {
            holds_what_is_wanted(&ContainerCreateBody {
                host_config: Some(HostConfig {
                    network_mode: Some(mode.to_owned()),
                    ..host
                }),
                ..ContainerCreateBody::default()
            })
        };
        for mode in ["", "default", "bridge", "none", "host", "container:db"] {
            assert!(!wanted(mode, HostConfig::default()), "{mode}");
        }
        assert!(wanted("backend", HostConfig::default()));
        let all = HostConfig {
            publish_all_ports: Some(true),
            ..HostConfig::default()
        };
        assert!(wanted("bridge", all));
        let bound = HostConfig {
            port_bindings: Some(HashMap::from([("80/tcp".to_owned(), None)])),
            ..HostConfig::default()
        };
        assert!(wanted("bridge", bound));
    }

    #[test]
    fn a_relay_that_takes_anothers_place_joins_the_target() {
        let mut request_of_all = request_with_all();
        request_of_all.host_config.as_mut().unwrap().network_mode = Some("backend".to_owned());
        let relay = split(request_of_all, Some("web"), &[]).relay;
        assert!(has_own_network(&relay));
        let next = rejoining(&relay, "abc");
        assert_eq!((next.hostname, next.networking_config), (None, None));
        assert_eq!((next.domainname, next.exposed_ports), (None, None));
        let host = next.host_config.unwrap();
        assert_eq!(host.network_mode.as_deref(), Some("container:abc"));
        assert_eq!((host.dns, host.publish_all_ports), (None, None));

        let relay = split(request("host"), None, &[]).relay;
        assert!(!has_own_network(&relay));
        assert_eq!(rejoining(&relay, "abc"), relay);
    }

    #[test]
    fn the_targets_name_resolves_on_user_defined_networks_only() {
        let on = |mode| {
            split(request(mode), Some("web"), &[])
                .relay
                .networking_config
        };
        for mode in ["bridge", "default", "none", ""] {
            assert_eq!(on(mode), None, "{mode}");
        }
        let endpoints = on("backend").unwrap().endpoints_config.unwrap();
        assert_eq!(endpoints["backend"].aliases, Some(vec!["web".to_owned()]));
    }

    #[test]
    fn aliases_that_were_asked_for_are_kept() {
        let mut request = request("one");
        let asked = EndpointSettings {
            aliases: Some(vec!["db".to_owned()]),
            ..EndpointSettings::default()
        };
        request.networking_config = Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([
                ("one".to_owned(), asked),
                ("two".to_owned(), EndpointSettings::default()),
            ])),
        });
        let relay = split(request, Some("web"), &[]).relay;
        let endpoints = relay.networking_config.unwrap().endpoints_config.unwrap();
        let aliases = |network: &str| endpoints[network].aliases.clone().unwrap();
        assert_eq!(aliases("one"), ["db", "web"]);
        assert_eq!(aliases("two"), ["web"]);
    }
}
