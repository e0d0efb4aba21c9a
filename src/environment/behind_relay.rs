//! What a container behind a relay is told, whichever way it is served.

use secrecy::SecretString;

use super::keyless::{self, ProxyAddress, keyless_environment};
use super::live::{self, EndpointAddress, live_environment};
use super::shared_files::Found;
use super::user::UserEnv;
use super::variables::WayIn;
use crate::container::grammar::env::EnvEntry;
use crate::keyless::keys::IssuedSet;

/// What a container shows to what is behind its relay. It is useless once credrun has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RelayKey<'a> {
    /// The authorization token of the credential endpoint.
    Token(&'a SecretString),
    /// The set that its calls are signed with.
    Set(&'a IssuedSet),
}

/// Where the service behind a relay is, and how to get its answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServedAt<'a> {
    /// Its port, on the container's loopback.
    pub(crate) port: u16,
    pub(crate) key: RelayKey<'a>,
    /// Further names of the loopback: see [`keyless::host_names`].
    pub(crate) host_names: &'a [String],
}

/// The target's `Env`: what points its SDKs to the service, and the user's entries except those that
/// would lead them elsewhere. `image` is `Config.Env` of the image's inspection.
///
/// A region that the user set by `--env` stays; otherwise `region` is used. The files that were
/// `found` are hidden from SDKs.
pub(crate) fn environment(
    at: ServedAt<'_>,
    region: Option<&str>,
    user: &[EnvEntry],
    image: &[String],
    found: &Found,
) -> Vec<EnvEntry> {
    let ServedAt {
        port,
        key,
        host_names,
    } = at;
    match key {
        RelayKey::Token(token) => {
            let endpoint = EndpointAddress { port, token };
            live_environment(endpoint, region, user, image, found)
        }
        RelayKey::Set(set) => {
            let proxy = ProxyAddress {
                port,
                set,
                host_names,
            };
            keyless_environment(proxy, region, user, image)
        }
    }
}

impl RelayKey<'_> {
    /// Which way it is for.
    pub(crate) fn way(self) -> WayIn {
        match self {
            Self::Token(_) => WayIn::Live,
            Self::Set(_) => WayIn::Keyless,
        }
    }

    /// The names of the user's variables for which [`environment`] does not set its own of monitoring.
    pub(crate) fn own_monitoring<'a>(self, user: &UserEnv<'a>) -> Vec<&'a str> {
        match self {
            Self::Token(_) => live::own_monitoring(user),
            Self::Set(_) => Vec::new(),
        }
    }

    /// The names of the user's variables that [`environment`] leaves out.
    pub(crate) fn left_out<'a>(self, user: &UserEnv<'a>) -> Vec<&'a str> {
        match self {
            Self::Token(_) => live::left_out(user),
            Self::Set(_) => keyless::left_out(user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::grammar::env::EnvOrigin;

    #[test]
    fn variables_that_stay_and_that_go_with_live_are_named() {
        let parse = |entry: &&str| EnvEntry::parse(entry, EnvOrigin::Flag);
        let entries = ["AWS_CSM_ENABLED=false", "AWS_PROFILE=dev", "A=b"];
        let entries: Vec<_> = entries.iter().map(parse).collect();
        let user = UserEnv::of(&entries);
        let token = SecretString::from("token");
        let key = RelayKey::Token(&token);
        assert_eq!(key.own_monitoring(&user), ["AWS_CSM_ENABLED"]);
        assert_eq!(key.left_out(&user), ["AWS_PROFILE"]);
    }
}
