//! `docker run`'s own flags, in groups. Their grammars are in [`crate::container`].
//!
//! A flag whose value docker checks while it reads the command line has a value parser here;
//! the others are kept as typed, and are refused by [`crate::container`] in docker's order.

mod devices;
mod filesystem;
mod health;
mod isolation;
mod lifecycle;
mod network;
mod process;
mod resources;

use clap::Args;

pub(crate) use devices::DeviceArgs;
pub(crate) use filesystem::FilesystemArgs;
pub(crate) use health::HealthArgs;
pub(crate) use isolation::IsolationArgs;
pub(crate) use lifecycle::LifecycleArgs;
pub(crate) use network::NetworkArgs;
pub(crate) use process::ProcessArgs;
pub(crate) use resources::ResourceArgs;

/// All flags that describe the container.
#[derive(Debug, Default, Args)]
pub struct ContainerArgs {
    /// Process, streams, environment.
    #[command(flatten)]
    pub process: ProcessArgs,
    /// Volumes, mounts, the root file system.
    #[command(flatten)]
    pub filesystem: FilesystemArgs,
    /// Networks, ports, names.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Image, name, life and end.
    #[command(flatten)]
    pub lifecycle: LifecycleArgs,
    /// Namespaces, capabilities, security options.
    #[command(flatten)]
    pub isolation: IsolationArgs,
    /// Devices and GPUs.
    #[command(flatten)]
    pub devices: DeviceArgs,
    /// Memory, CPUs, IO, limits.
    #[command(flatten)]
    pub resources: ResourceArgs,
    /// Health checks.
    #[command(flatten)]
    pub health: HealthArgs,
}
