//! AWS's shared config and credentials files in the container: where SDKs look for them, and which
//! settings in them SDKs prefer to the endpoint.
//!
//! SDKs check a profile before a container's endpoint. The credentials file has only keys, so SDKs
//! are always pointed to an empty one. Some clients need more than one variable for that; these are
//! set if such a file exists. The config file has many other settings that users need: region,
//! retries, S3 settings. SDKs are pointed to an empty one only if its default profile would give
//! them credentials.

use super::user::UserEnv;
use crate::vars;

/// The value that points SDKs to an empty file, for both variables.
pub const EMPTY_FILE: &str = "/dev/null";

/// The container's user, and what determines where the files are.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    /// The variables that credrun's user sets.
    pub user_env: &'a UserEnv<'a>,
    /// The variables that the image sets, `NAME=value` each.
    pub image_env: &'a [String],
    /// `USER` of the image, or `--user`: a name or a number, with or without a group.
    pub user: &'a str,
    /// The directory in which its command starts.
    pub working_directory: &'a str,
}

impl Container<'_> {
    /// A variable of its environment that is not empty.
    fn variable(&self, name: &str) -> Option<&str> {
        let of_image = || {
            let mut entries = self.image_env.iter().rev();
            entries.find_map(|entry| entry.strip_prefix(name)?.strip_prefix('='))
        };
        let value = self.user_env.get(name);
        value.or_else(of_image).filter(|value| !value.is_empty())
    }

    /// The possible home directories, as far as they are known without reading `/etc/passwd`.
    /// Root's is the root directory in an image without that file.
    #[must_use]
    pub fn homes(&self) -> &'static [&'static str] {
        match self.user_name() {
            "" | "0" | "root" => &["/root", "/"],
            _ => &[],
        }
    }

    /// `HOME`, if it is set: the Engine then does not change it.
    #[must_use]
    pub fn set_home(&self) -> Option<&str> {
        self.variable(vars::HOME)
    }

    /// The home directory according to the container's `/etc/passwd`. A user who is not listed
    /// there has the root directory, as with the Engine.
    #[must_use]
    pub fn home_in<'a>(&self, passwd: &'a str) -> &'a str {
        let wanted = self.user_name();
        let homes = passwd.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let is_wanted = fields.first() == Some(&wanted) || fields.get(2) == Some(&wanted);
            is_wanted.then(|| fields.get(5).copied()).flatten()
        });
        homes
            .into_iter()
            .find(|home| !home.is_empty())
            .unwrap_or("/")
    }

    fn user_name(&self) -> &str {
        self.user.split(':').next().unwrap_or_default()
    }

    /// The config file that SDKs read, if a variable names it.
    #[must_use]
    pub fn named_config_file(&self, home: &str) -> Option<String> {
        self.named_file(vars::AWS_CONFIG_FILE, home)
    }

    /// The credentials file that SDKs would read, if a variable of the image names it. The user's
    /// own variable is left out, with a warning.
    #[must_use]
    pub fn named_credentials_file(&self, home: &str) -> Option<String> {
        match self.user_env.has(vars::AWS_SHARED_CREDENTIALS_FILE) {
            true => None,
            false => self.named_file(vars::AWS_SHARED_CREDENTIALS_FILE, home),
        }
    }

    fn named_file(&self, variable: &str, home: &str) -> Option<String> {
        let named = self.variable(variable)?;
        Some(match named.strip_prefix("~/") {
            Some(below_home) => join(home, below_home),
            None => join(self.working_directory, named),
        })
    }
}

/// `path`, relative to `directory`.
#[must_use]
pub fn join(directory: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    format!("{}/{path}", directory.trim_end_matches('/'))
}

/// The setting in a config file's default profile that leads an SDK to credentials.
///
/// SDKs differ in which files they accept as well-formed; a setting that any of them reads counts.
#[must_use]
pub fn setting_before_endpoint(config: &str) -> Option<&str> {
    let mut names = default_settings(config).map(|(name, _)| name);
    names.find(|name| leads_to_credentials(name))
}

/// Whether the default profile of a config file has S3 Accelerate on, in its `s3` settings.
#[must_use]
pub fn accelerates_s3(config: &str) -> bool {
    let is_on = |(name, value): (&str, &str)| {
        name.eq_ignore_ascii_case("use_accelerate_endpoint") && value.eq_ignore_ascii_case("true")
    };
    default_settings(config).any(is_on)
}

/// Names and values in a config file's default profile, those of nested settings as well.
fn default_settings(config: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut is_default = false;
    let mut is_in_default = move |line: &str| {
        if let Some(section) = line.strip_prefix('[') {
            let name = section.split(']').next().unwrap_or_default();
            // botocore splits a section's name into words as a shell does.
            let words = name.split_whitespace();
            let words: Vec<&str> = words.map(|word| word.trim_matches(['"', '\''])).collect();
            is_default = matches!(words[..], ["default"] | ["profile", "default"]);
        }
        is_default
    };
    let lines = config.lines().map(str::trim);
    let lines = lines.filter(move |line| is_in_default(line) && !line.starts_with('['));
    lines.filter_map(|line| {
        let (name, value) = line.split_once(['=', ':'])?;
        Some((name.trim(), value.trim()))
    })
}

fn leads_to_credentials(setting: &str) -> bool {
    const SETTINGS: [&str; 5] = [
        "aws_access_key_id",
        "credential_process",
        "login_session",
        "role_arn",
        "web_identity_token_file",
    ];
    let setting = setting.to_ascii_lowercase();
    // The SDK for JavaScript treats any IAM Identity Center setting as if all were set.
    SETTINGS.contains(&setting.as_str()) || setting.starts_with("sso_")
}

/// The files that SDKs would have preferred to the endpoint.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Found {
    /// `~/.aws/credentials`, or the file that a variable names, if it exists.
    pub credentials: Option<String>,
    /// The config file, where its default profile leads to credentials.
    pub config: Option<ConfigFile>,
}

/// A config file that leads to credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    pub path: String,
    /// The setting of its default profile that does so; `None` if the file cannot be read, for
    /// example because it is larger than 1 MiB.
    pub setting: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::grammar::env::{EnvEntry, EnvOrigin};

    fn container<'a>(
        user: &'a str,
        user_env: &'a UserEnv<'a>,
        image_env: &'a [String],
    ) -> Container<'a> {
        Container {
            user_env,
            image_env,
            user,
            working_directory: "/w",
        }
    }

    #[test]
    fn home_is_the_variable_or_the_users_in_passwd() {
        const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\
                              # a comment\n\
                              app:x:1000:1000::/home/app:/bin/sh\n\
                              none:x:1001:1001:::/bin/sh\n";
        let none = UserEnv::default();
        for root in ["", "0", "root", "0:0", "root:wheel"] {
            let homes = container(root, &none, &[]).homes();
            assert_eq!(homes, ["/root", "/"], "{root}");
        }
        let app = container("app:staff", &none, &[]);
        assert_eq!((app.set_home(), app.homes()), (None, &[][..]));
        assert_eq!(app.home_in(PASSWD), "/home/app");
        assert_eq!(container("1000", &none, &[]).home_in(PASSWD), "/home/app");
        assert_eq!(container("4711", &none, &[]).home_in(PASSWD), "/");
        assert_eq!(container("none", &none, &[]).home_in(PASSWD), "/");

        let image = ["HOME=/opt".to_owned()];
        assert_eq!(container("app", &none, &image).set_home(), Some("/opt"));
        let user = [EnvEntry::parse("HOME=/mine", EnvOrigin::Flag)];
        let user = UserEnv::of(&user);
        assert_eq!(container("app", &user, &image).set_home(), Some("/mine"));
    }

    #[test]
    fn a_config_file_that_a_variable_names_is_found_from_where_the_command_starts() {
        let named = |path: &str| {
            let entry = format!("AWS_CONFIG_FILE={path}");
            let user = [EnvEntry::parse(&entry, EnvOrigin::Flag)];
            container("", &UserEnv::of(&user), &[]).named_config_file("/root")
        };
        assert_eq!(named("/etc/aws").as_deref(), Some("/etc/aws"));
        assert_eq!(named("aws.ini").as_deref(), Some("/w/aws.ini"));
        assert_eq!(named("~/aws.ini").as_deref(), Some("/root/aws.ini"));
        assert_eq!(named(""), None);
    }

    #[test]
    fn a_credentials_file_is_the_images_where_the_user_names_none() {
        let image = ["AWS_SHARED_CREDENTIALS_FILE=~/keys".to_owned()];
        let none = UserEnv::default();
        let named = container("", &none, &image).named_credentials_file("/root");
        assert_eq!(named.as_deref(), Some("/root/keys"));
        assert_eq!(container("", &none, &[]).named_credentials_file("/"), None);
        let entry = EnvEntry::parse("AWS_SHARED_CREDENTIALS_FILE=/mine", EnvOrigin::Flag);
        let entries = [entry];
        let user = UserEnv::of(&entries);
        assert_eq!(
            container("", &user, &image).named_credentials_file("/"),
            None
        );
    }

    #[test]
    fn what_the_default_profile_leads_an_sdk_to_is_found() {
        for (config, setting) in [
            ("[default]\naws_access_key_id = A", "aws_access_key_id"),
            ("[profile default]\n role_arn=x", "role_arn"),
            (
                "[ default ] # mine\nregion = x\ncredential_process=y",
                "credential_process",
            ),
            ("[default]\nSSO_Session = s", "SSO_Session"),
            // botocore's spellings.
            ("[default]\nrole_arn: x", "role_arn"),
            ("[profile \"default\"]\nrole_arn = x", "role_arn"),
            ("[profile 'default']\nrole_arn = x", "role_arn"),
            (
                "[profile a]\nregion = x\n[default]\nlogin_session = y",
                "login_session",
            ),
            (
                "[default]\nweb_identity_token_file = /t",
                "web_identity_token_file",
            ),
        ] {
            assert_eq!(setting_before_endpoint(config), Some(setting), "{config}");
        }
    }

    #[test]
    fn s3_accelerate_of_the_default_profile_is_found() {
        for (config, expected) in [
            ("[default]\ns3 =\n  use_accelerate_endpoint = true", true),
            (
                "[profile default]\ns3=\n use_accelerate_endpoint=True\n",
                true,
            ),
            ("[default]\ns3 =\n  use_accelerate_endpoint = false", false),
            (
                "[default]\n[profile a]\ns3 =\n  use_accelerate_endpoint = true",
                false,
            ),
            ("[default]\n# use_accelerate_endpoint = true", false),
            ("", false),
        ] {
            assert_eq!(accelerates_s3(config), expected, "{config}");
        }
    }

    #[test]
    fn other_settings_and_other_profiles_are_in_nobodys_way() {
        for config in [
            "",
            "[default]\nregion = x\ns3 =\n  max_concurrent_requests = 20\noutput = json",
            "[profile dev]\nrole_arn = x\n[sso-session s]\nsso_region = y",
            "[default]\n# aws_access_key_id = A\n; role_arn = x",
            "[profile defaults]\naws_access_key_id = A",
        ] {
            assert_eq!(setting_before_endpoint(config), None, "{config}");
        }
    }
}
