//! What the container shares with its host, and what it may do.

use clap::Args;

use crate::container::grammar::security;

/// Namespaces, capabilities and security options.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Isolation and security")]
pub struct IsolationArgs {
    /// Give the container all privileges of the host
    #[arg(long)]
    pub privileged: bool,

    /// Add a Linux capability
    #[arg(long, value_name = "CAPABILITY")]
    pub cap_add: Vec<String>,

    /// Drop a Linux capability
    #[arg(long, value_name = "CAPABILITY")]
    pub cap_drop: Vec<String>,

    /// Security option: no-new-privileges, seccomp=FILE, apparmor=PROFILE, label=…
    #[arg(long, value_name = "OPTION")]
    pub security_opt: Vec<String>,

    /// PID namespace: host or container:NAME
    #[arg(long, value_name = "MODE")]
    pub pid: Option<String>,

    /// IPC namespace: none, private, shareable, host or container:NAME
    #[arg(long, value_name = "MODE")]
    pub ipc: Option<String>,

    /// UTS namespace: host
    #[arg(long, value_name = "MODE")]
    pub uts: Option<String>,

    /// User namespace: host
    #[arg(long, value_name = "MODE")]
    pub userns: Option<String>,

    /// Cgroup namespace: host or private
    #[arg(long, value_name = "MODE")]
    pub cgroupns: Option<String>,

    /// Parent cgroup of the container
    #[arg(long, value_name = "CGROUP")]
    pub cgroup_parent: Option<String>,

    /// Kernel parameter of the container's namespaces
    #[arg(long, value_name = "KEY=VALUE", value_parser = security::parse_sysctl)]
    pub sysctl: Vec<(String, String)>,

    /// Isolation technology of Windows containers
    #[arg(long, value_name = "TECHNOLOGY")]
    pub isolation: Option<String>,
}
