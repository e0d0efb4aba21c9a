//! How much of the host the container may use.

use bollard::models::{ResourcesBlkioWeightDevice, ResourcesUlimits, ThrottleDevice};
use clap::Args;

use crate::container::grammar::{blkio, cpus, number, size, ulimits};

/// Memory, CPUs, IO and limits.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Resources")]
pub struct ResourceArgs {
    /// Memory limit
    #[arg(short, long, value_name = "BYTES", value_parser = size::parse)]
    pub memory: Option<i64>,

    /// Memory soft limit
    #[arg(long, value_name = "BYTES", value_parser = size::parse)]
    pub memory_reservation: Option<i64>,

    /// Limit of memory and swap together; -1 is unlimited
    #[arg(long, value_name = "BYTES", value_parser = size::parse_swap)]
    pub memory_swap: Option<i64>,

    /// Swappiness, 0 to 100
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub memory_swappiness: Option<i64>,

    /// Has no effect any more
    #[arg(long, hide = true, value_name = "BYTES", value_parser = size::parse)]
    pub kernel_memory: Option<i64>,

    /// Never kill the container for lack of memory
    #[arg(long)]
    pub oom_kill_disable: bool,

    /// Preference for being killed then, -1000 to 1000
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub oom_score_adj: Option<i64>,

    /// Number of CPUs, such as 1.5
    #[arg(long, value_name = "N", value_parser = cpus::parse)]
    pub cpus: Option<i64>,

    /// CPU shares: the relative weight
    #[arg(short, long, value_name = "N", value_parser = number::parse_int)]
    pub cpu_shares: Option<i64>,

    /// CPUs to run on, such as 0-3 or 0,1
    #[arg(long, value_name = "LIST")]
    pub cpuset_cpus: Option<String>,

    /// Memory nodes to use, such as 0-3 or 0,1
    #[arg(long, value_name = "LIST")]
    pub cpuset_mems: Option<String>,

    /// Period of the CPU scheduler, in microseconds
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub cpu_period: Option<i64>,

    /// Quota of the CPU scheduler, in microseconds a period
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub cpu_quota: Option<i64>,

    /// Period of the real-time scheduler, in microseconds
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub cpu_rt_period: Option<i64>,

    /// Runtime of the real-time scheduler, in microseconds
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub cpu_rt_runtime: Option<i64>,

    /// Number of processes; -1 is unlimited
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub pids_limit: Option<i64>,

    /// Limit as in ulimit: nofile=1024:2048
    #[arg(long, value_name = "NAME=LIMIT", value_parser = ulimits::parse)]
    pub ulimit: Vec<ResourcesUlimits>,

    /// Weight in block IO, 10 to 1000; 0 turns it off
    #[arg(long, value_name = "N", value_parser = number::parse_u16)]
    pub blkio_weight: Option<u16>,

    /// Weight in block IO on a device
    #[arg(long, value_name = "DEVICE:N", value_parser = blkio::parse_weight)]
    pub blkio_weight_device: Vec<ResourcesBlkioWeightDevice>,

    /// Bytes a second to read from a device
    #[arg(long, value_name = "DEVICE:N", value_parser = blkio::parse_bps)]
    pub device_read_bps: Vec<ThrottleDevice>,

    /// Bytes a second to write to a device
    #[arg(long, value_name = "DEVICE:N", value_parser = blkio::parse_bps)]
    pub device_write_bps: Vec<ThrottleDevice>,

    /// IO operations a second to read from a device
    #[arg(long, value_name = "DEVICE:N", value_parser = blkio::parse_iops)]
    pub device_read_iops: Vec<ThrottleDevice>,

    /// IO operations a second to write to a device
    #[arg(long, value_name = "DEVICE:N", value_parser = blkio::parse_iops)]
    pub device_write_iops: Vec<ThrottleDevice>,

    /// CPU count (Windows only)
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub cpu_count: Option<i64>,

    /// CPU percentage (Windows only)
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub cpu_percent: Option<i64>,

    /// System drive bytes a second (Windows only)
    #[arg(long, value_name = "BYTES", value_parser = size::parse)]
    pub io_maxbandwidth: Option<i64>,

    /// System drive operations a second (Windows only)
    #[arg(long, value_name = "N", value_parser = number::parse_int)]
    pub io_maxiops: Option<i64>,
}
