//! The relay's image, built from bytes that credrun carries.
//!
//! The image is `FROM scratch` with one file, in the format of `docker save`, so that any engine
//! can load it (`POST /images/load`) without a registry. Equal builds of credrun produce equal
//! bytes. The file is the binary that build.rs compiled for the engine's architecture: credrun may
//! run on another.
//!
//! credrun identifies it by content and never by tag, because anyone can give the tag to another
//! image. An engine's ID of an image is the digest of its config or, where containerd stores the
//! images, of its manifest; either fixes the layer's digest. Both are known before an engine has
//! the image, because the archive is an OCI layout that fixes the manifest's bytes, beside the
//! `manifest.json` that older engines read.

mod tar;

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde_json::{Value, json};

use crate::architecture::{docker_name, relay_target};
use crate::digest::sha256_hex;
use crate::relay::labels::LABEL_VERSION;

use tar::tar;

/// A compiled relay: a static program for Linux.
struct Relay {
    /// In Docker's words: `amd64`, `arm64`.
    architecture: &'static str,
    /// In bytes, before build.rs has deflated it.
    length: usize,
    deflated: &'static [u8],
}

impl Relay {
    fn binary(&self) -> Vec<u8> {
        let inflated = decompress_to_vec_with_limit(self.deflated, self.length);
        inflated.expect("the relay is as build.rs wrote it")
    }
}

// `static RELAYS: &[Relay]`, one for each architecture that build.rs could compile it for.
include!(concat!(env!("OUT_DIR"), "/relays.rs"));

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The binary's path in the image, without the leading slash, which tar omits.
const FILE: &str = "credrun-relay";
/// For users who start the image by hand. credrun's create request names another user.
const USER: &str = "65534:65534";

/// The repository name that the relay's image is tagged with. It is in no registry.
pub const RELAY_REPOSITORY: &str = "credrun-relay";

/// An image that an engine can load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayImage {
    /// Its tag, for people who list images. credrun does not rely on it.
    pub reference: String,
    /// The IDs that an engine may know it by: the digest of its config, or of its manifest.
    pub ids: [String; 2],
    /// A tar archive in the format of `docker save`.
    pub archive: Vec<u8>,
}

/// Why there is no relay that the engine could run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRelay {
    /// build.rs compiled none for this architecture.
    #[error(
        "this credrun has no relay for {architecture}, the Engine's architecture, and --live needs one"
    )]
    NotBuilt {
        /// In Docker's words.
        architecture: String,
    },
    /// The engine loaded the image, but does not know it by its content.
    #[error("the Engine loaded the relay's image, but does not know it by its digest")]
    NotKept,
}

impl NoRelay {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotBuilt { architecture } => match relay_target(architecture) {
                Some(target) => format!(
                    "use --relay-image with an image that has a relay, \
                     or build credrun again after `rustup target add {target}`"
                ),
                None => "use --relay-image with an image that has a relay".to_owned(),
            },
            Self::NotKept => format!(
                "`docker images --digests {RELAY_REPOSITORY}` lists the images that it has; \
                 --relay-image names one that you trust"
            ),
        })
    }
}

/// The architectures that this credrun has a relay for, in Docker's words.
pub fn relay_architectures() -> impl Iterator<Item = &'static str> {
    RELAYS.iter().map(|relay| relay.architecture)
}

/// The relay's program for a Linux on `architecture`: Docker's, Rust's or the kernel's name.
///
/// # Errors
/// [`NoRelay::NotBuilt`].
pub fn relay_binary(architecture: &str) -> Result<Vec<u8>, NoRelay> {
    relay_for(architecture).map(Relay::binary)
}

/// Whether there is a relay for an engine on `architecture`.
///
/// # Errors
/// [`NoRelay::NotBuilt`].
pub fn has_relay(architecture: &str) -> Result<(), NoRelay> {
    relay_for(architecture).map(|_| ())
}

fn relay_for(architecture: &str) -> Result<&'static Relay, NoRelay> {
    let name = docker_name(architecture);
    let found = RELAYS.iter().find(|relay| relay.architecture == name);
    found.ok_or_else(|| NoRelay::NotBuilt {
        architecture: name.to_owned(),
    })
}

/// The command that starts the relay in its image.
#[must_use]
pub fn entrypoint() -> Vec<String> {
    vec![format!("/{FILE}")]
}

/// The relay as an image for an engine on `architecture`, as `GET /version` or `GET /info` names
/// it.
///
/// # Errors
/// [`NoRelay::NotBuilt`].
pub fn relay_image(architecture: &str) -> Result<RelayImage, NoRelay> {
    let relay = relay_for(architecture)?;
    let layer = Blob::of(tar(&[(FILE, 0o555, &relay.binary())]));
    let config = Blob::of_json(&config(relay.architecture, &layer));
    let manifest = Blob::of_json(&manifest(&config, &layer));
    let reference = format!("{RELAY_REPOSITORY}:{VERSION}-{}", &config.hex()[..12]);
    Ok(RelayImage {
        archive: archive(&reference, &layer, &config, &manifest),
        ids: [config.digest, manifest.digest],
        reference,
    })
}

/// Bytes named by their digest.
struct Blob {
    digest: String,
    content: Vec<u8>,
}

impl Blob {
    fn of(content: Vec<u8>) -> Self {
        Self {
            digest: format!("sha256:{}", sha256_hex(&content)),
            content,
        }
    }

    fn of_json(value: &Value) -> Self {
        Self::of(value.to_string().into_bytes())
    }

    fn hex(&self) -> &str {
        self.digest.trim_start_matches("sha256:")
    }

    /// Its path in an OCI layout.
    fn path(&self) -> String {
        format!("blobs/sha256/{}", self.hex())
    }

    fn descriptor(&self, media_type: &str) -> Value {
        json!({
            "mediaType": format!("application/vnd.oci.image.{media_type}"),
            "digest": self.digest,
            "size": self.content.len(),
        })
    }
}

fn config(architecture: &str, layer: &Blob) -> Value {
    json!({
        "architecture": architecture,
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "User": USER,
            "Entrypoint": entrypoint(),
            "Labels": { LABEL_VERSION: VERSION },
        },
        "rootfs": { "type": "layers", "diff_ids": [layer.digest] },
        "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": "credrun" }],
    })
}

fn manifest(config: &Blob, layer: &Blob) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config.descriptor("config.v1+json"),
        "layers": [layer.descriptor("layer.v1.tar")],
    })
}

fn archive(reference: &str, layer: &Blob, config: &Blob, manifest: &Blob) -> Vec<u8> {
    let mut named = manifest.descriptor("manifest.v1+json");
    named["annotations"] = json!({
        "io.containerd.image.name": format!("docker.io/library/{reference}"),
        "org.opencontainers.image.ref.name": reference,
    });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [named],
    });
    // Read by engines that do not know the layout.
    let images = json!([{
        "Config": config.path(),
        "RepoTags": [reference],
        "Layers": [layer.path()],
    }]);
    let layout = json!({ "imageLayoutVersion": "1.0.0" });
    tar(&[
        (&layer.path(), 0o444, &layer.content),
        (&config.path(), 0o444, &config.content),
        (&manifest.path(), 0o444, &manifest.content),
        ("index.json", 0o444, index.to_string().as_bytes()),
        ("manifest.json", 0o444, images.to_string().as_bytes()),
        ("oci-layout", 0o444, layout.to_string().as_bytes()),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::env::consts::ARCH;
    use std::io::Read as _;

    use super::*;

    #[test]
    fn equal_bytes_are_made_every_time() {
        assert_eq!(relay_image("amd64"), relay_image("amd64"));
    }

    #[test]
    fn every_credrun_has_the_relay_for_both_architectures() {
        // e_machine of an ELF header: EM_X86_64 and EM_AARCH64.
        for (architecture, machine) in [("amd64", 62), ("arm64", 183)] {
            let binary = relay_binary(architecture).expect("a relay");
            assert_eq!(&binary[..4], b"\x7fELF");
            assert_eq!(binary[18..20], [machine, 0], "{architecture}");
            let image = relay_image(architecture).expect("a relay");
            let field = format!(r#""architecture":"{architecture}""#);
            let archive = String::from_utf8_lossy(&image.archive);
            assert!(archive.contains(&field), "{architecture}");
        }
    }

    /// The files of an image's archive.
    fn files(archive: &[u8]) -> HashMap<String, Vec<u8>> {
        let mut archive = ::tar::Archive::new(archive);
        let entries = archive.entries().expect("an archive");
        let files = entries.map(|entry| {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a name").display().to_string();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("its content");
            (name, content)
        });
        files.collect()
    }

    #[test]
    fn engines_find_the_relay_by_the_layout_and_by_docker_saves_list() {
        let image = relay_image("amd64").expect("a relay");
        let files = files(&image.archive);
        let json = |name: &str| serde_json::from_slice::<Value>(&files[name]).expect("JSON");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let blob = |descriptor: &Value| {
            let digest = text(&descriptor["digest"]);
            let path = digest.replacen(':', "/", 1);
            let content = &files[&format!("blobs/{path}")];
            assert_eq!(Blob::of(content.clone()).digest, digest);
            assert_eq!(descriptor["size"], content.len());
            content.clone()
        };
        assert_eq!(json("oci-layout")["imageLayoutVersion"], "1.0.0");
        let manifest = &json("index.json")["manifests"][0];
        let manifest: Value = serde_json::from_slice(&blob(manifest)).expect("JSON");
        let config: Value = serde_json::from_slice(&blob(&manifest["config"])).expect("JSON");
        let layer = blob(&manifest["layers"][0]);
        assert_eq!(
            config["rootfs"]["diff_ids"][0],
            manifest["layers"][0]["digest"]
        );
        let program = &self::files(&layer)["credrun-relay"];
        assert_eq!(*program, relay_binary("amd64").expect("a relay"));

        let saved = &json("manifest.json")[0];
        assert_eq!(files[&text(&saved["Layers"][0])], layer);
        assert_eq!(json(&text(&saved["Config"])), config);
    }

    #[test]
    fn the_architectures_of_the_relays_are_dockers_names() {
        let mut names: Vec<_> = relay_architectures().collect();
        names.sort_unstable();
        assert_eq!(names, ["amd64", "arm64"]);
    }

    #[test]
    fn the_relay_is_small() {
        for relay in RELAYS {
            // A program that is linked with glibc has 660 KiB when it is empty.
            let kib = match env!("BUILD_RELAY_LIBRARY") {
                "glibc" if relay.architecture == docker_name(ARCH) => 1100,
                _ => 600,
            };
            assert!(relay.length <= kib * 1024, "{}", relay.architecture);
        }
    }

    #[test]
    fn the_engines_architecture_is_known_by_both_its_names() {
        assert_eq!(relay_image("aarch64"), relay_image("arm64"));
        assert_eq!(relay_image("x86_64"), relay_image("amd64"));
        assert_ne!(relay_image("x86_64"), relay_image("arm64"));
    }

    #[test]
    fn an_engine_that_no_relay_runs_on_needs_an_image() {
        let refused = relay_image("riscv64").expect_err("refused");
        assert!(refused.to_string().contains("riscv64"));
        assert!(
            refused
                .hint()
                .is_some_and(|hint| hint.contains("--relay-image"))
        );
    }
}
