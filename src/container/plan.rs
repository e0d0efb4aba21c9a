//! Puts the grammars together: flags → [`ContainerPlan`] → create request.

use std::path::PathBuf;

use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountBindOptions, MountType,
    NetworkingConfig,
};

use super::api_version::{ApiVersion, Gate};
use super::env::{self, EnvEntry};
use super::network::Networks;
use super::reference::{self, Image};
use super::security::SecurityOptions;
use super::streams::Streams;
use super::{DetachKeys, FlagError, PullPolicy};
use super::{
    devices, health, labels, namespaces, network, platform, ports, restart, security, ulimits,
    volumes,
};
use crate::cli::container::{
    ContainerArgs, FilesystemArgs, IsolationArgs, LifecycleArgs, NetworkArgs, ProcessArgs,
    ResourceArgs,
};
use crate::vars::{self, Environment};

/// What a container takes from the host that credrun runs on.
#[derive(Debug, Clone)]
pub struct Host {
    /// Where `-e NAME` and `--env-file` look names up.
    pub environment: Environment,
    /// What relative paths are relative to.
    pub working_directory: PathBuf,
    /// The proxy variables of config.json, both spellings of each name.
    pub proxies: Vec<(String, String)>,
    /// Height and width of the terminal on stdout.
    pub console_size: Option<(u16, u16)>,
    /// `detachKeys` of config.json.
    pub detach_keys: Option<String>,
    /// The Engine's socket, where it is one on this host: what `--use-api-socket` mounts.
    pub engine_socket: Option<PathBuf>,
}

/// A container that can be created: everything that needs no Engine is decided and checked.
#[derive(Debug, Clone)]
pub struct ContainerPlan {
    /// `--name`; the Engine makes one up where there is none.
    pub name: Option<String>,
    /// The image.
    pub image: Image,
    /// `--platform` or `DOCKER_DEFAULT_PLATFORM`, normalised. Engines below API 1.41 take none.
    pub platform: Option<String>,
    /// When to pull the image.
    pub pull: PullPolicy,
    /// What is attached.
    pub streams: Streams,
    /// Whether signals are passed on.
    pub sig_proxy: bool,
    /// The keys that detach; of use with a terminal only.
    pub detach_keys: DetachKeys,
    /// Where the container's ID is written, relative to the working directory.
    pub cidfile: Option<PathBuf>,
    /// Whether the Engine removes the container when it ends.
    pub remove: bool,
    /// `-q`.
    pub quiet: bool,
    /// Whether registry logins go into the container, beside the Engine's socket.
    pub use_api_socket: bool,
    /// The environment, in order; of the same name the last wins.
    pub env: Vec<EnvEntry>,
    body: ContainerCreateBody,
    gates: Vec<Gate>,
}

impl ContainerPlan {
    /// Reads everything that was typed for the container.
    ///
    /// # Errors
    /// The first thing that docker, or an Engine in any case, would refuse.
    pub fn new(
        image: &str,
        command: &[String],
        args: &ContainerArgs,
        host: &Host,
    ) -> Result<Self, FlagError> {
        refuse_windows_flags(&args.resources)?;
        let LifecycleArgs {
            name,
            rm,
            restart,
            pull,
            platform,
            quiet,
            cidfile,
            use_api_socket,
            // docker verifies signatures only where DOCKER_CONTENT_TRUST asks for it.
            disable_content_trust: _,
            ..
        } = &args.lifecycle;
        let process = &args.process;
        let platform = non_empty(platform)
            .cloned()
            .or_else(|| host.environment.non_empty(vars::DOCKER_DEFAULT_PLATFORM));
        let networks = network::collect(&args.network)?;
        let mut plan = Self {
            name: non_empty(name).cloned(),
            image: reference::parse(image)?,
            platform: platform.as_deref().map(platform::normalise).transpose()?,
            pull: PullPolicy::parse(pull.as_deref())?,
            streams: Streams::of(process)?,
            sig_proxy: process.sig_proxy.unwrap_or(true),
            detach_keys: DetachKeys::resolve(
                process.detach_keys.as_deref(),
                host.detach_keys.as_deref(),
            )?,
            cidfile: non_empty(cidfile).map(PathBuf::from),
            remove: restart::remove(*rm, restart.as_deref())?,
            quiet: *quiet,
            use_api_socket: *use_api_socket,
            env: env::collect(&process.env_file, &process.env, host)?,
            body: ContainerCreateBody::default(),
            gates: gates(args, &networks),
        };
        plan.body = plan.config(command, args, host)?;
        plan.body.host_config = Some(plan.host_config(args, host, &networks)?);
        plan.body.networking_config = Some(NetworkingConfig {
            endpoints_config: Some(networks.endpoints),
        });
        Ok(plan)
    }

    /// The request for an Engine of this version.
    ///
    /// # Errors
    /// A flag that the version does not know.
    pub fn create_body(&self, api: ApiVersion) -> Result<ContainerCreateBody, FlagError> {
        for gate in &self.gates {
            gate.check(api)?;
        }
        let env: Vec<String> = self.env.iter().map(ToString::to_string).collect();
        Ok(ContainerCreateBody {
            env: list(&env),
            ..self.body.clone()
        })
    }

    /// What belongs to the container wherever it runs.
    fn config(
        &self,
        command: &[String],
        args: &ContainerArgs,
        host: &Host,
    ) -> Result<ContainerCreateBody, FlagError> {
        let ProcessArgs {
            user,
            workdir,
            entrypoint,
            ..
        } = &args.process;
        let ports = ports::parse(&args.network.publish, &args.network.expose)?;
        let volumes = volumes::parse(&args.filesystem.volume, &host.working_directory)?;
        let labels = labels::collect(
            &args.lifecycle.label_file,
            &args.lifecycle.label,
            &host.working_directory,
        )?;
        Ok(ContainerCreateBody {
            hostname: non_empty(&args.network.hostname).cloned(),
            domainname: non_empty(&args.network.domainname).cloned(),
            user: non_empty(user).cloned(),
            attach_stdin: Some(self.streams.attach_stdin),
            attach_stdout: Some(self.streams.attach_stdout),
            attach_stderr: Some(self.streams.attach_stderr),
            open_stdin: Some(self.streams.interactive),
            stdin_once: Some(self.streams.stdin_once()),
            tty: Some(self.streams.tty),
            exposed_ports: list(&Vec::from_iter(ports.exposed)),
            cmd: list(command),
            healthcheck: health::parse(&args.health)?,
            image: Some(self.image.typed.clone()),
            volumes: list(&volumes.anonymous),
            working_dir: non_empty(workdir).cloned(),
            // One element, never split; an empty one drops the image's.
            entrypoint: entrypoint.clone().map(|program| vec![program]),
            labels: Some(labels),
            stop_signal: non_empty(&args.lifecycle.stop_signal).cloned(),
            stop_timeout: args.lifecycle.stop_timeout,
            ..ContainerCreateBody::default()
        })
    }

    /// What binds the container to the host it runs on. Lists that `docker inspect` shows as
    /// null unless they are sent are sent empty, as docker does.
    fn host_config(
        &self,
        args: &ContainerArgs,
        host: &Host,
        networks: &Networks,
    ) -> Result<HostConfig, FlagError> {
        let mut config = HostConfig {
            network_mode: Some(networks.mode.clone()),
            auto_remove: Some(self.remove),
            init: args.process.init,
            group_add: list(&args.process.group_add),
            console_size: host
                .console_size
                .map(|(height, width)| vec![usize::from(height), usize::from(width)]),
            ..HostConfig::default()
        };
        set_network(&mut config, &args.network)?;
        set_lifecycle(&mut config, &args.lifecycle)?;
        set_files(&mut config, &args.filesystem, host)?;
        if self.use_api_socket {
            let socket = api_socket_mount(host)?;
            config.mounts.get_or_insert_default().push(socket);
        }
        set_isolation(&mut config, &args.isolation, host)?;
        set_resources(&mut config, &args.resources)?;

        let devices = devices::parse(&args.devices.device)?;
        let mut requests = args.devices.gpus.clone();
        requests.extend(devices.request);
        config.devices = Some(devices.mappings);
        config.device_requests = list(&requests);
        config.device_cgroup_rules = list(&args.devices.device_cgroup_rule);
        Ok(config)
    }
}

fn gates(args: &ContainerArgs, networks: &Networks) -> Vec<Gate> {
    let since =
        |asked: bool, flag, version| asked.then_some(Gate::Since(flag, ApiVersion::v1(version)));
    [
        since(!args.devices.gpus.is_empty(), "--gpus", 40),
        since(args.isolation.cgroupns.is_some(), "--cgroupns", 41),
        since(!args.lifecycle.annotation.is_empty(), "--annotation", 43),
        health::gate(&args.health),
        networks.gate(),
        args.resources.kernel_memory.map(|_| Gate::KernelMemory),
    ]
    .into_iter()
    .flatten()
    .chain(
        args.filesystem
            .mount
            .iter()
            .filter_map(|mount| mount.gate()),
    )
    .collect()
}

fn set_network(config: &mut HostConfig, args: &NetworkArgs) -> Result<(), FlagError> {
    config.port_bindings = Some(ports::parse(&args.publish, &args.expose)?.bindings);
    config.publish_all_ports = Some(args.publish_all);
    config.links = list(&args.link);
    config.extra_hosts = list(&args.add_host);
    config.dns = Some(args.dns.clone());
    config.dns_search = Some(args.dns_search.clone());
    config.dns_options = Some(args.dns_option.clone());
    Ok(())
}

fn set_lifecycle(config: &mut HostConfig, args: &LifecycleArgs) -> Result<(), FlagError> {
    config.restart_policy = Some(restart::parse(args.restart.as_deref())?);
    config.container_id_file = non_empty(&args.cidfile).cloned();
    config.runtime = non_empty(&args.runtime).cloned();
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

fn set_files(config: &mut HostConfig, args: &FilesystemArgs, host: &Host) -> Result<(), FlagError> {
    config.binds = list(&volumes::parse(&args.volume, &host.working_directory)?.binds);
    let mounts: Vec<Mount> = args
        .mount
        .iter()
        .map(|mount| mount.resolve(&host.working_directory))
        .collect();
    config.mounts = list(&mounts);
    let tmpfs = volumes::parse_tmpfs(&args.tmpfs);
    config.tmpfs = (!tmpfs.is_empty()).then_some(tmpfs);
    config.volumes_from = list(&args.volumes_from);
    config.volume_driver = non_empty(&args.volume_driver).cloned();
    config.readonly_rootfs = Some(args.read_only);
    config.shm_size = args.shm_size;
    if args.storage_opt.iter().any(|option| !option.contains('=')) {
        return Err(FlagError::new("invalid storage option"));
    }
    let storage = labels::key_value_map(&args.storage_opt);
    config.storage_opt = (!storage.is_empty()).then_some(storage);
    Ok(())
}

fn set_isolation(
    config: &mut HostConfig,
    args: &IsolationArgs,
    host: &Host,
) -> Result<(), FlagError> {
    let SecurityOptions {
        options,
        system_paths_unconfined,
    } = security::parse(&args.security_opt, &host.working_directory)?;
    config.security_opt = list(&options);
    if system_paths_unconfined {
        config.masked_paths = Some(Vec::new());
        config.readonly_paths = Some(Vec::new());
    }
    config.privileged = Some(args.privileged);
    config.cap_add = list(&security::capabilities(&args.cap_add));
    config.cap_drop = list(&security::capabilities(&args.cap_drop));
    config.pid_mode = namespaces::pid(args.pid.as_deref())?;
    config.ipc_mode = non_empty(&args.ipc).cloned();
    config.uts_mode = namespaces::uts(args.uts.as_deref())?;
    config.userns_mode = namespaces::userns(args.userns.as_deref())?;
    config.cgroupns_mode = namespaces::cgroupns(args.cgroupns.as_deref())?;
    config.cgroup_parent = non_empty(&args.cgroup_parent).cloned();
    config.isolation = namespaces::isolation(args.isolation.as_deref())?;
    config.sysctls = (!args.sysctl.is_empty()).then(|| args.sysctl.iter().cloned().collect());
    Ok(())
}

fn set_resources(config: &mut HostConfig, args: &ResourceArgs) -> Result<(), FlagError> {
    const UNSET: i64 = -1;
    let swappiness = args.memory_swappiness.unwrap_or(UNSET);
    if !(UNSET..=100).contains(&swappiness) {
        return Err(FlagError::new(format!(
            "invalid value: {swappiness}. Valid memory swappiness range is 0-100"
        )));
    }
    config.memory = args.memory;
    config.memory_reservation = args.memory_reservation;
    config.memory_swap = args.memory_swap;
    config.memory_swappiness = Some(swappiness);
    config.oom_kill_disable = Some(args.oom_kill_disable);
    config.oom_score_adj = args.oom_score_adj;
    config.nano_cpus = args.cpus;
    config.cpu_shares = args.cpu_shares;
    config.cpu_period = args.cpu_period;
    config.cpu_quota = args.cpu_quota;
    config.cpu_realtime_period = args.cpu_rt_period;
    config.cpu_realtime_runtime = args.cpu_rt_runtime;
    config.cpuset_cpus = non_empty(&args.cpuset_cpus).cloned();
    config.cpuset_mems = non_empty(&args.cpuset_mems).cloned();
    config.pids_limit = Some(args.pids_limit.unwrap_or(0));
    config.ulimits = Some(ulimits::collect(&args.ulimit));
    config.blkio_weight = args.blkio_weight;
    config.blkio_weight_device = Some(args.blkio_weight_device.clone());
    config.blkio_device_read_bps = Some(args.device_read_bps.clone());
    config.blkio_device_write_bps = Some(args.device_write_bps.clone());
    config.blkio_device_read_iops = Some(args.device_read_iops.clone());
    config.blkio_device_write_iops = Some(args.device_write_iops.clone());
    Ok(())
}

/// docker asks the Engine what it runs on; credrun's containers are Linux ones.
fn refuse_windows_flags(args: &ResourceArgs) -> Result<(), FlagError> {
    let given = [
        ("--cpu-count", args.cpu_count),
        ("--cpu-percent", args.cpu_percent),
        ("--io-maxbandwidth", args.io_maxbandwidth),
        ("--io-maxiops", args.io_maxiops),
    ];
    match given.into_iter().find(|(_, value)| value.is_some()) {
        Some((flag, _)) => Err(FlagError::new(format!(
            "{flag:?} is only for containers on Windows"
        ))),
        None => Ok(()),
    }
}

fn api_socket_mount(host: &Host) -> Result<Mount, FlagError> {
    let Some(socket) = &host.engine_socket else {
        return Err(FlagError::new(
            "flag --use-api-socket can only be used with an Engine on a unix socket",
        ));
    };
    Ok(Mount {
        typ: Some(MountType::BIND),
        source: Some(socket.display().to_string()),
        target: Some("/var/run/docker.sock".to_owned()),
        bind_options: Some(MountBindOptions::default()),
        ..Mount::default()
    })
}

/// For docker an empty string is as good as no flag.
fn non_empty(value: &Option<String>) -> Option<&String> {
    value.as_ref().filter(|value| !value.is_empty())
}

/// Nothing at all where there is nothing to say.
fn list<T: Clone>(values: &[T]) -> Option<Vec<T>> {
    (!values.is_empty()).then(|| values.to_vec())
}
