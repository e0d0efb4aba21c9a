//! The grammar of Engine addresses: what may follow `--host` or be in a context.
//!
//! Docker's rules, with its defaults for omitted parts. [`super::connect`] opens streams to an
//! address.

use std::fmt;
use std::path::PathBuf;

use crate::engine::reach::host_port::{AddressError, split_host_port};
use crate::engine::reach::ssh_target::SshTarget;

const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 2375;
const DEFAULT_TLS_PORT: u16 = 2376;

/// Where an Engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Unix(PathBuf),
    /// TCP, with or without TLS, which is chosen elsewhere.
    Tcp {
        /// A name or an IP address, without brackets.
        host: String,
        port: u16,
        /// A path prefix of every request, without a trailing slash.
        base_path: String,
    },
    /// A Unix socket of another machine.
    Ssh(SshTarget),
}

impl Address {
    /// The default address: the local socket, or with TLS a local port.
    #[must_use]
    pub(crate) fn default_of(tls: bool) -> Self {
        if tls {
            tcp(DEFAULT_HOST.to_owned(), DEFAULT_TLS_PORT, "")
        } else {
            Self::Unix(DEFAULT_SOCKET.into())
        }
    }

    /// Reads what a user may write after `--host` or into `DOCKER_HOST`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        match text.split_once("://") {
            Some(("unix", path)) => unix(path),
            Some(("tcp", rest)) => parse_tcp(rest),
            Some(("ssh", rest)) => SshTarget::parse(rest).map(Self::Ssh),
            Some((scheme, _)) => Err(AddressError::Scheme(scheme.to_owned())),
            // Newer docker clients treat a bare path as a socket, older ones as a host.
            None if text.starts_with('/') || text.starts_with("./") => unix(text),
            None => parse_tcp(text),
        }
    }

    /// Reads the `Host` of a context. Docker passes it unchanged to its HTTP client, which knows
    /// `http` too.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of_context(text: &str) -> Result<Self, AddressError> {
        match text.split_once("://") {
            Some(("http" | "https", rest)) => parse_tcp(rest),
            _ => Self::parse(text),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp {
                host,
                port,
                base_path,
            } => write!(f, "tcp://{}{base_path}", host_and_port(host, *port)),
            Self::Ssh(target) => write!(f, "{target}"),
        }
    }
}

/// `host:port`, with brackets around an IPv6 address.
pub(crate) fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

fn tcp(host: String, port: u16, path: &str) -> Address {
    Address::Tcp {
        host,
        port,
        base_path: path.trim_end_matches('/').to_owned(),
    }
}

fn unix(path: &str) -> Result<Address, AddressError> {
    let path = path.strip_prefix("unix://").unwrap_or(path);
    if path.contains("://") {
        return Err(AddressError::TwoSchemes);
    }
    let path = if path.is_empty() {
        DEFAULT_SOCKET
    } else {
        path
    };
    Ok(Address::Unix(path.into()))
}

fn parse_tcp(text: &str) -> Result<Address, AddressError> {
    let text = text.strip_prefix("tcp://").unwrap_or(text);
    if text.contains("://") {
        return Err(AddressError::TwoSchemes);
    }
    // Docker parses it as a URL and uses only its host, port and path.
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = split_host_port(authority)?;
    let host = if host.is_empty() { DEFAULT_HOST } else { host };
    Ok(tcp(host.to_owned(), port.unwrap_or(DEFAULT_PORT), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        Address::parse(text).expect("an address").to_string()
    }

    #[test]
    fn what_is_left_out_is_dockers_default() {
        for (text, whole) in [
            ("unix://", "unix:///var/run/docker.sock"),
            ("unix:///x.sock", "unix:///x.sock"),
            ("unix://unix:///x", "unix:///x"),
            ("/x.sock", "unix:///x.sock"),
            ("./x.sock", "unix://./x.sock"),
            ("tcp://", "tcp://localhost:2375"),
            ("tcp://:99", "tcp://localhost:99"),
            ("tcp://h", "tcp://h:2375"),
            ("tcp://h:", "tcp://h:2375"),
            ("h", "tcp://h:2375"),
            ("h:1", "tcp://h:1"),
            (" tcp://h:1 ", "tcp://h:1"),
            ("tcp://h:1/base/", "tcp://h:1/base"),
            ("tcp://h:1?a=b", "tcp://h:1"),
            ("tcp://user@h:1#f", "tcp://h:1"),
            ("tcp://[::1]:1", "tcp://[::1]:1"),
            ("tcp://[::1]", "tcp://[::1]:2375"),
            ("tcp://[::1]:", "tcp://[::1]:2375"),
        ] {
            assert_eq!(written(text), whole, "{text}");
        }
        assert_eq!(
            Address::default_of(false).to_string(),
            "unix:///var/run/docker.sock"
        );
        assert_eq!(
            Address::default_of(true).to_string(),
            "tcp://localhost:2376"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        use AddressError as E;
        for (text, error) in [
            ("bogus://x", E::Scheme("bogus".into())),
            ("http://h:1", E::Scheme("http".into())),
            ("fd://x", E::Scheme("fd".into())),
            ("npipe:////./pipe/x", E::Scheme("npipe".into())),
            ("unix://tcp://h", E::TwoSchemes),
            ("tcp://unix://h", E::TwoSchemes),
            ("tcp://h:x", E::Port("x".into())),
            ("tcp://h:99999", E::Port("99999".into())),
            ("tcp://::1", E::HostPort("::1".into())),
            ("tcp://[::1", E::HostPort("[::1".into())),
            ("tcp://[::1]x", E::HostPort("[::1]x".into())),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_context_may_say_http() {
        let address = Address::of_context("https://h:1").expect("an address");
        assert_eq!(address.to_string(), "tcp://h:1");
    }
}
