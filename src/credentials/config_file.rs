//! The shared config files, `~/.aws/config` and `~/.aws/credentials`.
//!
//! They are read again for each fetch, so that a set that another tool writes into them is seen.
//! aws-config parses them. This module finds and reads them, because aws-config treats a file that
//! is unreadable or not UTF-8 as empty.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::property::PropertiesKey;
use aws_types::os_shim_internal::{Env, Fs};
use futures_util::FutureExt as _;

use crate::files;
use crate::vars::{self, Environment};

/// The profiles of both files.
#[derive(Default)]
pub(crate) struct Profiles {
    set: ProfileSet,
    texts: Vec<Text>,
    places: BTreeMap<String, Place>,
    files: Vec<PathBuf>,
}

/// The text of one of the files.
struct Text {
    kind: EnvConfigFileKind,
    path: PathBuf,
    text: String,
}

/// Where a profile begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}", self.file.display(), self.line)
    }
}

/// Why the config files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// A file exists but cannot be read.
    #[error("{} cannot be read", .file.display())]
    Unreadable {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A file is not text.
    #[error("{} is not UTF-8", .file.display())]
    NotUtf8 { file: PathBuf },
    /// A file is malformed; the message has the file and the line.
    #[error("{0}")]
    Malformed(String),
}

impl Profiles {
    /// Reads both files, if they exist.
    pub(crate) fn load(environment: &Environment) -> Result<Self, ConfigFileError> {
        let mut texts = Vec::new();
        let mut files = Vec::new();
        let mut places = BTreeMap::new();
        for (kind, path) in locations(environment) {
            files.push(path.clone());
            if let Some(text) = read(&path)? {
                note_places(kind, &path, &text, &mut places);
                texts.push(Text { kind, path, text });
            }
        }
        Ok(Self {
            set: parse(texts.iter())?,
            texts,
            places,
            files,
        })
    }

    /// The profile `name` from both files, if it is defined. Where both have a key, the credentials
    /// file wins.
    pub(crate) fn get(&self, name: &str) -> Option<&Profile> {
        self.set.get_profile(name)
    }

    /// The profile `name` from the credentials file alone.
    pub(crate) fn in_credentials_file(&self, name: &str) -> Option<Profile> {
        self.in_file(|kind| matches!(kind, EnvConfigFileKind::Credentials), name)
    }

    /// The profile `name` from the config file alone.
    pub(crate) fn in_config_file(&self, name: &str) -> Option<Profile> {
        self.in_file(|kind| matches!(kind, EnvConfigFileKind::Config), name)
    }

    fn in_file(&self, is_it: impl Fn(EnvConfigFileKind) -> bool, name: &str) -> Option<Profile> {
        let texts = self.texts.iter().filter(|text| is_it(text.kind));
        // Both were parsed before, so they are well-formed.
        parse(texts).ok()?.get_profile(name).cloned()
    }

    /// A value of the section `[sso-session name]`.
    pub(crate) fn sso_session(&self, name: &str, key: &str) -> Option<&str> {
        self.set.sso_session(name)?.get(key)
    }

    /// Whether `[sso-session name]` is defined.
    pub(crate) fn has_sso_session(&self, name: &str) -> bool {
        self.set.sso_session(name).is_some()
    }

    /// Whether `[services name]` is defined. aws-config keeps a section only if it has entries.
    pub(crate) fn has_services(&self, name: &str) -> bool {
        let mut lines = self.texts.iter().flat_map(|file| file.text.lines());
        lines.any(|line| {
            let section = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let words = section.map(|(inside, _)| inside.split_whitespace().collect::<Vec<_>>());
            words.is_some_and(|words| words == ["services", name])
        })
    }

    /// A value of one service in the section `[services name]`.
    pub(crate) fn service(&self, name: &str, service: &str, key: &str) -> Option<&str> {
        let place = PropertiesKey::builder()
            .section_key("services")
            .section_name(name)
            .property_name(service)
            .sub_property_name(key)
            .build()
            .ok()?;
        self.set.other_sections().get(&place).map(String::as_str)
    }

    /// The names of all profiles, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.set.profiles().map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    /// Where the profile `name` is defined; the config file is preferred to the credentials file.
    pub(crate) fn place(&self, name: &str) -> Option<&Place> {
        self.places.get(name)
    }

    /// The files that were looked for.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

fn locations(environment: &Environment) -> Vec<(EnvConfigFileKind, PathBuf)> {
    let home = environment.non_empty(vars::HOME).map(PathBuf::from);
    let find = |variable: &str, name: &str| match environment.non_empty(variable) {
        Some(path) => Some(below_home(&path, home.as_deref())),
        None => Some(home.as_ref()?.join(".aws").join(name)),
    };
    let config = find(vars::AWS_CONFIG_FILE, "config");
    let credentials = find(vars::AWS_SHARED_CREDENTIALS_FILE, "credentials");
    let config = config.map(|path| (EnvConfigFileKind::Config, path));
    let credentials = credentials.map(|path| (EnvConfigFileKind::Credentials, path));
    config.into_iter().chain(credentials).collect()
}

/// Expands a leading `~/` to the home directory, also in a variable that no shell has expanded.
fn below_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

fn read(path: &Path) -> Result<Option<String>, ConfigFileError> {
    let file = path.to_owned();
    match files::read(path) {
        Ok(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(ConfigFileError::NotUtf8 { file }),
        },
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(source) => Err(ConfigFileError::Unreadable { file, source }),
    }
}

fn parse<'a>(texts: impl Iterator<Item = &'a Text>) -> Result<ProfileSet, ConfigFileError> {
    let mut contents = HashMap::new();
    let mut files = EnvConfigFiles::builder();
    for Text { kind, path, text } in texts {
        contents.insert(path.clone().into_os_string(), text.clone().into_bytes());
        files = files.with_file(*kind, path.clone());
    }
    // aws-config panics when it is given no file at all.
    if contents.is_empty() {
        return Ok(ProfileSet::default());
    }
    let files_in_memory = Fs::from_raw_map(contents);
    let no_variables = Env::from_slice(&[]);
    // The contents are in memory, so there is nothing to wait for.
    aws_config::profile::load(&files_in_memory, &no_variables, &files.build(), None)
        .now_or_never()
        .ok_or_else(|| {
            ConfigFileError::Malformed("the config files could not be parsed".to_owned())
        })?
        .map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let text = cause.unwrap_or_else(|| error.to_string());
            // The parser writes its reason on a line of its own.
            ConfigFileError::Malformed(text.split_whitespace().collect::<Vec<_>>().join(" "))
        })
}

/// Notes where each section begins. The first one counts: the config file is read first.
fn note_places(
    kind: EnvConfigFileKind,
    file: &Path,
    text: &str,
    places: &mut BTreeMap<String, Place>,
) {
    for (number, line) in text.lines().enumerate() {
        let Some(name) = section_name(kind, line) else {
            continue;
        };
        places.entry(name.to_owned()).or_insert_with(|| Place {
            file: file.to_owned(),
            line: number + 1,
        });
    }
}

fn section_name(kind: EnvConfigFileKind, line: &str) -> Option<&str> {
    let (inside, _) = line.strip_prefix('[')?.split_once(']')?;
    let inside = inside.trim();
    match (kind, inside.strip_prefix("profile")) {
        (EnvConfigFileKind::Config, Some(name)) if name.starts_with([' ', '\t']) => {
            Some(name.trim())
        }
        (EnvConfigFileKind::Config, _) if inside != "default" => None,
        _ => Some(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_of_the_config_file_is_a_profile_where_its_name_says_so() {
        let config = |line| section_name(EnvConfigFileKind::Config, line);
        for (line, name) in [
            ("[profile a]", Some("a")),
            ("[profile\ta b ]", Some("a b")),
            ("[default]", Some("default")),
            ("[profile default]", Some("default")),
            ("[a]", None),
            ("[profiles]", None),
            ("[sso-session a]", None),
        ] {
            assert_eq!(config(line), name, "{line}");
        }
        let credentials = |line| section_name(EnvConfigFileKind::Credentials, line);
        assert_eq!(credentials("[a]"), Some("a"));
        assert_eq!(credentials("[profile a]"), Some("profile a"));
    }

    #[test]
    fn a_session_of_identity_center_is_defined_in_the_config_file() {
        let (_home, environment) = home(b"[sso-session corp]\nsso_region = eu-west-1\n", b"");
        let profiles = Profiles::load(&environment).expect("well-formed");
        assert!(profiles.has_sso_session("corp"));
        assert!(!profiles.has_sso_session("other"));
        assert_eq!(
            profiles.sso_session("corp", "sso_region"),
            Some("eu-west-1")
        );
    }

    #[test]
    fn profiles_are_listed_by_their_names() {
        let config = b"[profile b]\nregion = eu-west-1\n[default]\nregion = eu-west-1\n";
        let (_home, environment) = home(config, b"[a]\naws_access_key_id = AKIA\n");
        let names = crate::credentials::profile_names(&environment);
        assert_eq!(names, ["a", "b", "default"]);
    }

    fn home(config: &[u8], credentials: &[u8]) -> (tempfile::TempDir, Environment) {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(home.path().join(".aws")).expect("made");
        std::fs::write(home.path().join(".aws/config"), config).expect("written");
        std::fs::write(home.path().join(".aws/credentials"), credentials).expect("written");
        let environment = Environment::fixed([(vars::HOME, home.path().to_str().expect("UTF-8"))]);
        (home, environment)
    }

    #[test]
    fn profiles_of_both_files_are_merged_and_know_their_place() {
        let (dir, environment) = home(
            b"[default]\nregion = eu-west-1\n\n[profile dev]\nregion = us-east-1\n[sso-session s]\nsso_region = x\n",
            b"[dev]\naws_access_key_id = A\n[old]\naws_access_key_id = B\n",
        );
        let profiles = Profiles::load(&environment).expect("readable");
        assert_eq!(profiles.names(), ["default", "dev", "old"]);
        let dev = profiles.get("dev").expect("a profile");
        assert_eq!(dev.get("region"), Some("us-east-1"));
        assert_eq!(dev.get("aws_access_key_id"), Some("A"));
        assert_eq!(profiles.sso_session("s", "sso_region"), Some("x"));
        let config = dir.path().join(".aws/config");
        assert_eq!(
            profiles.place("dev").expect("a place").to_string(),
            format!("{} line 4", config.display())
        );
        assert_eq!(profiles.place("old").expect("a place").line, 3);
    }

    #[test]
    fn files_that_are_not_there_hold_no_profiles() {
        let environment = Environment::fixed([(vars::HOME, "/nonexistent")]);
        let profiles = Profiles::load(&environment).expect("nothing to read");
        assert!(profiles.names().is_empty());
        assert_eq!(profiles.files()[0], Path::new("/nonexistent/.aws/config"));
        assert!(
            Profiles::load(&Environment::fixed([]))
                .expect("nothing")
                .files()
                .is_empty()
        );
    }

    #[test]
    fn a_malformed_file_is_named_with_its_line_and_without_its_values() {
        let (dir, environment) = home(b"[default]\nregion = eu-west-1\nhush-no-equals\n", b"");
        let error = Profiles::load(&environment)
            .map(|_| ())
            .expect_err("refused");
        let text = error.to_string();
        assert!(text.contains(dir.path().to_str().expect("UTF-8")), "{text}");
        assert!(text.contains("line 3"), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }

    #[test]
    fn a_file_that_is_not_text_or_not_a_file_is_named() {
        let (_dir, environment) = home(b"[default]\nregion = \xff\xfe\n", b"");
        let error = Profiles::load(&environment)
            .map(|_| ())
            .expect_err("refused");
        assert!(
            error.to_string().ends_with(".aws/config is not UTF-8"),
            "{error}"
        );

        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().to_str().expect("UTF-8");
        let environment = Environment::fixed([(vars::AWS_CONFIG_FILE, path)]);
        let error = Profiles::load(&environment)
            .map(|_| ())
            .expect_err("refused");
        assert!(matches!(error, ConfigFileError::Unreadable { .. }));
    }

    #[test]
    fn a_tilde_in_the_variable_is_the_home_directory() {
        assert_eq!(
            below_home("~/x", Some(Path::new("/home/me"))),
            Path::new("/home/me/x")
        );
        assert_eq!(
            below_home("~other/x", Some(Path::new("/home/me"))),
            Path::new("~other/x")
        );
    }
}
