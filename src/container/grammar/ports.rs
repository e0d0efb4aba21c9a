//! `-p` and `--expose`.

use std::collections::{BTreeSet, HashMap};

use bollard::models::PortBinding;

use super::address::parse_ip;
use super::number::parse_decimal;
use crate::container::FlagError;

/// The result of `-p` and `--expose`.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    /// `PORT/PROTOCOL`, published ones included.
    pub(crate) exposed: BTreeSet<String>,
    /// Host addresses by `PORT/PROTOCOL`.
    pub(crate) bindings: HashMap<String, Option<Vec<PortBinding>>>,
}

/// Reads all of both.
pub(crate) fn parse(publish: &[String], expose: &[String]) -> Result<Ports, FlagError> {
    let mut ports = Ports::default();
    // docker rewrites every long form before it reads any short one.
    let specs: Vec<String> = publish
        .iter()
        .map(|spec| long_form(spec))
        .collect::<Result<_, _>>()?;
    for spec in &specs {
        ports.publish(spec)?;
    }
    for spec in expose {
        ports.expose(spec)?;
    }
    Ok(ports)
}

/// Rewrites `published=8080,target=80,protocol=udp` as `8080:80/udp`. Other keys are ignored.
fn long_form(spec: &str) -> Result<String, FlagError> {
    if !spec.contains('=') {
        return Ok(spec.to_owned());
    }
    let (mut published, mut target, mut protocol) = ("", "", "tcp");
    for field in spec.split(',') {
        let mut parts = field.split('=');
        let (Some(key), Some(value)) = (parts.next(), parts.next()) else {
            return Err(FlagError::new(format!(
                "invalid publish opts format (should be name=value but got '{field}')"
            )));
        };
        match key {
            "published" => published = value,
            "target" => target = value,
            "protocol" => protocol = value,
            _ => {}
        }
    }
    Ok(format!("{published}:{target}/{protocol}"))
}

impl Ports {
    /// `[[IP:][HOST]:]CONTAINER[/PROTOCOL]`, where host and container may be ranges.
    fn publish(&mut self, spec: &str) -> Result<(), FlagError> {
        let (ip, host, container) = split_spec(spec);
        let (container, protocol) = split_protocol(container);
        let ip = host_ip(ip)?;
        if container.is_empty() {
            return Err(FlagError::new(format!("no port specified: {spec}<empty>")));
        }
        let (start, end) = parse_range(container)
            .map_err(|_| FlagError::new(format!("invalid containerPort: {container}")))?;
        let host_range = match host {
            "" => None,
            _ => Some(
                parse_range(host)
                    .map_err(|_| FlagError::new(format!("invalid hostPort: {host}")))?,
            ),
        };
        if let Some((host_start, host_end)) = host_range
            && start != end
            && end - start != host_end - host_start
        {
            return Err(FlagError::new(format!(
                "invalid ranges specified for container and host Ports: {container} and {host}"
            )));
        }
        let protocol = protocol.to_lowercase();
        if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
            return Err(FlagError::new(format!("invalid proto: {protocol}")));
        }
        for port in start..=end {
            let host_port = match host_range {
                None => String::new(),
                // One container port and a range: the Engine picks a free one from it.
                Some((first, last)) if start == end && first != last => format!("{first}-{last}"),
                Some((first, _)) => (first + (port - start)).to_string(),
            };
            self.bind(&format!("{port}/{protocol}"), ip.clone(), host_port);
        }
        Ok(())
    }

    fn bind(&mut self, port: &str, ip: String, host_port: String) {
        self.exposed.insert(port.to_owned());
        self.bindings
            .entry(port.to_owned())
            .or_default()
            .get_or_insert_default()
            .push(PortBinding {
                host_ip: Some(ip),
                host_port: Some(host_port),
            });
    }

    /// `PORT[-PORT][/PROTOCOL]`, of any protocol.
    fn expose(&mut self, spec: &str) -> Result<(), FlagError> {
        let (range, protocol) = split_protocol(spec);
        let (start, end) = parse_range(range).map_err(|why| {
            let why = match why {
                BadRange::Empty => "invalid port range: value is empty".to_owned(),
                BadRange::Start(port, why) => format!("invalid start port '{port}': {why}"),
                BadRange::End(port, why) => format!("invalid end port '{port}': {why}"),
                BadRange::Backwards => format!("invalid port range: {spec}"),
            };
            FlagError::new(format!("invalid range format for --expose: {why}"))
        })?;
        let protocol = protocol.to_lowercase();
        self.exposed
            .extend((start..=end).map(|port| format!("{port}/{protocol}")));
        Ok(())
    }
}

/// The last two colons separate; everything before them is the address, so a bare IPv6 address
/// works.
fn split_spec(spec: &str) -> (&str, &str, &str) {
    match spec.rsplit_once(':') {
        None => ("", "", spec),
        Some((rest, container)) => match rest.rsplit_once(':') {
            None => ("", rest, container),
            Some((ip, host)) => (ip, host, container),
        },
    }
}

fn split_protocol(port: &str) -> (&str, &str) {
    match port.split_once('/') {
        Some((port, "")) => (port, "tcp"),
        Some((port, protocol)) => (port, protocol),
        None => (port, "tcp"),
    }
}

fn host_ip(typed: &str) -> Result<String, FlagError> {
    let ip = match typed.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or_else(|| {
            FlagError::new(format!(
                "invalid IP address {typed}: address {typed}:: missing ']' in address"
            ))
        })?,
        None => typed,
    };
    if ip.is_empty() {
        return Ok(String::new());
    }
    if let Some(address) = parse_ip(ip) {
        return Ok(address.to_string());
    }
    let what = format!("invalid IP address: {ip}");
    Err(match ip {
        "localhost" => FlagError::with_hint(what, "a port is published on an address: 127.0.0.1"),
        _ => FlagError::new(what),
    })
}

/// Why a text is not a range of ports.
enum BadRange<'a> {
    Empty,
    /// The first or only port, and what is wrong with it.
    Start(&'a str, &'static str),
    End(&'a str, &'static str),
    /// It ends before it starts.
    Backwards,
}

/// `N` or `N-M`.
fn parse_range(text: &str) -> Result<(u16, u16), BadRange<'_>> {
    if text.is_empty() {
        return Err(BadRange::Empty);
    }
    let (start, end) = text.split_once('-').unwrap_or((text, text));
    let first = parse_port(start).map_err(|why| BadRange::Start(start, why))?;
    let last = parse_port(end).map_err(|why| BadRange::End(end, why))?;
    if last < first {
        return Err(BadRange::Backwards);
    }
    Ok((first, last))
}

fn parse_port(digits: &str) -> Result<u16, &'static str> {
    parse_decimal(digits).ok_or_else(|| match digits {
        "" => "value is empty",
        _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => "value out of range",
        _ => "invalid syntax",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(spec: &str) -> Vec<(String, String, String)> {
        let ports = parse(&[spec.to_owned()], &[]).expect("well-formed");
        let mut list: Vec<_> = ports
            .bindings
            .into_iter()
            .flat_map(|(port, bindings)| {
                bindings
                    .unwrap_or_default()
                    .into_iter()
                    .map(move |binding| {
                        (
                            binding.host_ip.unwrap_or_default(),
                            binding.host_port.unwrap_or_default(),
                            port.clone(),
                        )
                    })
            })
            .collect();
        list.sort();
        list
    }

    fn one(ip: &str, host: &str, container: &str) -> Vec<(String, String, String)> {
        vec![(ip.to_owned(), host.to_owned(), container.to_owned())]
    }

    #[test]
    fn each_part_but_the_container_port_may_be_left_out() {
        assert_eq!(publish("80"), one("", "", "80/tcp"));
        assert_eq!(publish("8080:80"), one("", "8080", "80/tcp"));
        assert_eq!(publish("127.0.0.1::80"), one("127.0.0.1", "", "80/tcp"));
        assert_eq!(
            publish("127.0.0.1:81:80/UDP"),
            one("127.0.0.1", "81", "80/udp")
        );
    }

    #[test]
    fn ipv6_addresses_need_no_brackets() {
        assert_eq!(publish("[::1]:8080:80"), one("::1", "8080", "80/tcp"));
        assert_eq!(publish("::1:8080:80"), one("::1", "8080", "80/tcp"));
        assert_eq!(publish("[0:0::1]:8080:80"), one("::1", "8080", "80/tcp"));
    }

    #[test]
    fn what_is_wrong_with_a_port_is_told() {
        for (digits, why) in [
            ("", "value is empty"),
            ("65536", "value out of range"),
            ("8o", "invalid syntax"),
            ("-1", "invalid syntax"),
        ] {
            assert_eq!(parse_port(digits), Err(why), "{digits:?}");
        }
        let refused = parse(&["localhost:80:80".to_owned()], &[]).expect_err("refused");
        assert_eq!(refused.to_string(), "invalid IP address: localhost");
        assert!(
            refused
                .hint()
                .is_some_and(|hint| hint.contains("127.0.0.1"))
        );
    }

    #[test]
    fn ranges_go_pairwise_or_leave_the_choice_to_the_engine() {
        assert_eq!(
            publish("8000-8001:9000-9001"),
            [one("", "8000", "9000/tcp"), one("", "8001", "9001/tcp")].concat()
        );
        assert_eq!(publish("8000-8010:80"), one("", "8000-8010", "80/tcp"));
        assert_eq!(publish("8000-8003:9000-9003").len(), 4);
        assert!(parse(&["8000-8003:9000-9002".to_owned()], &[]).is_err());
    }

    #[test]
    fn the_long_form_says_the_same() {
        assert_eq!(
            publish("published=8080,target=80,protocol=udp,mode=host"),
            one("", "8080", "80/udp")
        );
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        let message = |spec: &str| {
            parse(&[spec.to_owned()], &[])
                .expect_err("refused")
                .to_string()
        };
        assert_eq!(message(""), "no port specified: <empty>");
        assert_eq!(message("80:80/foo"), "invalid proto: foo");
        assert_eq!(message("abc"), "invalid containerPort: abc");
        assert_eq!(message("70000:80"), "invalid hostPort: 70000");
        assert_eq!(message("localhost:80:80"), "invalid IP address: localhost");
        assert_eq!(
            message("8000-8002:9000-9001"),
            "invalid ranges specified for container and host Ports: 9000-9001 and 8000-8002"
        );
    }

    #[test]
    fn exposed_ports_are_numbers_with_any_protocol() {
        let expose = |spec: &str| parse(&[], &[spec.to_owned()]);
        let ports = expose("81-83/foo").expect("well-formed");
        assert_eq!(
            Vec::from_iter(ports.exposed),
            ["81/foo", "82/foo", "83/foo"]
        );
        assert_eq!(
            expose("80:80").expect_err("refused").to_string(),
            "invalid range format for --expose: invalid start port '80:80': invalid syntax"
        );
        let lower = expose("80/TCP").expect("well-formed");
        assert_eq!(Vec::from_iter(lower.exposed), ["80/tcp"]);
        assert!(expose("9-8").is_err());
        assert!(expose("").is_err());
    }
}
