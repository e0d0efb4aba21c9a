//! What keeps a container of a project from its credentials: lines in the log, and on a later `up`
//! lines of Compose.

use std::fmt;

use crate::messages::visible::on_one_line;

/// `Display` is one line. No warning holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Its loopback is the machine's.
    HostNetwork { name: String },
    /// Its image has the variables that ask for credentials.
    KeyOfImage { name: String },
    /// Whether its image has them is not known any more.
    NoImage { name: String },
    /// No relay could join it.
    NoRelay { name: String, why: String },
    /// It has variables that lead SDKs elsewhere. A provider can set variables, but take none out.
    OwnVariables {
        name: String,
        variables: Vec<String>,
    },
    /// Its SDKs would ask a proxy for 127.0.0.1.
    Proxy { name: String },
    /// A service has options of its own, and there was none of this name.
    UnusedOptions { service: String },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostNetwork { name } => write!(
                f,
                "{name} gets no credentials: with network_mode: host, every user of this machine could use them"
            ),
            Self::KeyOfImage { name } => write!(
                f,
                "{name} gets no credentials: it was not given the variables that ask for them, its image has them"
            ),
            Self::NoImage { name } => write!(
                f,
                "{name} gets no credentials: its image is gone, and may have been where the variables that ask for them came from; \
                 create it anew"
            ),
            Self::NoRelay { name, why } => write!(f, "{name} gets no credentials: {why}"),
            Self::OwnVariables { name, variables } => write!(
                f,
                "{name} sets {} itself, and SDKs may prefer that to what credrun gives; \
                 leave it out of environment, env_file and the image",
                on_one_line(&variables.join(", "))
            ),
            Self::Proxy { name } => write!(
                f,
                "{name} has a proxy, and SDKs may ask it for 127.0.0.1, where credrun answers; \
                 add NO_PROXY=127.0.0.1 to its environment"
            ),
            Self::UnusedOptions { service } => write!(
                f,
                "no container of a service {} has started, so its options had no effect; is the name right?",
                on_one_line(service)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_an_image_has_chosen_begin_no_line_of_their_own() {
        let warning = Warning::OwnVariables {
            name: "p-app-1".to_owned(),
            variables: vec!["AWS_ENDPOINT_URL_\u{1b}[2J\ncredrun: all is well".to_owned()],
        };
        let said = warning.to_string();
        assert!(!said.contains(char::is_control), "{said}");
        assert!(said.contains(r"\u{1b}[2J\ncredrun"), "{said}");
    }
}
