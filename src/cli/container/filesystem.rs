//! What the container sees as its files.

use clap::Args;

use crate::container::grammar::mounts;
use crate::container::grammar::size;
use crate::container::mount::Mount;

/// Volumes, mounts and the root file system.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Files")]
pub struct FilesystemArgs {
    /// Mount a host directory or a volume; TARGET alone is an anonymous volume
    #[arg(short, long, value_name = "SOURCE:TARGET")]
    pub volume: Vec<String>,

    /// Mount a file system: type=bind|volume|tmpfs|image,source=…,target=…
    #[arg(long, value_name = "KEY=VALUE,...", value_parser = mounts::parse)]
    pub mount: Vec<Mount>,

    /// Mount a tmpfs
    #[arg(long, value_name = "TARGET[:OPTIONS]")]
    pub tmpfs: Vec<String>,

    /// Mount the volumes of another container
    #[arg(long, value_name = "CONTAINER[:ro]")]
    pub volumes_from: Vec<String>,

    /// Driver of the volumes that -v makes
    #[arg(long, value_name = "DRIVER")]
    pub volume_driver: Option<String>,

    /// Mount the container's root file system read-only
    #[arg(long)]
    pub read_only: bool,

    /// Size of /dev/shm
    #[arg(long, value_name = "BYTES", value_parser = size::parse)]
    pub shm_size: Option<i64>,

    /// Option of the storage driver
    #[arg(long, value_name = "KEY=VALUE")]
    pub storage_opt: Vec<String>,
}
