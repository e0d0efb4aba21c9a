//! How credentials, or what they are for, reach the container.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::run::DeliveryArgs;
use crate::container::grammar::reference::{self, Image};
use crate::container::{ContainerPlan, FlagError};
use crate::iam::lists::Lists;
use crate::record::former;

/// The ways to deliver credentials, or what they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// One set, as environment variables.
    Env,
    /// Renewed inside the container through a relay, from credrun's own image or from this one.
    Live {
        /// `--relay-image`.
        relay_image: Option<Image>,
        /// `--record`.
        record: Option<PathBuf>,
    },
    /// None: calls go through a relay, and credrun signs and sends them.
    Keyless {
        /// `--relay-image`.
        relay_image: Option<Image>,
        /// `--allow` and `--deny`.
        lists: Lists,
        /// `--record`.
        record: Option<PathBuf>,
    },
}

impl Delivery {
    /// Its word in reports, labels and lists.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Live { .. } => "live",
            Self::Keyless { .. } => "keyless",
        }
    }

    /// Whether the container is behind a relay, and served for as long as it runs.
    #[must_use]
    pub fn has_relay(&self) -> bool {
        !matches!(self, Self::Env)
    }

    /// The relay's image, if it is not credrun's own.
    #[must_use]
    pub fn relay_image(&self) -> Option<&Image> {
        match self {
            Self::Env => None,
            Self::Live { relay_image, .. } | Self::Keyless { relay_image, .. } => {
                relay_image.as_ref()
            }
        }
    }
}

/// What the flags of delivery mean.
pub(super) struct DeliveryPlan {
    pub(super) delivery: Delivery,
    pub(super) min_ttl: Option<Duration>,
    pub(super) ecr_login: bool,
}

impl DeliveryPlan {
    pub(super) fn resolve(
        args: &DeliveryArgs,
        container: &ContainerPlan,
    ) -> Result<Self, FlagError> {
        let DeliveryArgs {
            live,
            keyless,
            allow,
            deny,
            record,
            min_ttl,
            relay_image,
            ecr_login,
        } = args;
        let way = match (live, keyless) {
            (true, true) => {
                return Err(FlagError::with_hint(
                    "--live and --keyless contradict each other",
                    "with --live the container gets credentials, with --keyless it gets none",
                ));
            }
            (true, false) => Some("--live"),
            (false, true) => Some("--keyless"),
            (false, false) => None,
        };
        check_restarts(way, container)?;
        check_record(record.as_deref(), container)?;
        if !keyless {
            check_needs_keyless(args)?;
        }
        if way.is_none() && record.is_some() {
            return Err(FlagError::with_hint(
                "--record without --keyless or --live: credrun does not hear of the container's calls",
                "add --keyless; with --live, some SDKs tell credrun of their calls",
            ));
        }
        let relay_image = relay_image.as_ref();
        let relay_image = match way {
            Some(_) => relay_image.map(|it| parse_relay_image(it)).transpose()?,
            None if relay_image.is_some() => {
                return Err(FlagError::with_hint(
                    "--relay-image without --live or --keyless",
                    "add one of the two; nothing else needs a relay",
                ));
            }
            None => None,
        };
        let delivery = match (live, keyless) {
            (_, true) => Delivery::Keyless {
                relay_image,
                lists: Lists {
                    allow: allow.clone(),
                    deny: deny.clone(),
                },
                record: record.clone(),
            },
            (true, false) => Delivery::Live {
                relay_image,
                record: record.clone(),
            },
            (false, false) => Delivery::Env,
        };
        Ok(Self {
            delivery,
            min_ttl: *min_ttl,
            ecr_login: ecr_login.unwrap_or(true),
        })
    }
}

/// A container that is started again needs a credrun that stays.
fn check_restarts(way: Option<&str>, container: &ContainerPlan) -> Result<(), FlagError> {
    match way {
        Some(way) if container.restarts && !container.streams.detach => Err(FlagError::with_hint(
            format!("--restart with {way} needs -d"),
            "with -d, credrun stays in the background and serves the container, also after each restart",
        )),
        _ => Ok(()),
    }
}

/// A run in the background has neither.
fn check_record(record: Option<&Path>, container: &ContainerPlan) -> Result<(), FlagError> {
    const OUTPUTS: [&str; 6] = [
        "/dev/stdout",
        "/dev/stderr",
        "/dev/fd/1",
        "/dev/fd/2",
        "/proc/self/fd/1",
        "/proc/self/fd/2",
    ];
    let record = record.filter(|_| container.streams.detach);
    match record.filter(|path| OUTPUTS.iter().any(|output| *path == Path::new(output))) {
        Some(path) => Err(FlagError::with_hint(
            format!(
                "--record {} with -d: a run in the background has no output",
                path.display()
            ),
            "name a file, a named pipe, or /dev/fd/N of a descriptor from 3 on",
        )),
        None => Ok(()),
    }
}

/// The new record would be empty before anybody sees that the policy is of the old one.
pub(super) fn check_record_is_not_read(
    record: Option<&Path>,
    policy_from: &[PathBuf],
) -> Result<(), FlagError> {
    let Some(record) = record else {
        return Ok(());
    };
    // A file can have several names.
    let files = |path: &Path| {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let both = [fs::metadata(former(&path)), fs::metadata(path)];
        let both = both.into_iter().flatten();
        both.map(|one| (one.dev(), one.ino())).collect::<Vec<_>>()
    };
    let taken = files(record);
    let is_taken = |path: &&PathBuf| files(path).iter().any(|one| taken.contains(one));
    match policy_from.iter().find(is_taken) {
        Some(read) => Err(FlagError::with_hint(
            format!(
                "--record {} would replace {}, which --policy-from reads",
                record.display(),
                read.display()
            ),
            "name another file for the new record",
        )),
        None => Ok(()),
    }
}

/// credrun sees no calls of a container that makes them itself.
fn check_needs_keyless(args: &DeliveryArgs) -> Result<(), FlagError> {
    let given = [
        ("--allow", !args.allow.is_empty()),
        ("--deny", !args.deny.is_empty()),
    ];
    let Some((flag, _)) = given.into_iter().find(|(_, is_given)| *is_given) else {
        return Ok(());
    };
    Err(FlagError::with_hint(
        format!("{flag} without --keyless: the container's calls do not go through credrun"),
        "add --keyless; for credentials with fewer rights, --policy takes a session policy",
    ))
}

fn parse_relay_image(typed: &str) -> Result<Image, FlagError> {
    reference::parse(typed).map_err(|error| error.of_flag("--relay-image"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_a_policy_is_made_from_is_not_replaced_by_the_new_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        fs::write(at("calls.jsonl"), "").expect("written");
        fs::write(at("old.jsonl.1"), "").expect("written");
        std::os::unix::fs::symlink("calls.jsonl", at("link")).expect("linked");
        let is_sound = |record: &str, read: &str| {
            check_record_is_not_read(Some(&at(record)), &[at("other"), at(read)]).is_ok()
        };
        assert!(!is_sound("calls.jsonl", "calls.jsonl"));
        assert!(!is_sound("link", "calls.jsonl") && !is_sound("calls.jsonl", "link"));
        assert!(!is_sound("old.jsonl", "old.jsonl.1"));
        assert!(is_sound("new.jsonl", "calls.jsonl"));
        assert!(check_record_is_not_read(None, &[at("calls.jsonl")]).is_ok());
    }
}
