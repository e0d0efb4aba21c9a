//! What keeps a container of a project from its credentials: lines in the log, and on a later `up`
//! lines of Compose.

use std::fmt;

/// `Display` is one line. No warning holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Its loopback is the machine's.
    HostNetwork { name: String },
    /// No relay could join it.
    NoRelay { name: String, why: String },
    /// It has variables that lead SDKs elsewhere. A provider can set variables, but take none out.
    OwnVariables {
        name: String,
        variables: Vec<String>,
    },
    /// Its SDKs would ask a proxy for 127.0.0.1.
    Proxy { name: String },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostNetwork { name } => write!(
                f,
                "{name} gets no credentials: with network_mode: host, every user of this machine could use them"
            ),
            Self::NoRelay { name, why } => write!(f, "{name} gets no credentials: {why}"),
            Self::OwnVariables { name, variables } => write!(
                f,
                "{name} sets {} itself, and SDKs may prefer that to what credrun gives; \
                 leave it out of environment, env_file and the image",
                variables.join(", ")
            ),
            Self::Proxy { name } => write!(
                f,
                "{name} has a proxy, and SDKs may ask it for 127.0.0.1, where credrun answers; \
                 add NO_PROXY=127.0.0.1 to its environment"
            ),
        }
    }
}
