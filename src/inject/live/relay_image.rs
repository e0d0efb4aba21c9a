//! The relay's image, made from bytes that credrun carries, and its create request.
//!
//! The image is a `FROM scratch` image with one file, in the format of `docker save`, so that
//! any engine can load it (`POST /images/load`) without a registry. Equal credruns make equal
//! bytes. What build.rs compiled is what is in it.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The compiled relay; empty where build.rs found no static target.
static BINARY: &[u8] = include_bytes!(env!("CREDRUN_RELAY"));
/// The architecture it is for, in Docker's words.
const ARCHITECTURE: &str = env!("CREDRUN_RELAY_ARCHITECTURE");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The binary's path in the image, without the slash that tar does not have.
const FILE: &str = "credrun-relay";
/// Nobody, by number: the image has no user database.
const USER: &str = "65534:65534";

/// The repository that the relay's image is tagged in. It is in no registry.
pub const RELAY_REPOSITORY: &str = "credrun-relay";

/// The port that the relay tries first: below the range that kernels choose from, and not
/// assigned to a protocol by IANA.
pub const FIRST_PORT: u16 = 21776;

/// The relay serves the container with this name or ID.
pub const LABEL_FOR: &str = "credrun.relay.for";
/// On the target: the ID of the relay that it was created with.
pub const LABEL_RELAY: &str = "credrun.relay";
/// On a relay that took another's place: the ID of the target.
pub const LABEL_TARGET: &str = "credrun.relay.target";
/// The version of the credrun that made the image or container.
pub const LABEL_VERSION: &str = "credrun.version";

/// An image that an engine can load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayImage {
    /// The tag that it gets, which changes with its content: loading it twice is needless.
    pub reference: String,
    /// A tar archive in the format of `docker save`.
    pub archive: Vec<u8>,
    /// `amd64`, `arm64`, …
    pub architecture: &'static str,
}

/// There is no relay that the engine could run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRelay {
    /// build.rs could not compile one.
    #[error("this credrun was built without a relay for {ARCHITECTURE}, which --live needs")]
    NotBuilt,
    /// The engine runs on another architecture than credrun.
    #[error("this credrun's relay is for {ARCHITECTURE}, but the engine runs on {engine}")]
    OtherArchitecture {
        /// The engine's architecture.
        engine: String,
    },
}

impl NoRelay {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotBuilt => format!(
                "name an image with a relay by --relay-image, or build credrun after \
                 `rustup target add {}-unknown-linux-musl`",
                std::env::consts::ARCH
            ),
            Self::OtherArchitecture { engine } => format!(
                "name an image with a relay for {engine} by --relay-image; \
                 a credrun that was built on {engine} loads one into its engine"
            ),
        })
    }
}

/// The relay's program itself: a static binary for Linux.
///
/// # Errors
/// [`NoRelay::NotBuilt`].
pub fn relay_binary() -> Result<&'static [u8], NoRelay> {
    if BINARY.is_empty() {
        return Err(NoRelay::NotBuilt);
    }
    Ok(BINARY)
}

/// The relay as an image.
///
/// # Errors
/// [`NoRelay::NotBuilt`].
pub fn relay_image() -> Result<RelayImage, NoRelay> {
    let layer = tar(&[(FILE, 0o555, relay_binary()?)]);
    let config = config(&layer).to_string();
    let digest = hex_sha256(config.as_bytes());
    let reference = format!("{RELAY_REPOSITORY}:{VERSION}-{}", &digest[..12]);
    let config_file = format!("{digest}.json");
    let manifest = json!([{
        "Config": config_file,
        "RepoTags": [reference],
        "Layers": ["layer.tar"],
    }])
    .to_string();
    Ok(RelayImage {
        archive: tar(&[
            ("layer.tar", 0o444, &layer),
            (&config_file, 0o444, config.as_bytes()),
            ("manifest.json", 0o444, manifest.as_bytes()),
        ]),
        reference,
        architecture: ARCHITECTURE,
    })
}

impl RelayImage {
    /// Whether an engine on `architecture` (`Architecture` of `GET /info`, or `Arch` of
    /// `GET /version`) can run it.
    ///
    /// # Errors
    /// [`NoRelay::OtherArchitecture`].
    pub fn runs_on(&self, architecture: &str) -> Result<(), NoRelay> {
        // `/info` has the kernel's name for it, `/version` Go's.
        let engine = match architecture {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        if engine == self.architecture {
            return Ok(());
        }
        Err(NoRelay::OtherArchitecture {
            engine: engine.to_owned(),
        })
    }
}

/// The image's config; its digest is the image's ID.
fn config(layer: &[u8]) -> serde_json::Value {
    json!({
        "architecture": ARCHITECTURE,
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "User": USER,
            "Entrypoint": [format!("/{FILE}")],
            "Labels": { LABEL_VERSION: VERSION },
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [format!("sha256:{}", hex_sha256(layer))],
        },
        "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": "credrun" }],
    })
}

/// The relay's create request: `network` (from [`super::network::split`]) completed with what
/// keeps the relay small and harmless. `image` is [`RelayImage::reference`] or
/// `--relay-image`, `serves` the name of the target or what else tells a reader of `docker ps`
/// whose relay it is.
#[must_use]
pub fn relay_request(
    image: &str,
    serves: &str,
    network: ContainerCreateBody,
) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(image.to_owned()),
        cmd: Some(vec![FIRST_PORT.to_string()]),
        user: Some(USER.to_owned()),
        labels: Some(HashMap::from([
            (LABEL_FOR.to_owned(), serves.to_owned()),
            (LABEL_VERSION.to_owned(), VERSION.to_owned()),
        ])),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(true),
        // The relay's stdin ends with the first attached client, which is credrun.
        stdin_once: Some(true),
        // PID 1 ignores SIGTERM; `docker stop` need not wait for that to become clear.
        stop_signal: Some("SIGKILL".to_owned()),
        host_config: Some(hardened(network.host_config.unwrap_or_default())),
        ..network
    }
}

/// The same relay, told to listen on this port first.
#[must_use]
pub fn on_port(relay: ContainerCreateBody, port: u16) -> ContainerCreateBody {
    ContainerCreateBody {
        cmd: Some(vec![port.to_string()]),
        ..relay
    }
}

fn hardened(network: HostConfig) -> HostConfig {
    HostConfig {
        auto_remove: Some(true),
        readonly_rootfs: Some(true),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        // The relay has one thread and about a megabyte. The limits leave room for runc, which
        // counts as the container until it executes the relay.
        pids_limit: Some(64),
        memory: Some(64 << 20),
        // Nor does it share memory with anybody: a mount fewer.
        ipc_mode: Some("none".to_owned()),
        log_config: Some(HostConfigLogConfig {
            typ: Some("none".to_owned()),
            config: None,
        }),
        ..network
    }
}

/// A tar archive (POSIX ustar) of these files: name, mode, content.
fn tar(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, mode, content) in files {
        archive.extend_from_slice(&tar_header(name, *mode, content.len()));
        archive.extend_from_slice(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    // Two empty blocks end an archive.
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// Owner and time stay zero, for equal bytes from equal files.
fn tar_header(name: &str, mode: u32, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    // The checksum is taken with spaces in its own place.
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_are_made_every_time() {
        assert_eq!(relay_image(), relay_image());
    }

    #[test]
    fn the_relay_is_small() {
        let kib = match env!("CREDRUN_RELAY_LIBRARY") {
            "musl" => 600,
            // An empty program has 660 of them.
            "glibc" => 1100,
            _ => panic!("no static target is installed"),
        };
        assert!(BINARY.len() <= kib * 1024, "{} bytes", BINARY.len());
    }

    #[test]
    fn the_engines_architecture_is_known_by_both_its_names() {
        let image = RelayImage {
            architecture: "arm64",
            ..relay_image().unwrap()
        };
        assert_eq!(image.runs_on("aarch64"), Ok(()));
        assert_eq!(image.runs_on("arm64"), Ok(()));
        let refused = image.runs_on("x86_64").unwrap_err();
        assert!(refused.hint().unwrap().contains("--relay-image"));
    }

    #[test]
    fn the_relay_has_no_rights() {
        let request = relay_request("image", "web", ContainerCreateBody::default());
        let host = request.host_config.unwrap();
        assert_eq!(host.readonly_rootfs, Some(true));
        assert_eq!(host.cap_drop, Some(vec!["ALL".to_owned()]));
        assert_eq!(
            host.security_opt,
            Some(vec!["no-new-privileges".to_owned()])
        );
        assert_eq!(request.user.as_deref(), Some("65534:65534"));
        assert_eq!(request.labels.unwrap()[LABEL_FOR], "web");
    }
}
