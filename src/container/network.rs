//! `--network` and the flags that belong to the first one.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::{EndpointIpamConfig, EndpointSettings};

use super::api_version::{ApiVersion, Gate};
use super::error::FlagError;
use super::grammar::address::parse_mac;
use super::grammar::network::NetworkFlag;
use crate::cli::container::NetworkArgs;

/// The result of the network flags.
#[derive(Debug)]
pub(super) struct Networks {
    /// The first network's name, or `default`.
    pub(super) mode: String,
    /// How the container joins each network.
    pub(super) endpoints: HashMap<String, EndpointSettings>,
}

impl Networks {
    /// Older Engines support the flag, but not a MAC address per network.
    pub(super) fn gate(&self) -> Option<Gate> {
        self.endpoints
            .values()
            .any(|endpoint| endpoint.mac_address.is_some())
            .then_some(Gate::Since(
                "specify mac-address per network",
                ApiVersion::v1(44),
            ))
    }
}

impl NetworkFlag {
    fn is_user_defined(&self) -> bool {
        !matches!(self.target.as_str(), "default" | "bridge" | "host" | "none")
            && self.target != "container"
            && !self.target.starts_with("container:")
    }

    /// Adds the flags that are older than `--network`'s fields.
    fn apply(&mut self, args: &NetworkArgs) -> Result<(), FlagError> {
        let conflict = |flag, field| {
            FlagError::new(format!(
                "conflicting options: cannot specify both {flag} and per-network {field}"
            ))
        };
        append(&mut self.aliases, &args.network_alias)
            .ok_or_else(|| conflict("--network-alias", "alias"))?;
        // On the default bridge a link is not an alias, and goes elsewhere.
        if self.is_user_defined() {
            append(&mut self.links, &args.link).ok_or_else(|| conflict("--link", "links"))?;
        }
        replace(&mut self.ipv4, args.ip.flatten())
            .ok_or_else(|| conflict("--ip", "IPv4 address"))?;
        replace(&mut self.ipv6, args.ip6.flatten())
            .ok_or_else(|| conflict("--ip6", "IPv6 address"))?;
        append(&mut self.link_local_ips, &args.link_local_ip)
            .ok_or_else(|| conflict("--link-local-ip", "link-local IP addresses"))?;
        let mac_address = args.mac_address.clone().filter(|mac| !mac.is_empty());
        replace(&mut self.mac_address, mac_address)
            .ok_or_else(|| conflict("--mac-address", "MAC address"))?;
        Ok(())
    }

    fn into_endpoint(self) -> Result<EndpointSettings, FlagError> {
        if self.target.trim().is_empty() {
            return Err(FlagError::new("no name set for network"));
        }
        if !self.is_user_defined() && !self.aliases.is_empty() {
            return Err(FlagError::new(
                "network-scoped aliases are only supported for user-defined networks",
            ));
        }
        let mac_address = self.mac_address.as_deref().map(mac_address).transpose()?;
        let addressed =
            self.ipv4.is_some() || self.ipv6.is_some() || !self.link_local_ips.is_empty();
        Ok(EndpointSettings {
            aliases: list(self.aliases),
            links: list(self.links),
            driver_opts: self.driver_opts,
            ipam_config: addressed.then(|| EndpointIpamConfig {
                ipv4_address: self.ipv4.map(|address| address.to_string()),
                ipv6_address: self.ipv6.map(|address| address.to_string()),
                link_local_ips: list(self.link_local_ips.iter().map(IpAddr::to_string).collect()),
            }),
            mac_address,
            gw_priority: (self.gateway_priority != 0).then_some(self.gateway_priority),
            ..EndpointSettings::default()
        })
    }
}

/// Puts all network flags together.
pub(super) fn collect(args: &NetworkArgs) -> Result<Networks, FlagError> {
    if let Some(mac) = args.mac_address.as_deref().filter(|mac| !mac.is_empty()) {
        mac_address(mac)?;
    }
    let mut flags = args.network.clone();
    if flags.is_empty() {
        flags.push(NetworkFlag {
            target: "default".to_owned(),
            ..NetworkFlag::default()
        });
    }
    let mode = flags[0].target.clone();
    let user_defined = flags.iter().filter(|flag| flag.is_user_defined()).count();
    let mixed = user_defined != 0 && user_defined != flags.len();
    flags[0].apply(args)?;

    let mut endpoints = HashMap::new();
    for flag in flags {
        let name = flag.target.clone();
        if endpoints
            .insert(name.clone(), flag.into_endpoint()?)
            .is_some()
        {
            return Err(FlagError::new(format!(
                "network {name:?} is specified multiple times"
            )));
        }
    }
    if mixed {
        return Err(FlagError::new(
            "conflicting options: cannot attach both user-defined and non-user-defined \
             network-modes",
        ));
    }
    // A single network with nothing but a name is expressed by the mode alone.
    if args.network.len() == 1 && endpoints.get(&mode) == Some(&EndpointSettings::default()) {
        endpoints.clear();
    }
    Ok(Networks { mode, endpoints })
}

fn mac_address(typed: &str) -> Result<String, FlagError> {
    parse_mac(typed.trim())
        .ok_or_else(|| FlagError::new(format!("{typed} is not a valid mac address")))
}

/// None if both have a value.
fn append<T: Clone>(field: &mut Vec<T>, flags: &[T]) -> Option<()> {
    if !field.is_empty() && !flags.is_empty() {
        return None;
    }
    field.extend_from_slice(flags);
    Some(())
}

/// None if both have a value.
fn replace<T>(field: &mut Option<T>, flag: Option<T>) -> Option<()> {
    if flag.is_some() {
        if field.is_some() {
            return None;
        }
        *field = flag;
    }
    Some(())
}

fn list(values: Vec<String>) -> Option<Vec<String>> {
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::grammar::network::{parse, parse_ipv4, parse_link_local};

    fn networks(values: &[&str]) -> NetworkArgs {
        NetworkArgs {
            network: values
                .iter()
                .map(|value| parse(value).expect("well-formed"))
                .collect(),
            ..NetworkArgs::default()
        }
    }

    fn refusal(args: &NetworkArgs) -> String {
        collect(args).expect_err("refused").to_string()
    }

    #[test]
    fn no_network_is_the_default_one_with_an_endpoint() {
        let networks = collect(&NetworkArgs::default()).expect("valid");
        assert_eq!(networks.mode, "default");
        assert!(networks.endpoints.contains_key("default"));
    }

    #[test]
    fn a_plain_network_is_told_by_its_mode_alone() {
        let networks = collect(&networks(&["mynet"])).expect("valid");
        assert_eq!(networks.mode, "mynet");
        assert!(networks.endpoints.is_empty());
    }

    #[test]
    fn fields_are_lower_cased_as_a_whole() {
        let networks = collect(&networks(&["name=MyNet,alias=ABC"])).expect("valid");
        assert_eq!(networks.mode, "mynet");
        assert_eq!(
            networks.endpoints["mynet"].aliases,
            Some(vec!["abc".into()])
        );
    }

    #[test]
    fn the_old_flags_belong_to_the_first_network() {
        let mut args = networks(&["n1", "n2"]);
        args.ip = Some(parse_ipv4("10.0.0.5").expect("an address"));
        let networks = collect(&args).expect("valid");
        assert!(networks.endpoints["n1"].ipam_config.is_some());
        assert!(networks.endpoints["n2"].ipam_config.is_none());
    }

    #[test]
    fn conflicts_are_refused() {
        assert_eq!(
            refusal(&networks(&["n1", "n1"])),
            "network \"n1\" is specified multiple times"
        );
        assert!(refusal(&networks(&["n1", "host"])).contains("cannot attach both"));
        assert_eq!(refusal(&networks(&[""])), "no name set for network");
        let mut args = networks(&["name=n,ip=1.2.3.4"]);
        args.ip = Some(parse_ipv4("1.2.3.5").expect("an address"));
        assert_eq!(
            refusal(&args),
            "conflicting options: cannot specify both --ip and per-network IPv4 address"
        );
        let args = NetworkArgs {
            network_alias: vec!["a".into()],
            ..NetworkArgs::default()
        };
        assert!(refusal(&args).starts_with("network-scoped aliases"));
    }

    #[test]
    fn addresses_are_sent_in_their_canonical_form() {
        let mut args = networks(&["name=n,ip6=2001:DB8:0::33,mac-address=02-42-AC-11-00-02"]);
        args.ip = Some(parse_ipv4(" 10.0.0.5 ").expect("an address"));
        args.link_local_ip = vec![parse_link_local("FE80:0::1").expect("an address")];
        let endpoint = collect(&args).expect("valid").endpoints.remove("n");
        let endpoint = endpoint.expect("an endpoint");
        assert_eq!(endpoint.mac_address.as_deref(), Some("02:42:ac:11:00:02"));
        let addresses = endpoint.ipam_config.expect("addresses");
        assert_eq!(addresses.ipv4_address.as_deref(), Some("10.0.0.5"));
        assert_eq!(addresses.ipv6_address.as_deref(), Some("2001:db8::33"));
        assert_eq!(addresses.link_local_ips, Some(vec!["fe80::1".to_owned()]));
    }

    #[test]
    fn a_mac_address_needs_a_newer_engine() {
        let args = networks(&["name=n,mac-address=92:d0:c6:0a:29:33"]);
        assert!(collect(&args).expect("valid").gate().is_some());
    }
}
