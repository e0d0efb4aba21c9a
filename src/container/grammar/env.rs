//! `-e`, `--env-file` and the proxies of config.json: the container's environment.

use std::collections::HashSet;
use std::fmt;

use super::key_value_file;
use crate::container::FlagError;
use crate::container::host::Host;

/// Reads `NAME=VALUE` or `NAME`. A name must not be empty; nothing else is checked, as in docker.
///
/// # Errors
/// An empty name.
pub fn parse_variable(text: &str) -> Result<EnvEntry, FlagError> {
    let entry = EnvEntry::parse(text, EnvOrigin::Flag);
    if entry.name.is_empty() {
        return Err(FlagError::new(
            format!("invalid environment variable: {text}").trim_end(),
        ));
    }
    Ok(entry)
}

/// Where a variable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvOrigin {
    /// A line of an `--env-file`.
    File,
    /// A proxy of docker's config.json.
    Proxy,
    /// `-e`.
    Flag,
    /// `-e NAME`: the value of NAME on this host.
    Host,
    /// Set by the image or a running container.
    Image,
    /// Set or unset by credrun for the credentials.
    Credrun,
}

/// One entry of the container's environment.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvEntry {
    pub name: String,
    /// Its value. None asks the Engine to unset what the image sets.
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: EnvOrigin,
}

impl EnvEntry {
    /// An entry that sets `name` or, without a value, unsets it.
    #[must_use]
    pub fn new(name: &str, value: Option<String>, origin: EnvOrigin) -> Self {
        Self {
            name: name.to_owned(),
            value,
            origin,
        }
    }

    /// Reads `NAME=VALUE`, or `NAME`.
    #[must_use]
    pub fn parse(text: &str, origin: EnvOrigin) -> Self {
        match text.split_once('=') {
            Some((name, value)) => Self::new(name, Some(value.to_owned()), origin),
            None => Self::new(text, None, origin),
        }
    }
}

/// The Engine's format: `NAME=VALUE`, or `NAME` to unset it.
impl fmt::Display for EnvEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Values may be secrets.
impl fmt::Debug for EnvEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnvEntry({}, {:?})", self.name, self.origin)
    }
}

/// Files first, then proxies, then `-e`: for the Engine the last entry for a name wins. Of several
/// `-e` with the same name only the last is sent; a `-e` with exactly a proxy's name replaces it.
pub(crate) fn collect(
    files: &[String],
    flags: &[EnvEntry],
    host: &Host,
) -> Result<Vec<EnvEntry>, FlagError> {
    let mut entries = Vec::new();
    for file in files {
        let pairs = key_value_file::read(file, &host.working_directory, |name| {
            host.environment.get(name)
        })?;
        entries.extend(
            pairs
                .into_iter()
                .map(|(name, value)| EnvEntry::new(&name, Some(value), EnvOrigin::File)),
        );
    }
    let typed: HashSet<&str> = flags.iter().map(|flag| flag.name.as_str()).collect();
    entries.extend(
        host.proxies
            .iter()
            .filter(|(name, _)| !typed.contains(name.as_str()))
            .map(|(name, value)| EnvEntry::new(name, Some(value.clone()), EnvOrigin::Proxy)),
    );
    entries.extend(last_of_each_name(flags).map(|flag| {
        let (value, origin) = match &flag.value {
            Some(typed) => (Some(typed.clone()), EnvOrigin::Flag),
            None => (host.environment.get(&flag.name), EnvOrigin::Host),
        };
        EnvEntry::new(&flag.name, value, origin)
    }));
    Ok(entries)
}

fn last_of_each_name(flags: &[EnvEntry]) -> impl Iterator<Item = &EnvEntry> {
    flags.iter().enumerate().filter_map(|(index, flag)| {
        let repeated = flags[index + 1..]
            .iter()
            .any(|later| later.name == flag.name);
        (!repeated).then_some(flag)
    })
}
