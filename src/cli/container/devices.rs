//! What hardware the container may use.

use bollard::models::DeviceRequest;
use clap::Args;

use crate::container::{devices, gpus};

/// Devices and GPUs.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Devices")]
pub struct DeviceArgs {
    /// Add a host device, or a CDI device (vendor.com/class=name)
    #[arg(long, value_name = "HOST[:CONTAINER][:rwm]")]
    pub device: Vec<String>,

    /// Add GPUs: all, a number, or device=…,driver=…,capabilities=…
    #[arg(long, value_name = "REQUEST", value_parser = gpus::parse)]
    pub gpus: Vec<DeviceRequest>,

    /// Allow access to devices by type and number, as 'c 10:200 rwm'
    #[arg(long, value_name = "RULE", value_parser = devices::parse_cgroup_rule)]
    pub device_cgroup_rule: Vec<String>,
}
