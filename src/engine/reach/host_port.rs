//! `HOST:PORT`, and the errors in an address.

/// Why an address is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// An unknown scheme, or one that makes no sense for a client.
    #[error("unknown scheme \"{0}\"")]
    Scheme(String),
    /// A scheme within the address.
    #[error("it has more than one scheme")]
    TwoSchemes,
    /// Not `host`, `host:port`, `[address]` or `[address]:port`.
    #[error("\"{0}\" is not a host and a port")]
    HostPort(String),
    /// Not 0 to 65535.
    #[error("\"{0}\" is not a port")]
    Port(String),
    /// A password in an `ssh` address, which every process could read from the command line.
    #[error("a password in an ssh address is not supported")]
    SshPassword,
    /// No host in an `ssh` address.
    #[error("the host is empty")]
    SshHost,
    /// `?…` or `#…` in an `ssh` address.
    #[error("nothing may follow \"{0}\" in an ssh address")]
    SshExtra(char),
}

/// Splits `host[:port]`; an IPv6 address must be in brackets. An empty port counts as none.
pub(crate) fn split_host_port(text: &str) -> Result<(&str, Option<u16>), AddressError> {
    let malformed = || AddressError::HostPort(text.to_owned());
    let (host, rest) = match text.strip_prefix('[') {
        Some(inner) => inner.split_once(']').ok_or_else(malformed)?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => port,
        None if rest.is_empty() => rest,
        None => return Err(malformed()),
    };
    if port.contains(':') {
        return Err(malformed());
    }
    if port.is_empty() {
        return Ok((host, None));
    }
    match port.parse() {
        Ok(number) => Ok((host, Some(number))),
        Err(_) => Err(AddressError::Port(port.to_owned())),
    }
}
