//! What a container shows to the service behind its relay.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};

use crate::cli::compose::ComposeDelivery;
use crate::environment::behind_relay::RelayKey;
use crate::keyless::keys::IssuedSet;
use crate::live::endpoint::{PATH, random_token};
use crate::messages::error::Error;
use crate::vars;

/// A token that was given by hand may be short, but not so short that it can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// A container keeps its own: a later process serves containers that an earlier one has left.
#[derive(Debug, Clone)]
pub(in crate::commands) enum Key {
    /// `delivery: live`.
    Token(SecretString),
    /// `delivery: keyless`.
    Set(IssuedSet),
}

impl Key {
    /// # Errors
    /// The operating system has no randomness.
    pub(in crate::commands) fn random(delivery: ComposeDelivery) -> Result<Self, Error> {
        Ok(match delivery {
            ComposeDelivery::Keyless => Self::Set(IssuedSet::random()?),
            ComposeDelivery::Live | ComposeDelivery::Env => Self::Token(random_token()?),
        })
    }

    /// The key of a container with these variables, if it expects a relay on this port.
    pub(in crate::commands) fn read(
        delivery: ComposeDelivery,
        port: u16,
        environment: &[String],
    ) -> Option<Self> {
        let variables: HashMap<&str, &str> = environment
            .iter()
            .filter_map(|entry| entry.split_once('='))
            .collect();
        let value = |name: &str| variables.get(name).copied();
        let address = format!("http://127.0.0.1:{port}");
        match delivery {
            ComposeDelivery::Env => None,
            ComposeDelivery::Live => {
                let url = value(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI)?;
                let token = value(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN)?;
                let expects = url == address + PATH && token.len() >= SHORTEST_TOKEN;
                expects.then(|| Self::Token(SecretString::from(token)))
            }
            ComposeDelivery::Keyless => {
                let set = IssuedSet::kept(
                    value(vars::AWS_ACCESS_KEY_ID)?,
                    value(vars::AWS_SECRET_ACCESS_KEY)?,
                    value(vars::AWS_SESSION_TOKEN)?,
                )?;
                (value(vars::AWS_ENDPOINT_URL)? == address).then_some(Self::Set(set))
            }
        }
    }

    /// The key of a container with these variables, with whatever delivery on whatever port.
    pub(super) fn of_any(environment: &[String]) -> Option<Self> {
        const ADDRESS: &str = "http://127.0.0.1:";
        let names = [
            (
                ComposeDelivery::Live,
                vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
            ),
            (ComposeDelivery::Keyless, vars::AWS_ENDPOINT_URL),
        ];
        names.into_iter().find_map(|(delivery, name)| {
            let mut entries = environment.iter().filter_map(|entry| entry.split_once('='));
            let (_, url) = entries.find(|(known, _)| *known == name)?;
            let port = url.strip_prefix(ADDRESS)?.split('/').next()?;
            Self::read(delivery, port.parse().ok()?, environment)
        })
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Token(one), Self::Token(other)) => one.expose_secret() == other.expose_secret(),
            (Self::Set(one), Self::Set(other)) => {
                let secrets = [&one.secret_access_key, &one.session_token];
                let others = [&other.secret_access_key, &other.session_token];
                one.access_key_id == other.access_key_id
                    && secrets.map(ExposeSecret::expose_secret)
                        == others.map(ExposeSecret::expose_secret)
            }
            (Self::Token(_), Self::Set(_)) | (Self::Set(_), Self::Token(_)) => false,
        }
    }

    /// Whether an image brings it along: then nobody who started the container has said that it may have
    /// credentials. An image can have the project's labels, too. The variables' names are not compared:
    /// Podman takes spaces before one off.
    pub(super) fn is_in(&self, image: &[String]) -> bool {
        let secrets = match self {
            Self::Token(token) => vec![token],
            Self::Set(set) => vec![&set.secret_access_key, &set.session_token],
        };
        let mut secrets = secrets.into_iter().map(ExposeSecret::expose_secret);
        secrets.any(|secret| image.iter().any(|entry| entry.contains(secret)))
    }

    pub(in crate::commands) fn as_relay_key(&self) -> RelayKey<'_> {
        match self {
            Self::Token(token) => RelayKey::Token(token),
            Self::Set(set) => RelayKey::Set(set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::project::variables;

    #[test]
    fn a_container_of_another_port_and_delivery_is_known_too() {
        for (delivery, other) in [
            (ComposeDelivery::Live, ComposeDelivery::Keyless),
            (ComposeDelivery::Keyless, ComposeDelivery::Live),
        ] {
            let Ok(key) = Key::random(delivery) else {
                panic!("no key");
            };
            let entries = variables::behind_relay(21777, key.as_relay_key(), None);
            let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
            assert!(Key::read(delivery, 21776, &entries).is_none());
            assert!(Key::read(other, 21777, &entries).is_none());
            assert!(Key::of_any(&entries).is_some_and(|found| found.is(&key)));
        }
        let others = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:x/credentials",
            "AWS_ENDPOINT_URL=http://127.0.0.1:4566",
            "AWS_ACCESS_KEY_ID=test",
        ];
        assert!(Key::of_any(&others.map(str::to_owned)).is_none());
    }

    #[test]
    fn a_key_that_the_image_brings_is_known_however_its_name_is_written() {
        for delivery in [ComposeDelivery::Live, ComposeDelivery::Keyless] {
            let (Ok(key), Ok(other)) = (Key::random(delivery), Key::random(delivery)) else {
                panic!("no key");
            };
            let entries = |key: &Key| -> Vec<String> {
                let entries = variables::behind_relay(21776, key.as_relay_key(), None);
                entries.iter().map(ToString::to_string).collect()
            };
            assert!(key.is_in(&entries(&key)));
            // Podman starts a container of it with the names that SDKs read.
            let spaced: Vec<_> = entries(&key)
                .iter()
                .map(|one| format!(" \t{one}"))
                .collect();
            assert!(key.is_in(&spaced));
            assert!(!key.is_in(&entries(&other)));
            // Those of a test image, which SDKs ask later.
            let test = ["AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN="].map(str::to_owned);
            assert!(!key.is_in(&test));
        }
    }
}
