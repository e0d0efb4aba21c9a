//! docker's `config.json`: registry logins, the current context, headers, proxies.
//!
//! The file belongs to docker; credrun reads it and never writes it. As with docker, an unparsable
//! file causes a warning and not a failure. [`super::endpoint`], [`crate::engine::registry::auth`]
//! and the attach use the fields.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::{Map, Value};

use crate::cli::engine::EngineArgs;
use crate::files;
use crate::vars::{self, Environment};

/// The content of docker's config.json, with defaults for missing fields.
#[derive(Default)]
pub struct DockerConfig {
    /// The directory that holds it, and the contexts and TLS files beside it. None if there is no
    /// home directory.
    pub directory: Option<PathBuf>,
    /// Registry logins by server, as `docker login` writes them without a credential store.
    pub auths: BTreeMap<String, AuthEntry>,
    /// Registry logins of `DOCKER_AUTH_CONFIG`, which take precedence over all others.
    pub auths_of_variable: BTreeMap<String, AuthEntry>,
    /// Credential helpers by server. An empty name means none for that server.
    pub cred_helpers: BTreeMap<String, String>,
    /// The credential helper of all other servers; empty for none.
    pub creds_store: String,
    /// The context that `docker context use` chose; empty for none.
    pub current_context: String,
    /// Headers of every Engine request.
    pub http_headers: BTreeMap<String, String>,
    /// The key sequence that detaches; empty for docker's default.
    pub detach_keys: String,
    proxies: BTreeMap<String, Proxies>,
}

#[derive(Debug, Clone, Default)]
pub struct AuthEntry {
    pub username: String,
    /// The password; empty if there is a token instead.
    pub password: SecretString,
    /// An OAuth refresh token; empty for none.
    pub identity_token: SecretString,
    /// A bearer token that is passed on unchanged; empty for none.
    pub registry_token: SecretString,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Proxies {
    http_proxy: String,
    https_proxy: String,
    no_proxy: String,
    ftp_proxy: String,
    all_proxy: String,
}

/// A problem that the user should know about but that stops nothing. Written as `WARNING: <text>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl DockerConfig {
    /// Reads the file of `--config`, `DOCKER_CONFIG` or `~/.docker`, and `DOCKER_AUTH_CONFIG`. A
    /// missing file counts as empty; of a malformed one, the readable part is used.
    #[must_use]
    pub fn load(arguments: &EngineArgs, environment: &Environment) -> (Self, Vec<Warning>) {
        let mut warnings = Vec::new();
        let mut config = match directory(arguments, environment) {
            Some(directory) => Self::read(directory, &mut warnings),
            None => Self::default(),
        };
        if let Some(text) = environment.non_empty(vars::DOCKER_AUTH_CONFIG) {
            match logins_of_variable(&text) {
                Ok(auths) => config.auths_of_variable = auths,
                Err(problem) => warnings.push(Warning(format!(
                    "Error parsing DOCKER_AUTH_CONFIG, which is ignored: {problem}"
                ))),
            }
        }
        (config, warnings)
    }

    fn read(directory: PathBuf, warnings: &mut Vec<Warning>) -> Self {
        let file = directory.join("config.json");
        let (mut config, problem) = match files::read(&file) {
            Ok(bytes) => Self::parse(&bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => (Self::default(), None),
            Err(error) => (Self::default(), Some(io_message(&error))),
        };
        config.directory = Some(directory);
        warnings.extend(problem.map(|problem| {
            let file = file.display();
            Warning(format!("Error parsing config file ({file}): {problem}"))
        }));
        config
    }

    /// The proxy variables that docker sets in every container of the Engine at `daemon_host`, in
    /// upper and lower case. A variable set by other means takes precedence.
    #[must_use]
    pub fn proxy_variables(&self, daemon_host: &str) -> Vec<(String, String)> {
        let configured = self
            .proxies
            .get(daemon_host)
            .or_else(|| self.proxies.get("default"));
        let Some(proxies) = configured else {
            return Vec::new();
        };
        [
            ("HTTP_PROXY", &proxies.http_proxy),
            ("HTTPS_PROXY", &proxies.https_proxy),
            ("NO_PROXY", &proxies.no_proxy),
            ("FTP_PROXY", &proxies.ftp_proxy),
            ("ALL_PROXY", &proxies.all_proxy),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .flat_map(|(name, value)| {
            [
                (name.to_owned(), value.clone()),
                (name.to_ascii_lowercase(), value.clone()),
            ]
        })
        .collect()
    }

    /// Whether it contains any trace of `docker login`. Without one, docker probes for a credential
    /// store of the platform.
    #[must_use]
    pub fn has_logins(&self) -> bool {
        !(self.auths.is_empty() && self.cred_helpers.is_empty() && self.creds_store.is_empty())
    }

    fn parse(bytes: &[u8]) -> (Self, Option<String>) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return (Self::default(), None);
        }
        let mut fields = match Fields::parse(bytes) {
            Ok(fields) => fields,
            Err(problem) => return (Self::default(), Some(problem)),
        };
        let mut first_problem = None;
        let mut note = |problem| {
            first_problem.get_or_insert(problem);
        };
        let config = Self {
            directory: None,
            auths_of_variable: BTreeMap::new(),
            auths: fields.take_auths_that_can_be_read(&mut note),
            cred_helpers: fields.take("credhelpers", &mut note),
            creds_store: fields.take("credsstore", &mut note),
            current_context: fields.take("currentcontext", &mut note),
            http_headers: fields.take("httpheaders", &mut note),
            detach_keys: fields.take("detachkeys", &mut note),
            proxies: fields.take("proxies", &mut note),
        };
        (config, first_problem)
    }
}

/// Some fields hold secrets, so none is shown.
impl fmt::Debug for DockerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerConfig")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

fn directory(arguments: &EngineArgs, environment: &Environment) -> Option<PathBuf> {
    arguments
        .config
        .clone()
        .filter(|directory| directory != Path::new(""))
        .or_else(|| {
            environment
                .non_empty(vars::DOCKER_CONFIG)
                .map(PathBuf::from)
        })
        .or_else(|| environment.home().map(|home| home.join(".docker")))
}

/// `DOCKER_AUTH_CONFIG` has the form of the file's `auths` and must hold nothing else.
fn logins_of_variable(text: &str) -> Result<BTreeMap<String, AuthEntry>, String> {
    let mut fields = Fields::parse(text.as_bytes())?;
    let auths = fields.take_auths()?;
    match fields.0.keys().next() {
        Some(name) => Err(format!("unknown field \"{name}\"")),
        None => Ok(auths),
    }
}

fn io_message(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// The file's top level, names in lower case: Go's decoder, for which the file is written, ignores
/// the case of names.
struct Fields(Map<String, Value>);

impl Fields {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        // Go's decoder stops after the first value and ignores what follows.
        let mut decoder = serde_json::Deserializer::from_slice(bytes);
        match Value::deserialize(&mut decoder) {
            Ok(Value::Object(fields)) => Ok(Self(lower_case_names(fields))),
            Ok(Value::Null) => Ok(Self(Map::new())),
            Ok(_) => Err("not a JSON object".to_owned()),
            // A syntax error names a position and never quotes the text there.
            Err(error) => Err(error.to_string()),
        }
    }

    fn take<T: DeserializeOwned + Default>(
        &mut self,
        name: &str,
        note: &mut impl FnMut(String),
    ) -> T {
        decode(name, self.0.remove(name)).unwrap_or_else(|problem| {
            note(problem);
            T::default()
        })
    }

    fn take_auths_that_can_be_read(
        &mut self,
        note: &mut impl FnMut(String),
    ) -> BTreeMap<String, AuthEntry> {
        let values: BTreeMap<String, Value> = self.take("auths", note);
        let mut auths = BTreeMap::new();
        for (server, value) in values {
            match AuthEntry::of(&server, value) {
                Ok(entry) => drop(auths.insert(server, entry)),
                Err(problem) => note(problem),
            }
        }
        auths
    }

    fn take_auths(&mut self) -> Result<BTreeMap<String, AuthEntry>, String> {
        let values: BTreeMap<String, Value> = decode("auths", self.0.remove("auths"))?;
        values
            .into_iter()
            .map(|(server, value)| Ok((server.clone(), AuthEntry::of(&server, value)?)))
            .collect()
    }
}

fn lower_case_names(fields: Map<String, Value>) -> Map<String, Value> {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect()
}

/// The message names only the field: serde's would quote the value, which may be a secret.
fn decode<T: DeserializeOwned + Default>(name: &str, value: Option<Value>) -> Result<T, String> {
    match value {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => {
            serde_json::from_value(value).map_err(|_| format!("unexpected value of \"{name}\""))
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AuthFields {
    username: String,
    #[serde(deserialize_with = "secret")]
    password: SecretString,
    #[serde(deserialize_with = "secret")]
    identitytoken: SecretString,
    #[serde(deserialize_with = "secret")]
    registrytoken: SecretString,
    auth: String,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

impl AuthEntry {
    fn of(server: &str, value: Value) -> Result<Self, String> {
        let fields = match value {
            Value::Object(fields) => Some(Value::Object(lower_case_names(fields))),
            Value::Null => None,
            other => Some(other),
        };
        let fields: AuthFields = decode(&format!("auths.{server}"), fields)?;
        let mut entry = Self {
            username: fields.username,
            password: fields.password,
            identity_token: fields.identitytoken,
            registry_token: fields.registrytoken,
        };
        if !fields.auth.is_empty() {
            let (username, password) = user_and_password(&fields.auth)
                .ok_or_else(|| format!("invalid \"auth\" of \"{server}\""))?;
            entry.username = username;
            entry.password = password;
        }
        Ok(entry)
    }
}

/// The `auth` field: `user:password` in base64. Go's decoder skips line ends, and docker trims the
/// NULs that its old versions padded with.
fn user_and_password(auth: &str) -> Option<(String, SecretString)> {
    const STRICTLY_PADDED: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
            .with_decode_allow_trailing_bits(true),
    );
    let auth: String = auth.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let decoded = STRICTLY_PADDED.decode(auth).ok()?;
    let decoded = String::from_utf8_lossy(&decoded);
    let (username, password) = decoded.split_once(':')?;
    if username.is_empty() {
        return None;
    }
    let password = password.trim_matches('\0');
    Some((username.to_owned(), SecretString::from(password)))
}

#[cfg(test)]
mod tests;
