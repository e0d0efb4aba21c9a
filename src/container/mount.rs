//! A mount as the Engine takes it.

use bollard::models::{MountImageOptions, MountTmpfsOptions, MountVolumeOptions};
use serde::Serialize;

/// A mount in the Engine's format. bollard's model limits types and propagations to its own list;
/// here the Engine decides which exist.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`, `image`, …
    #[serde(rename = "Type")]
    pub typ: String,
    /// A path, a volume's name or an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The path in the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Sent only if it is on, like the options.
    #[serde(skip_serializing_if = "is_off")]
    pub read_only: bool,
    /// `cached` and the like, for Docker Desktop on a Mac.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistency: Option<String>,
    /// `bind-*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind_options: Option<BindOptions>,
    /// `volume-*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_options: Option<MountVolumeOptions>,
    /// `image-*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_options: Option<MountImageOptions>,
    /// `tmpfs-*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmpfs_options: Option<MountTmpfsOptions>,
}

/// How a path of the host is mounted.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BindOptions {
    /// `rprivate`, `rslave`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagation: Option<String>,
    /// `bind-recursive=disabled`.
    #[serde(skip_serializing_if = "is_off")]
    pub non_recursive: bool,
    /// `bind-create-src`: a missing source is created, as with `-v`.
    #[serde(skip_serializing_if = "is_off")]
    pub create_mountpoint: bool,
    /// `bind-recursive=writable`.
    #[serde(skip_serializing_if = "is_off")]
    pub read_only_non_recursive: bool,
    /// `bind-recursive=readonly`.
    #[serde(skip_serializing_if = "is_off")]
    pub read_only_force_recursive: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_off(value: &bool) -> bool {
    !value
}
