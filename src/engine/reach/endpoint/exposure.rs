//! Whether others on the network can read the traffic to an Engine.

use std::fmt;
use std::net::IpAddr;

use super::Endpoint;
use crate::engine::reach::connect::Connector;

/// Why others could read the traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    address: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unencrypted,
    Unverified,
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, kind } = self;
        match kind {
            Kind::Unencrypted => write!(
                f,
                "the connection to {address} is not encrypted, so others on the network can read \
                 the credentials; TLS or ssh:// protects them"
            ),
            Kind::Unverified => write!(
                f,
                "the certificate of {address} is not verified, so others on the network can pose \
                 as the Engine and read the credentials; --tlsverify, or a docker context that \
                 verifies, protects them"
            ),
        }
    }
}

impl Endpoint {
    /// Why others on the network could read the traffic to this Engine, if they could. A connection
    /// that does not leave this machine is not exposed.
    #[must_use]
    pub fn exposure(&self) -> Option<Exposure> {
        let (host_and_port, kind) = match &self.connector {
            Connector::Tcp(host_and_port) => (host_and_port, Kind::Unencrypted),
            Connector::Tls(host_and_port, client) if !client.verifies() => {
                (host_and_port, Kind::Unverified)
            }
            Connector::Tls(..) | Connector::Unix(_) | Connector::Ssh(_) => return None,
        };
        (!is_loopback(host_and_port)).then(|| Exposure {
            address: self.address.clone(),
            kind,
        })
    }
}

/// Whether `host:port` or `[address]:port` is this machine. The only name known to be is
/// `localhost`; the unspecified address (`0.0.0.0`) leads to loopback as well.
fn is_loopback(host_and_port: &str) -> bool {
    let host = host_and_port
        .rsplit_once(':')
        .map_or(host_and_port, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) => {
            let address = address.to_canonical();
            address.is_loopback() || address.is_unspecified()
        }
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for local in [
            "localhost:2375",
            "LOCALHOST:1",
            "127.0.0.1:2375",
            "127.9.9.9:1",
            "[::1]:2375",
            "[::ffff:127.0.0.1]:1",
            "0.0.0.0:2375",
        ] {
            assert!(is_loopback(local), "{local}");
        }
        for remote in [
            "10.0.0.1:2375",
            "localhost.example.org:1",
            "build:2375",
            "[::2]:1",
        ] {
            assert!(!is_loopback(remote), "{remote}");
        }
    }
}
