//! What hardware the container may use.

use bollard::models::DeviceRequest;
use clap::Args;

use crate::container::grammar::{devices, gpus};

/// Devices and GPUs.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Devices")]
pub struct DeviceArgs {
    /// Host device (HOST, HOST:CONTAINER, HOST:CONTAINER:rwm) or CDI device
    #[arg(long, value_name = "DEVICE")]
    pub device: Vec<String>,

    /// GPUs: all, a number, or device=…,driver=…,capabilities=…
    #[arg(long, value_name = "REQUEST", value_parser = gpus::parse)]
    pub gpus: Vec<DeviceRequest>,

    /// Devices allowed by type and number: 'c 10:200 rwm'
    #[arg(long, value_name = "RULE", value_parser = devices::parse_cgroup_rule)]
    pub device_cgroup_rule: Vec<String>,
}
