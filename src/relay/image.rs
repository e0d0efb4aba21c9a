//! The relay's image, built from bytes that credrun carries.
//!
//! The image is `FROM scratch` with one file, in the format of `docker save`, so that any engine
//! can load it (`POST /images/load`) without a registry. Equal builds of credrun produce equal
//! bytes. The file is the binary that build.rs compiled.
//!
//! credrun identifies it by content and never by tag, because anyone can give the tag to another
//! image. An engine's ID of an image is the digest of its config or, where containerd stores the
//! images, of its manifest; either fixes the layer's digest. Both are known before an engine has
//! the image, because the archive is an OCI layout that fixes the manifest's bytes, beside the
//! `manifest.json` that older engines read.

mod tar;

use serde_json::{Value, json};

use crate::digest::sha256_hex;
use crate::relay::labels::LABEL_VERSION;

use tar::tar;

/// The compiled relay; empty where build.rs found no static target.
static BINARY: &[u8] = include_bytes!(env!("CREDRUN_RELAY"));
/// Its architecture, in Docker's words.
const ARCHITECTURE: &str = env!("CREDRUN_RELAY_ARCHITECTURE");
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
    /// `amd64`, `arm64`, …
    pub architecture: &'static str,
}

/// Why there is no relay that the engine could run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRelay {
    /// build.rs could not compile one.
    #[error("this credrun was built without a relay for {ARCHITECTURE}, which --live needs")]
    NotBuilt,
    /// The engine runs on another architecture than credrun.
    #[error("this credrun's relay is for {ARCHITECTURE}, but the Engine runs on {engine}")]
    OtherArchitecture { engine: String },
    /// The engine loaded the image, but does not know it by its content.
    #[error("the Engine loaded the relay's image, but does not know it by its digest")]
    NotKept,
}

impl NoRelay {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotBuilt => format!(
                "use --relay-image with an image that has a relay, or build credrun after \
                 `rustup target add {}-unknown-linux-musl`",
                std::env::consts::ARCH
            ),
            Self::OtherArchitecture { engine } => format!(
                "use --relay-image with an image that has a relay for {engine}; \
                 a credrun built on {engine} loads one into its Engine"
            ),
            Self::NotKept => format!(
                "`docker images --digests {RELAY_REPOSITORY}` lists the images that it has; \
                 --relay-image names one that you trust"
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

/// The command that starts the relay in its image.
#[must_use]
pub fn entrypoint() -> Vec<String> {
    vec![format!("/{FILE}")]
}

/// The relay as an image.
///
/// # Errors
/// [`NoRelay::NotBuilt`].
pub fn relay_image() -> Result<RelayImage, NoRelay> {
    let layer = Blob::of(tar(&[(FILE, 0o555, relay_binary()?)]));
    let config = Blob::of_json(&config(&layer));
    let manifest = Blob::of_json(&manifest(&config, &layer));
    let reference = format!("{RELAY_REPOSITORY}:{VERSION}-{}", &config.hex()[..12]);
    Ok(RelayImage {
        archive: archive(&reference, &layer, &config, &manifest),
        ids: [config.digest, manifest.digest],
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

fn config(layer: &Blob) -> Value {
    json!({
        "architecture": ARCHITECTURE,
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
    use super::*;

    #[test]
    fn equal_bytes_are_made_every_time() {
        assert_eq!(relay_image(), relay_image());
    }

    #[test]
    fn the_relay_is_small() {
        let kib = match env!("CREDRUN_RELAY_LIBRARY") {
            "musl" => 600,
            // An empty program already has 660 KiB.
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
}
