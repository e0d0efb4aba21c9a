//! What keeps containers of a project from their credentials: lines in the log, and on a later `up`
//! lines of Compose.

use std::fmt;

use crate::messages::visible::on_one_line;

/// `Display` is one line. No warning holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Warning {
    /// Its loopback is the machine's.
    HostNetwork { name: String },
    /// Its image has the variables that ask for credentials.
    KeyOfImage { name: String },
    /// Whether its image has them is not known any more.
    NoImage { name: String },
    /// No relay could join it.
    NoRelay { name: String, why: String },
    /// It depends on the provider, and Compose gives the variables to containers of `up` alone.
    OfRun { name: String },
    /// Compose has created it before with other options, and has left it as it is.
    OtherVariables { name: String, service: String },
    /// It has variables that lead SDKs elsewhere. A provider can set variables, but take none out.
    OwnVariables {
        name: String,
        variables: Vec<String>,
    },
    /// Its SDKs would ask a proxy for 127.0.0.1.
    Proxy { name: String },
    /// It has the network of another one, for which other options count.
    SharedNetwork { name: String, other: String },
    /// There was no container to serve.
    NeverServed(NeverServed),
    /// A service has options of its own, and there was none of this name.
    UnusedOptions { service: String },
}

/// Who has given the variables to no container.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NeverServed {
    /// Compose, to a service that depends on the provider.
    Provider { project: String },
    /// Compose, to a service of an override file.
    ComposeEnv { project: String },
    /// The Dev Containers CLI.
    DevContainer,
}

impl Warning {
    /// Whether it ends with the container, when Compose creates it anew.
    pub(super) fn is_until_created_anew(&self) -> bool {
        matches!(self, Self::OtherVariables { .. })
    }
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
            Self::OfRun { name } => write!(
                f,
                "{name} gets no credentials: Compose gives no variables of a provider to a container of docker compose run; \
                 credrun compose-file --help says what does"
            ),
            Self::OtherVariables { name, service } => write!(
                f,
                "{name} gets nothing from credrun: it was created with another delivery or port, or without any; \
                 docker compose up -d --force-recreate {} creates it anew",
                on_one_line(service)
            ),
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
            Self::SharedNetwork { name, other } => write!(
                f,
                "{name} shares the network of {other}, so it gets the credentials of {other}, and not its own"
            ),
            Self::NeverServed(never) => never.fmt(f),
            Self::UnusedOptions { service } => write!(
                f,
                "no container of a service {} has started, so its options had no effect; is the name right?",
                on_one_line(service)
            ),
        }
    }
}

impl fmt::Display for NeverServed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider { project } => write!(
                f,
                "nothing to serve: Compose has ended, and no container of the project {project} was created with the \
                 variables of credrun; does a service that it started depend on aws?"
            ),
            Self::ComposeEnv { project } => write!(
                f,
                "nothing to serve: Compose has ended, and no container of the project {project} was created with the \
                 variables of credrun; does Compose call the project so, and does it read the file of credrun compose-file?"
            ),
            Self::DevContainer => f.write_str(
                "nothing to serve: no dev container was started with the variables of credrun; does devcontainer.json have \
                 \"runArgs\": [\"--env-file\", \".credrun/devcontainer.env\"]? A container that was there before must be rebuilt",
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
