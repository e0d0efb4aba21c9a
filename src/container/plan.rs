//! Puts the grammars together: flags → [`ContainerPlan`] → create request.

use std::path::PathBuf;

use bollard::models::{ContainerCreateBody, NetworkingConfig};

use super::api_version::{ApiVersion, Gate};
use super::grammar::env::{self, EnvEntry};
use super::grammar::ports::{self, Ports};
use super::grammar::reference::{self, Image};
use super::grammar::volumes::{self, Volumes};
use super::grammar::{labels, platform, restart};
use super::host_config::{self, list, non_empty};
use super::mount::Mount;
use super::mounts;
use super::network::{self, Networks};
use super::streams::Streams;
use super::{CreateRequest, DetachKeys, FlagError, PullPolicy, health};
use crate::cli::container::{ContainerArgs, LifecycleArgs, ProcessArgs, ResourceArgs};
use crate::container::host::Host;
use crate::vars;

/// A container that can be created: everything that needs no Engine has been decided and checked.
#[derive(Debug, Clone)]
pub struct ContainerPlan {
    /// `--name`; without one the Engine makes one up.
    pub name: Option<String>,
    pub image: Image,
    /// `--platform` or `DOCKER_DEFAULT_PLATFORM`, normalised. Engines below API 1.41 accept none.
    pub platform: Option<String>,
    /// When to pull the image.
    pub pull: PullPolicy,
    pub streams: Streams,
    /// Whether signals are passed on.
    pub sig_proxy: bool,
    /// The keys that detach; used only with a terminal.
    pub detach_keys: DetachKeys,
    /// Where the container's ID is written, relative to the working directory.
    pub cidfile: Option<PathBuf>,
    /// Whether the Engine removes the container when it ends.
    pub remove: bool,
    /// Whether the Engine may start the container again when it ends.
    pub restarts: bool,
    /// `-q`.
    pub quiet: bool,
    /// The environment, in order; the last entry for a name wins.
    pub env: Vec<EnvEntry>,
    /// Problems in the flags that do not stop the run.
    pub warnings: Vec<&'static str>,
    /// The file systems of `--mount` and `--use-api-socket`.
    pub mounts: Vec<Mount>,
    body: ContainerCreateBody,
    gates: Vec<Gate>,
}

/// Each group of flags is destructured field by field, here or where the whole group is read: a new
/// flag does not compile until it has a meaning.
impl ContainerPlan {
    /// Reads all flags of the container.
    ///
    /// # Errors
    /// The first thing that docker, or any Engine, would refuse.
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
            // The container's own settings: see `config`.
            label: _,
            label_file: _,
            stop_signal: _,
            stop_timeout: _,
            // The host's part: see `host_config`.
            annotation: _,
            log_driver: _,
            log_opt: _,
            runtime: _,
            // A mount: see `mounts::collect`.
            use_api_socket: _,
            // About the image, and checked earlier: see `plan::content_trust`.
            disable_content_trust: _,
        } = &args.lifecycle;
        let ProcessArgs {
            detach_keys,
            sig_proxy,
            env,
            env_file,
            // What is attached: see `Streams::of`.
            interactive: _,
            tty: _,
            detach: _,
            attach: _,
            // The container's own settings: see `config`.
            workdir: _,
            user: _,
            entrypoint: _,
            // The host's part: see `host_config`.
            group_add: _,
            init: _,
        } = &args.process;
        let platform = non_empty(platform)
            .or_else(|| host.environment.non_empty(vars::DOCKER_DEFAULT_PLATFORM));
        let networks = network::collect(&args.network)?;
        let ports = ports::parse(&args.network.publish, &args.network.expose)?;
        let volumes = volumes::parse(&args.filesystem.volume, &host.working_directory)?;
        let mut plan = Self {
            name: non_empty(name),
            image: reference::parse(image)?,
            platform: platform.as_deref().map(platform::normalise).transpose()?,
            pull: PullPolicy::parse(pull.as_deref())?,
            streams: Streams::of(&args.process)?,
            sig_proxy: sig_proxy.unwrap_or(true),
            detach_keys: DetachKeys::resolve(detach_keys.as_deref(), host.detach_keys.as_deref())?,
            cidfile: non_empty(cidfile).map(PathBuf::from),
            remove: restart::remove(*rm, restart.as_deref())?,
            restarts: restart::restarts(restart.as_deref()),
            quiet: *quiet,
            env: env::collect(env_file, env, host).map_err(|error| error.of_flag("--env-file"))?,
            warnings: deprecated(args),
            mounts: mounts::collect(args, &host.working_directory),
            body: ContainerCreateBody::default(),
            gates: gates(args, &networks),
        };
        plan.body = plan.config(command, args, host, &ports, &volumes)?;
        let mut host_config = host_config::parse(args, host, &networks)?;
        host_config.auto_remove = Some(plan.remove);
        host_config.port_bindings = Some(ports.bindings);
        host_config.binds = list(&volumes.binds);
        plan.body.host_config = Some(host_config);
        plan.body.networking_config = Some(NetworkingConfig {
            endpoints_config: Some(networks.endpoints),
        });
        Ok(plan)
    }

    #[must_use]
    pub fn command(&self) -> &[String] {
        self.body.cmd.as_deref().unwrap_or_default()
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

    /// A body of this plan, in the form that is sent.
    #[must_use]
    pub fn request(&self, body: &ContainerCreateBody) -> CreateRequest {
        CreateRequest::new(body.clone(), self.mounts.clone())
    }

    /// The settings of the container wherever it runs.
    fn config(
        &self,
        command: &[String],
        args: &ContainerArgs,
        host: &Host,
        ports: &Ports,
        volumes: &Volumes,
    ) -> Result<ContainerCreateBody, FlagError> {
        let (process, lifecycle) = (&args.process, &args.lifecycle);
        let labels = labels::collect(
            &lifecycle.label_file,
            &lifecycle.label,
            &host.working_directory,
        )
        .map_err(|error| error.of_flag("--label-file"))?;
        Ok(ContainerCreateBody {
            hostname: non_empty(&args.network.hostname),
            domainname: non_empty(&args.network.domainname),
            user: non_empty(&process.user),
            attach_stdin: Some(self.streams.attach_stdin),
            attach_stdout: Some(self.streams.attach_stdout),
            attach_stderr: Some(self.streams.attach_stderr),
            open_stdin: Some(self.streams.interactive),
            stdin_once: Some(self.streams.stdin_once()),
            tty: Some(self.streams.tty),
            exposed_ports: list(&Vec::from_iter(ports.exposed.iter().cloned())),
            cmd: list(command),
            healthcheck: health::parse(&args.health)?,
            image: Some(self.image.typed.clone()),
            volumes: Some(volumes.anonymous.clone()),
            working_dir: non_empty(&process.workdir),
            // One element, never split; an empty one drops the image's.
            entrypoint: process.entrypoint.clone().map(|program| vec![program]),
            labels: Some(labels),
            stop_signal: non_empty(&lifecycle.stop_signal),
            stop_timeout: lifecycle.stop_timeout,
            ..ContainerCreateBody::default()
        })
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

/// Flags without effect, in docker's words.
fn deprecated(args: &ContainerArgs) -> Vec<&'static str> {
    let kernel_memory = args
        .resources
        .kernel_memory
        .map(|_| "flag --kernel-memory has been deprecated, and no longer supported by the kernel");
    kernel_memory.into_iter().collect()
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

#[cfg(test)]
mod tests;
