//! `--network` and the flags that belong to the first one.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::{EndpointIpamConfig, EndpointSettings};

use super::address::{parse_ip, parse_mac};
use super::api_version::{ApiVersion, Gate};
use super::{FlagError, csv, number};
use crate::cli::container::NetworkArgs;

/// One `--network`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NetworkFlag {
    target: String,
    aliases: Vec<String>,
    links: Vec<String>,
    driver_opts: Option<HashMap<String, String>>,
    ipv4: Option<IpAddr>,
    ipv6: Option<IpAddr>,
    link_local_ips: Vec<IpAddr>,
    mac_address: Option<String>,
    gateway_priority: i64,
}

/// What the network flags come to.
#[derive(Debug)]
pub(super) struct Networks {
    /// The first network's name, or `default`.
    pub(super) mode: String,
    /// How the container joins each network.
    pub(super) endpoints: HashMap<String, EndpointSettings>,
}

impl Networks {
    /// Addresses per network are newer than the flag.
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

/// Reads a network's name, or `name=…,alias=…,ip=…`.
///
/// # Errors
/// A record without a name, with an unknown key, or with a malformed field.
pub fn parse(value: &str) -> Result<NetworkFlag, FlagError> {
    if !is_record(value) {
        return Ok(NetworkFlag {
            target: value.to_owned(),
            ..NetworkFlag::default()
        });
    }
    let mut network = NetworkFlag::default();
    for field in csv::parse(value)? {
        network.set(&field)?;
    }
    if network.target.is_empty() {
        return Err(FlagError::new("network name/id is not specified"));
    }
    Ok(network)
}

/// docker's rule: an equals sign between two word characters, anywhere.
fn is_record(value: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    value
        .as_bytes()
        .windows(3)
        .any(|window| window[1] == b'=' && is_word(&window[0]) && is_word(&window[2]))
}

impl NetworkFlag {
    fn set(&mut self, field: &str) -> Result<(), FlagError> {
        // Values too are lower-cased: docker does so, and its networks are found by that name.
        let lower = field.to_lowercase();
        let Some((key, value)) = lower.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(FlagError::new(format!("invalid field {lower}")));
        };
        let value = value.trim();
        match key.trim() {
            "name" => value.clone_into(&mut self.target),
            "alias" => self.aliases.push(value.to_owned()),
            "ip" => self.ipv4 = Some(field_address(value)?),
            "ip6" => self.ipv6 = Some(field_address(value)?),
            "mac-address" => self.mac_address = non_empty(value),
            "link-local-ip" => self.link_local_ips.push(field_address(value)?),
            "driver-opt" => {
                let (key, value) = value
                    .split_once('=')
                    .filter(|(key, _)| !key.is_empty())
                    .ok_or_else(|| {
                        FlagError::new("invalid key value pair format in driver options")
                    })?;
                self.driver_opts
                    .get_or_insert_default()
                    .insert(key.trim().to_owned(), value.trim().to_owned());
            }
            "gw-priority" => {
                self.gateway_priority = number::parse_decimal_int(value).map_err(|_| {
                    FlagError::new(format!("invalid gw-priority ({value}): invalid syntax"))
                })?;
            }
            key => return Err(FlagError::new(format!("invalid field key {key}"))),
        }
        Ok(())
    }

    fn is_user_defined(&self) -> bool {
        !matches!(self.target.as_str(), "default" | "bridge" | "host" | "none")
            && self.target != "container"
            && !self.target.starts_with("container:")
    }

    /// Adds the flags that were there before `--network` had fields.
    fn apply(&mut self, args: &NetworkArgs) -> Result<(), FlagError> {
        let conflict = |flag, field| {
            FlagError::new(format!(
                "conflicting options: cannot specify both {flag} and per-network {field}"
            ))
        };
        append(&mut self.aliases, &args.network_alias)
            .ok_or_else(|| conflict("--network-alias", "alias"))?;
        // On the default bridge a link is no alias but a link, and goes elsewhere.
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
    // A single network that was named and nothing more is told by the mode alone.
    if args.network.len() == 1 && endpoints.get(&mode) == Some(&EndpointSettings::default()) {
        endpoints.clear();
    }
    Ok(Networks { mode, endpoints })
}

/// Checks `CONTAINER[:ALIAS]`.
///
/// # Errors
/// No container, or more than two parts.
pub fn parse_link(link: &str) -> Result<String, FlagError> {
    if link.is_empty() {
        return Err(FlagError::new("empty string specified for links"));
    }
    if link.split(':').count() > 2 {
        return Err(FlagError::new(format!("bad format for links: {link}")));
    }
    Ok(link.to_owned())
}

/// The address of a flag; docker takes an empty value for none.
pub type FlagAddress = Option<IpAddr>;

/// `--ip`: an IPv4 address, also one that is mapped into IPv6.
///
/// # Errors
/// No IPv4 address. docker drops an IPv6 one here, silently.
pub fn parse_ipv4(value: &str) -> Result<FlagAddress, FlagError> {
    let Some(address) = flag_address(value)? else {
        return Ok(None);
    };
    match address.to_canonical() {
        IpAddr::V4(address) => Ok(Some(address.into())),
        IpAddr::V6(_) => Err(FlagError::with_hint(
            format!("not an IPv4 address: {value:?}"),
            "an IPv6 address is for --ip6",
        )),
    }
}

/// `--ip6`: an address, an IPv4 one mapped into IPv6.
///
/// # Errors
/// No IP address.
pub fn parse_ipv6(value: &str) -> Result<FlagAddress, FlagError> {
    let address = flag_address(value)?;
    Ok(address.map(|address| match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(_) => address,
    }))
}

/// `--link-local-ip`.
///
/// # Errors
/// No IP address. docker drops such a value, silently.
pub fn parse_link_local(value: &str) -> Result<IpAddr, FlagError> {
    parse_ip(value).ok_or_else(|| unparsable(value))
}

fn flag_address(value: &str) -> Result<FlagAddress, FlagError> {
    match value.trim() {
        "" => Ok(None),
        address => parse_ip(address).map(Some).ok_or_else(|| unparsable(value)),
    }
}

fn unparsable(value: &str) -> FlagError {
    FlagError::new(format!("failed to parse IP: {value:?}"))
}

/// The address in a field of `--network`, whichever kind it is.
fn field_address(value: &str) -> Result<IpAddr, FlagError> {
    parse_ip(value)
        .ok_or_else(|| FlagError::new(format!("ParseAddr({value:?}): unable to parse IP")))
}

fn mac_address(typed: &str) -> Result<String, FlagError> {
    parse_mac(typed.trim())
        .ok_or_else(|| FlagError::new(format!("{typed} is not a valid mac address")))
}

/// None where both have something.
fn append<T: Clone>(field: &mut Vec<T>, flags: &[T]) -> Option<()> {
    if !field.is_empty() && !flags.is_empty() {
        return None;
    }
    field.extend_from_slice(flags);
    Some(())
}

/// None where both have something.
fn replace<T>(field: &mut Option<T>, flag: Option<T>) -> Option<()> {
    if flag.is_some() {
        if field.is_some() {
            return None;
        }
        *field = flag;
    }
    Some(())
}

fn non_empty(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn list(values: Vec<String>) -> Option<Vec<String>> {
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_address_of_the_other_kind_is_mapped_or_refused() {
        let text = |address: Option<IpAddr>| address.map(|address| address.to_string());
        let mapped = parse_ipv6("1.2.3.4").expect("an address");
        assert_eq!(text(mapped).as_deref(), Some("::ffff:1.2.3.4"));
        let unmapped = parse_ipv4("::ffff:1.2.3.4").expect("an address");
        assert_eq!(text(unmapped).as_deref(), Some("1.2.3.4"));
        assert!(parse_ipv4("2001:db8::33").is_err());
        assert!(parse_link_local("169.254.1.1,169.254.1.2").is_err());
        assert_eq!(parse_ipv4(""), Ok(None));
    }

    #[test]
    fn a_mac_address_needs_a_newer_engine() {
        let args = networks(&["name=n,mac-address=92:d0:c6:0a:29:33"]);
        assert!(collect(&args).expect("valid").gate().is_some());
    }

    #[test]
    fn unknown_fields_are_refused() {
        let message = |value| parse(value).expect_err("refused").to_string();
        assert_eq!(message("name=x,foo=bar"), "invalid field key foo");
        assert_eq!(message("alias=x"), "network name/id is not specified");
        assert!(parse_link("a:b:c").is_err());
    }
}
