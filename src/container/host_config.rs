//! The half of the create request that ties a container to the host it runs on.
//!
//! Each group of flags read here is destructured field by field, so that none is forgotten. Lists
//! that `docker inspect` shows as null unless they were sent are sent empty, as docker does.

use bollard::models::{HostConfig, HostConfigLogConfig};

use super::FlagError;
use super::grammar::security::{self, SecurityOptions};
use super::grammar::{devices, labels, namespaces, restart, ulimits, volumes};
use super::network::Networks;
use crate::cli::container::{
    ContainerArgs, DeviceArgs, FilesystemArgs, IsolationArgs, LifecycleArgs, NetworkArgs,
    ResourceArgs,
};
use crate::container::host::Host;

/// Reads everything except mounts, and binds, port bindings and removal, which do not concern the
/// host alone.
pub(super) fn parse(
    args: &ContainerArgs,
    host: &Host,
    networks: &Networks,
) -> Result<HostConfig, FlagError> {
    let mut config = HostConfig {
        network_mode: Some(networks.mode.clone()),
        init: args.process.init,
        group_add: list(&args.process.group_add),
        console_size: host
            .console_size
            .map(|(height, width)| vec![usize::from(height), usize::from(width)]),
        ..HostConfig::default()
    };
    set_network(&mut config, &args.network);
    set_lifecycle(&mut config, &args.lifecycle)?;
    set_files(&mut config, &args.filesystem)?;
    set_isolation(&mut config, &args.isolation, host)?;
    set_resources(&mut config, &args.resources)?;
    set_devices(&mut config, &args.devices)?;
    Ok(config)
}

fn set_network(config: &mut HostConfig, args: &NetworkArgs) {
    let NetworkArgs {
        publish_all,
        link,
        add_host,
        dns,
        dns_search,
        dns_option,
        // Ports: see `ports::parse`.
        publish: _,
        expose: _,
        // The container's own settings: see `ContainerPlan`.
        hostname: _,
        domainname: _,
        // Networks: see `network::collect`.
        network: _,
        network_alias: _,
        ip: _,
        ip6: _,
        link_local_ip: _,
        mac_address: _,
    } = args;
    config.publish_all_ports = Some(*publish_all);
    config.links = list(link);
    config.extra_hosts = list(add_host);
    // The only one of the three that docker does not send empty.
    config.dns = list(dns);
    config.dns_search = Some(dns_search.clone());
    config.dns_options = Some(dns_option.clone());
}

fn set_lifecycle(config: &mut HostConfig, args: &LifecycleArgs) -> Result<(), FlagError> {
    config.restart_policy = Some(restart::parse(args.restart.as_deref())?);
    config.container_id_file = non_empty(&args.cidfile);
    config.runtime = non_empty(&args.runtime);
    let annotations = labels::key_value_map(&args.annotation);
    config.annotations = (!annotations.is_empty()).then_some(annotations);
    if args.log_driver.as_deref() == Some("none") && !args.log_opt.is_empty() {
        return Err(FlagError::new("invalid logging opts for driver none"));
    }
    config.log_config = Some(HostConfigLogConfig {
        typ: Some(args.log_driver.clone().unwrap_or_default()),
        config: Some(labels::key_value_map(&args.log_opt)),
    });
    Ok(())
}

fn set_files(config: &mut HostConfig, args: &FilesystemArgs) -> Result<(), FlagError> {
    let FilesystemArgs {
        volume: _,
        // They have their own model; see the request.
        mount: _,
        tmpfs,
        volumes_from,
        volume_driver,
        read_only,
        shm_size,
        storage_opt,
    } = args;
    let tmpfs = volumes::parse_tmpfs(tmpfs);
    config.tmpfs = (!tmpfs.is_empty()).then_some(tmpfs);
    config.volumes_from = list(volumes_from);
    config.volume_driver = non_empty(volume_driver);
    config.readonly_rootfs = Some(*read_only);
    config.shm_size = *shm_size;
    if storage_opt.iter().any(|option| !option.contains('=')) {
        return Err(FlagError::new("invalid storage option"));
    }
    let storage = labels::key_value_map(storage_opt);
    config.storage_opt = (!storage.is_empty()).then_some(storage);
    Ok(())
}

fn set_isolation(
    config: &mut HostConfig,
    args: &IsolationArgs,
    host: &Host,
) -> Result<(), FlagError> {
    let IsolationArgs {
        privileged,
        cap_add,
        cap_drop,
        security_opt,
        pid,
        ipc,
        uts,
        userns,
        cgroupns,
        cgroup_parent,
        sysctl,
        isolation,
    } = args;
    let SecurityOptions {
        options,
        system_paths_unconfined,
    } = security::parse(security_opt, &host.working_directory)?;
    // Empty if `systempaths` was the only one: `docker inspect` shows the difference.
    config.security_opt = (!security_opt.is_empty()).then_some(options);
    if system_paths_unconfined {
        config.masked_paths = Some(Vec::new());
        config.readonly_paths = Some(Vec::new());
    }
    config.privileged = Some(*privileged);
    config.cap_add = list(&security::capabilities(cap_add));
    config.cap_drop = list(&security::capabilities(cap_drop));
    config.pid_mode = namespaces::pid(pid.as_deref())?;
    config.ipc_mode = non_empty(ipc);
    config.uts_mode = namespaces::uts(uts.as_deref())?;
    config.userns_mode = namespaces::userns(userns.as_deref())?;
    config.cgroupns_mode = namespaces::cgroupns(cgroupns.as_deref())?;
    config.cgroup_parent = non_empty(cgroup_parent);
    config.isolation = namespaces::isolation(isolation.as_deref())?;
    config.sysctls = (!sysctl.is_empty()).then(|| sysctl.iter().cloned().collect());
    Ok(())
}

fn set_resources(config: &mut HostConfig, args: &ResourceArgs) -> Result<(), FlagError> {
    const UNSET: i64 = -1;
    let ResourceArgs {
        memory,
        memory_reservation,
        memory_swap,
        memory_swappiness,
        // Removed from Linux; docker has not sent it since 29.
        kernel_memory: _,
        oom_kill_disable,
        oom_score_adj,
        cpus,
        cpu_shares,
        cpuset_cpus,
        cpuset_mems,
        cpu_period,
        cpu_quota,
        cpu_rt_period,
        cpu_rt_runtime,
        pids_limit,
        ulimit,
        blkio_weight,
        blkio_weight_device,
        device_read_bps,
        device_write_bps,
        device_read_iops,
        device_write_iops,
        // Refused earlier, because they are for Windows.
        cpu_count: _,
        cpu_percent: _,
        io_maxbandwidth: _,
        io_maxiops: _,
    } = args;
    let swappiness = memory_swappiness.unwrap_or(UNSET);
    if !(UNSET..=100).contains(&swappiness) {
        return Err(FlagError::new(format!(
            "invalid value: {swappiness}. Valid memory swappiness range is 0-100"
        )));
    }
    config.memory = *memory;
    config.memory_reservation = *memory_reservation;
    config.memory_swap = *memory_swap;
    config.memory_swappiness = Some(swappiness);
    config.oom_kill_disable = Some(*oom_kill_disable);
    config.oom_score_adj = *oom_score_adj;
    config.nano_cpus = *cpus;
    config.cpu_shares = *cpu_shares;
    config.cpu_period = *cpu_period;
    config.cpu_quota = *cpu_quota;
    config.cpu_realtime_period = *cpu_rt_period;
    config.cpu_realtime_runtime = *cpu_rt_runtime;
    config.cpuset_cpus = non_empty(cpuset_cpus);
    config.cpuset_mems = non_empty(cpuset_mems);
    config.pids_limit = Some(pids_limit.unwrap_or(0));
    config.ulimits = Some(ulimits::collect(ulimit));
    config.blkio_weight = *blkio_weight;
    config.blkio_weight_device = Some(blkio_weight_device.clone());
    config.blkio_device_read_bps = Some(device_read_bps.clone());
    config.blkio_device_write_bps = Some(device_write_bps.clone());
    config.blkio_device_read_iops = Some(device_read_iops.clone());
    config.blkio_device_write_iops = Some(device_write_iops.clone());
    Ok(())
}

fn set_devices(config: &mut HostConfig, args: &DeviceArgs) -> Result<(), FlagError> {
    let DeviceArgs {
        device,
        gpus,
        device_cgroup_rule,
    } = args;
    let devices = devices::parse(device)?;
    let mut requests = gpus.clone();
    requests.extend(devices.request);
    config.devices = Some(devices.mappings);
    config.device_requests = list(&requests);
    config.device_cgroup_rules = list(device_cgroup_rule);
    Ok(())
}

/// docker treats an empty string like a missing flag.
pub(super) fn non_empty(value: &Option<String>) -> Option<String> {
    value.clone().filter(|value| !value.is_empty())
}

/// None for an empty list.
pub(super) fn list<T: Clone>(values: &[T]) -> Option<Vec<T>> {
    (!values.is_empty()).then(|| values.to_vec())
}
