//! Finds the login for a pull: docker's lookup, and the `X-Registry-Auth` header.
//!
//! Logins are docker's own (`docker login`, credential helpers). [`super::ecr`] makes logins from
//! AWS credentials alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

use super::credential_helper::{self, HelperError, HelperLogin};
use crate::engine::reach::config_file::{AuthEntry, DockerConfig};
use crate::secret_json;
use crate::vars::Environment;

/// Docker Hub's key in config.json and in credential stores.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// The login for one pull.
#[derive(Debug, Clone, Default)]
pub struct RegistryAuth {
    /// The user name; empty for none.
    pub username: String,
    /// The password; empty for none.
    pub password: SecretString,
    /// The server that the login is for, under the name that its store uses.
    pub server_address: String,
    /// An OAuth refresh token; empty for none.
    pub identity_token: SecretString,
    /// A bearer token; empty for none.
    pub registry_token: SecretString,
}

/// Why the lookup of a login failed. A missing login is not an error.
#[derive(Debug, thiserror::Error)]
#[error("cannot get the login for {registry} from its credential helper")]
pub struct RegistryAuthError {
    pub registry: String,
    pub source: HelperError,
}

impl RegistryAuthError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match &self.source {
            HelperError::Missing(program) => format!(
                "install {program}, or take it out of credsStore and credHelpers in docker's \
                 config.json"
            ),
            _ => format!(
                "`\"credHelpers\": {{\"{}\": \"\"}}` in docker's config.json pulls without the \
                 helper",
                self.registry
            ),
        })
    }
}

impl RegistryAuth {
    /// Looks up the login for the registry at `domain`, as docker does; anonymous if there is none.
    ///
    /// # Errors
    /// A credential helper that fails. One that has no login does not fail.
    pub async fn lookup(
        domain: &str,
        config: &DockerConfig,
        environment: &Environment,
    ) -> Result<Self, RegistryAuthError> {
        let server = server_of(domain);
        if let Some(entry) = config.auths_of_variable.get(server) {
            return Ok(Self::of_entry(server, entry));
        }
        let (key, entry) = match entry_of(server, config) {
            Some((key, entry)) => (key, Some(entry)),
            None => (server, None),
        };
        let Some(helper) = helper_of(server, config, environment) else {
            return Ok(entry.map_or_else(Self::default, |entry| Self::of_entry(key, entry)));
        };
        let login = credential_helper::get(&helper, server, environment)
            .await
            .map_err(|source| RegistryAuthError {
                registry: domain.to_owned(),
                source,
            })?;
        let mut auth = login.map_or_else(Self::default, |login| Self::of_helper(server, login));
        // A helper does not provide these, so docker takes them from the file all the same.
        if let Some(entry) = entry {
            auth.registry_token = entry.registry_token.clone();
        }
        Ok(auth)
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        let is_empty = |secret: &SecretString| secret.expose_secret().is_empty();
        self.username.is_empty()
            && is_empty(&self.password)
            && is_empty(&self.identity_token)
            && is_empty(&self.registry_token)
    }

    /// The value of `X-Registry-Auth`. The daemon reads the URL alphabet with padding, and treats
    /// anything else as no login at all. An anonymous pull sends `{}`, as docker does.
    #[must_use]
    pub fn header_value(&self) -> HeaderValue {
        // Only strings, so serializing cannot fail.
        let json = secret_json::to_vec(&Header::of(self)).unwrap_or_default();
        let text = Zeroizing::new(URL_SAFE.encode(&*json));
        let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("e30="));
        value.set_sensitive(true);
        value
    }

    fn of_entry(server: &str, entry: &AuthEntry) -> Self {
        Self {
            username: entry.username.clone(),
            password: entry.password.clone(),
            server_address: server.to_owned(),
            identity_token: entry.identity_token.clone(),
            registry_token: entry.registry_token.clone(),
        }
    }

    fn of_helper(server: &str, login: HelperLogin) -> Self {
        let server_address = server.to_owned();
        match login {
            HelperLogin::Password(username, password) => Self {
                username,
                password,
                server_address,
                ..Self::default()
            },
            HelperLogin::IdentityToken(identity_token) => Self {
                identity_token,
                server_address,
                ..Self::default()
            },
        }
    }
}

#[derive(Serialize)]
struct Header<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    password: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    serveraddress: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    identitytoken: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    registrytoken: &'a str,
}

impl<'a> Header<'a> {
    fn of(auth: &'a RegistryAuth) -> Self {
        Self {
            username: &auth.username,
            password: auth.password.expose_secret(),
            serveraddress: &auth.server_address,
            identitytoken: auth.identity_token.expose_secret(),
            registrytoken: auth.registry_token.expose_secret(),
        }
    }
}

fn server_of(domain: &str) -> &str {
    match domain {
        "docker.io" | "index.docker.io" => DOCKER_HUB,
        other => other,
    }
}

/// The entry of `auths`: under this exact name, or under a URL with this host, as old versions of
/// docker wrote them.
fn entry_of<'a>(server: &str, config: &'a DockerConfig) -> Option<(&'a str, &'a AuthEntry)> {
    config
        .auths
        .get_key_value(server)
        .or_else(|| {
            let mut auths = config.auths.iter();
            auths.find(|(key, _)| host_of(key) == server)
        })
        .map(|(key, entry)| (key.as_str(), entry))
}

/// `host[:port]` of something that may be a URL.
fn host_of(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// The helper that docker asks: the server's own, the store, or, if there is no trace of any login,
/// the platform's.
fn helper_of(server: &str, config: &DockerConfig, environment: &Environment) -> Option<String> {
    let name = match config.cred_helpers.get(server) {
        Some(helper) => helper.clone(),
        None if config.has_logins() => config.creds_store.clone(),
        None => return default_helper(environment),
    };
    Some(name).filter(|name| !name.is_empty())
}

fn default_helper(environment: &Environment) -> Option<String> {
    let name = if cfg!(target_os = "macos") {
        "osxkeychain"
    } else if crate::engine::reach::program::find("pass", environment).is_some() {
        "pass"
    } else {
        "secretservice"
    };
    credential_helper::find(name, environment).map(|_| name.to_owned())
}

#[cfg(test)]
mod tests;
