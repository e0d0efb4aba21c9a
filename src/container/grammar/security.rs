//! `--security-opt`, `--cap-add`, `--cap-drop`, `--sysctl`.

use std::collections::BTreeSet;
use std::path::Path;

use super::key_value_file;
use crate::container::FlagError;

/// The result of the `--security-opt` flags.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SecurityOptions {
    /// For the Engine, in the order typed.
    pub(crate) options: Vec<String>,
    /// `systempaths=unconfined`: no path of /proc and /sys is masked or read-only.
    pub(crate) system_paths_unconfined: bool,
}

/// Checks options, and replaces paths of seccomp profiles by their text, because the Engine may be
/// on another host.
pub(crate) fn parse(options: &[String], directory: &Path) -> Result<SecurityOptions, FlagError> {
    let mut parsed = SecurityOptions::default();
    for option in options {
        let pair = option.split_once('=').or_else(|| option.split_once(':'));
        match pair {
            // Only no-new-privileges needs no value.
            None | Some((_, "")) if !is_no_new_privileges(option) => {
                return Err(FlagError::new(format!(
                    "invalid --security-opt: {option:?}"
                )));
            }
            Some(("systempaths", "unconfined")) if option.contains('=') => {
                parsed.system_paths_unconfined = true;
            }
            Some(("seccomp", profile)) if !matches!(profile, "unconfined" | "builtin") => {
                let json = read_profile(profile, directory)?;
                parsed.options.push(format!("seccomp={json}"));
            }
            _ => parsed.options.push(option.clone()),
        }
    }
    Ok(parsed)
}

fn is_no_new_privileges(option: &str) -> bool {
    option.split('=').next() == Some("no-new-privileges")
}

fn read_profile(name: &str, directory: &Path) -> Result<String, FlagError> {
    let text = std::fs::read(directory.join(name)).map_err(|error| {
        let why = key_value_file::cannot_open(name, &error);
        FlagError::new(format!("opening seccomp profile ({name}) failed: {why}"))
    })?;
    compact(&text).map_err(|error| {
        FlagError::new(format!(
            "compacting json for seccomp profile ({name}) failed: {error}"
        ))
    })
}

/// Drops blanks outside strings; preserves the order of keys and the digits of numbers.
fn compact(json: &[u8]) -> Result<String, serde_json::Error> {
    serde_json::from_slice::<serde::de::IgnoredAny>(json)?;
    let mut in_string = false;
    let mut escaped = false;
    // Go also replaces bytes that are not UTF-8 when it writes the request.
    Ok(String::from_utf8_lossy(json)
        .chars()
        .filter(|character| {
            let keep = in_string || !character.is_ascii_whitespace();
            match character {
                '"' if !escaped => in_string = !in_string,
                _ => {}
            }
            escaped = in_string && *character == '\\' && !escaped;
            keep
        })
        .collect())
}

/// Upper case with the prefix `CAP_`, except `ALL`; sorted, each once.
pub(crate) fn capabilities(names: &[String]) -> Vec<String> {
    let normal: BTreeSet<String> = names
        .iter()
        .map(|name| match name.to_uppercase() {
            name if name == "ALL" || name.starts_with("CAP_") => name,
            name => format!("CAP_{name}"),
        })
        .collect();
    normal.into_iter().collect()
}

/// Kernel parameters that belong to a container's own IPC namespace.
const IPC_SYSCTLS: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// Reads `KEY=VALUE` for a parameter that each container has for itself.
///
/// # Errors
/// A parameter of the whole host, or no value.
pub(crate) fn parse_sysctl(value: &str) -> Result<(String, String), FlagError> {
    value
        .split_once('=')
        .filter(|(key, _)| {
            IPC_SYSCTLS.contains(key) || key.starts_with("net.") || key.starts_with("fs.mqueue.")
        })
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| FlagError::new(format!("sysctl '{value}' is not allowed")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_in(directory: &Path, options: &[&str]) -> Result<SecurityOptions, FlagError> {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        parse(&options, directory)
    }

    #[test]
    fn a_seccomp_profile_is_sent_as_text() {
        let directory = tempfile::tempdir().expect("directory");
        let profile = "{\n \"b\": \"x \\\" y\",\n \"a\": 1.0\n}\n";
        std::fs::write(directory.path().join("p.json"), profile).expect("file");
        std::fs::write(directory.path().join("bad.json"), "{bad").expect("file");

        let parsed = parse_in(directory.path(), &["seccomp=p.json"]).expect("valid");
        assert_eq!(parsed.options, [r#"seccomp={"b":"x \" y","a":1.0}"#]);
        let message = |option| {
            parse_in(directory.path(), &[option])
                .expect_err("refused")
                .to_string()
        };
        assert_eq!(
            message("seccomp=none.json"),
            "opening seccomp profile (none.json) failed: \
             open none.json: no such file or directory"
        );
        assert!(
            message("seccomp=bad.json")
                .starts_with("compacting json for seccomp profile (bad.json) failed: ")
        );
    }

    #[test]
    fn unconfined_system_paths_are_no_option_of_the_engine() {
        let parsed = parse_in(
            Path::new("/"),
            &[
                "systempaths=unconfined",
                "label=disable",
                "apparmor:foo",
                "no-new-privileges",
            ],
        )
        .expect("valid");
        assert!(parsed.system_paths_unconfined);
        assert_eq!(
            parsed.options,
            ["label=disable", "apparmor:foo", "no-new-privileges"]
        );
    }

    #[test]
    fn profiles_that_the_engine_has_are_named_and_not_read() {
        let options = ["seccomp=unconfined", "seccomp=builtin"];
        let parsed = parse_in(Path::new("/nonexistent"), &options).expect("valid");
        assert_eq!(parsed.options, options);
        let parsed = parse_in(Path::new("/"), &["systempaths:unconfined"]).expect("valid");
        assert_eq!(parsed.options, ["systempaths:unconfined"]);
        assert!(!parsed.system_paths_unconfined);
    }

    #[test]
    fn blanks_are_dropped_between_strings_and_kept_in_them() {
        for (typed, sent) in [
            (r#"{ "a": "b c" }"#, r#"{"a":"b c"}"#),
            (r#"{"a": "b c"}"#, r#"{"a":"b c"}"#),
            (
                r#"{"a \\": "b \" c", "d": 1}"#,
                r#"{"a \\":"b \" c","d":1}"#,
            ),
        ] {
            assert_eq!(compact(typed.as_bytes()).expect("JSON"), sent);
        }
    }

    #[test]
    fn a_bare_word_is_no_option() {
        assert_eq!(
            parse_in(Path::new("/"), &["foo"])
                .expect_err("refused")
                .to_string(),
            "invalid --security-opt: \"foo\""
        );
    }

    #[test]
    fn capabilities_are_sorted_and_prefixed() {
        let names = ["net_admin", "CAP_SYS_PTRACE", "NET_ADMIN"].map(String::from);
        assert_eq!(capabilities(&names), ["CAP_NET_ADMIN", "CAP_SYS_PTRACE"]);
        assert_eq!(
            capabilities(&["x", "all"].map(String::from)),
            ["ALL", "CAP_X"]
        );
    }

    #[test]
    fn only_parameters_of_the_container_may_be_set() {
        assert!(parse_sysctl("net.core.somaxconn=1024").is_ok());
        assert!(parse_sysctl("kernel.msgmax=").is_ok());
        for bad in ["vm.swappiness=1", "net.core.somaxconn", "kernel.foo=1"] {
            assert!(parse_sysctl(bad).is_err(), "{bad:?}");
        }
    }
}
