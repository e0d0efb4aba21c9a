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
