//! The relay's create request.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig};

use super::image::entrypoint;
use crate::relay::labels::{LABEL_FOR, LABEL_VERSION};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The port that the relay tries first: below the range that kernels choose from, and not assigned
/// to a protocol by IANA.
pub const FIRST_PORT: u16 = 21776;

/// The first user ID for the relay. A process with the same user can read its memory where it can
/// see it, as the host's processes can, so no one else should have it. These numbers are
/// unassigned: people's end at 60000, systemd's are around them, 65534 is the shared nobody. They
/// are below 65536, because many engines have no more (rootless, `userns-remap`, in a container).
const FIRST_USER: u32 = 60_706;
const USERS: u32 = 478;

/// How much of one CPU the relay may use. A container can make it work, and the container's own
/// limits do not apply to it.
const CPU_PERIOD: i64 = 20_000;
const CPU_QUOTA: i64 = CPU_PERIOD / 2;

/// The image that a relay is created from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsedImage {
    /// credrun's own, by its ID.
    Own(String),
    /// `--relay-image`, as typed. Its own entrypoint starts it.
    Users(String),
}

/// A user and group for one run's relay, in the form of a create request.
///
/// # Errors
/// The operating system has no randomness.
pub fn random_user() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)?;
    let user = FIRST_USER + u32::from_ne_bytes(bytes) % USERS;
    Ok(format!("{user}:{user}"))
}

/// The relay's create request: `network` (from [`super::network::split`]) plus what keeps the relay
/// small and harmless. `serves` is the target's name, or another hint for readers of `docker ps`;
/// `user` is a [`random_user`].
#[must_use]
pub fn relay_request(
    image: &UsedImage,
    serves: &str,
    user: &str,
    network: ContainerCreateBody,
) -> ContainerCreateBody {
    let (image, entrypoint) = match image {
        UsedImage::Own(id) => (id, Some(entrypoint())),
        UsedImage::Users(name) => (name, None),
    };
    ContainerCreateBody {
        image: Some(image.clone()),
        entrypoint,
        cmd: Some(vec![FIRST_PORT.to_string()]),
        user: Some(user.to_owned()),
        labels: Some(HashMap::from([
            (LABEL_FOR.to_owned(), serves.to_owned()),
            (LABEL_VERSION.to_owned(), VERSION.to_owned()),
        ])),
        // The image cannot decide what else runs in there.
        healthcheck: Some(HealthConfig {
            test: Some(vec!["NONE".to_owned()]),
            ..HealthConfig::default()
        }),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(true),
        // The relay's stdin ends with the first attached client, which is credrun.
        stdin_once: Some(true),
        // PID 1 ignores SIGTERM; with SIGKILL `docker stop` need not wait in vain.
        stop_signal: Some("SIGKILL".to_owned()),
        host_config: Some(hardened(network.host_config.unwrap_or_default())),
        ..network
    }
}

/// The same relay, but it tries this port first.
#[must_use]
pub fn on_port(mut relay: ContainerCreateBody, port: u16) -> ContainerCreateBody {
    if let Some(first) = relay.cmd.as_mut().and_then(|words| words.first_mut()) {
        *first = port.to_string();
    }
    relay
}

/// The same relay, and it passes datagrams on.
#[must_use]
pub fn with_datagrams(mut relay: ContainerCreateBody) -> ContainerCreateBody {
    relay
        .cmd
        .get_or_insert_default()
        .push("datagrams".to_owned());
    relay
}

/// The same relay for an engine that cannot limit a container's CPU and fails, as rootless Podman
/// does where systemd has not delegated the controller to its user.
#[must_use]
pub fn without_cpu_limit(mut relay: ContainerCreateBody) -> ContainerCreateBody {
    if let Some(host) = &mut relay.host_config {
        (host.cpu_period, host.cpu_quota) = (None, None);
    }
    relay
}

fn hardened(network: HostConfig) -> HostConfig {
    // Under the user's cgroup, whose limit may be lower, the kernel refuses a higher limit; the
    // user's limit applies.
    let own_limit = network.cgroup_parent.is_none();
    HostConfig {
        auto_remove: Some(true),
        readonly_rootfs: Some(true),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        // The relay has one thread and half a megabyte, and 18 more where no client reads. The limits
        // leave room for runc, which counts as the container until it executes the relay.
        pids_limit: Some(64),
        memory: Some(64 << 20),
        cpu_period: own_limit.then_some(CPU_PERIOD),
        cpu_quota: own_limit.then_some(CPU_QUOTA),
        // It shares memory with no one: one mount fewer.
        ipc_mode: Some("none".to_owned()),
        log_config: Some(HostConfigLogConfig {
            typ: Some("none".to_owned()),
            config: None,
        }),
        ..network
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(image: &UsedImage, network: HostConfig) -> ContainerCreateBody {
        let network = ContainerCreateBody {
            host_config: Some(network),
            ..ContainerCreateBody::default()
        };
        relay_request(image, "web", "60600:60600", network)
    }

    fn own() -> UsedImage {
        UsedImage::Own("sha256:1".to_owned())
    }

    #[test]
    fn the_relay_has_no_rights_and_a_part_of_a_cpu() {
        let request = request(&own(), HostConfig::default());
        let host = request.host_config.unwrap();
        assert_eq!(host.readonly_rootfs, Some(true));
        assert_eq!(host.cap_drop, Some(vec!["ALL".to_owned()]));
        assert_eq!(
            host.security_opt,
            Some(vec!["no-new-privileges".to_owned()])
        );
        assert_eq!(host.cpu_quota.zip(host.cpu_period), Some((10_000, 20_000)));
        assert_eq!(request.user.as_deref(), Some("60600:60600"));
        assert_eq!(request.labels.unwrap()[LABEL_FOR], "web");
    }

    #[test]
    fn the_relay_stays_small_leaves_nothing_and_runs_nothing_of_the_image() {
        let request = request(&own(), HostConfig::default());
        let host = request.host_config.unwrap();
        assert_eq!(host.auto_remove, Some(true));
        assert_eq!((host.pids_limit, host.memory), (Some(64), Some(67_108_864)));
        assert_eq!(host.ipc_mode.as_deref(), Some("none"));
        // What passes through must not stand in a log of the Engine's.
        let log = host.log_config.unwrap();
        assert_eq!(log.typ.as_deref(), Some("none"));
        let check = request.healthcheck.unwrap();
        assert_eq!(check.test, Some(vec!["NONE".to_owned()]));
        assert_eq!(request.labels.unwrap()[LABEL_VERSION], VERSION);
    }

    #[test]
    fn the_relay_ends_with_the_first_client_that_is_attached_to_it() {
        let request = request(&own(), HostConfig::default());
        let attached = [
            request.attach_stdin,
            request.attach_stdout,
            request.attach_stderr,
            request.open_stdin,
            request.stdin_once,
        ];
        assert_eq!(attached, [Some(true); 5]);
        assert_eq!(request.stop_signal.as_deref(), Some("SIGKILL"));
    }

    #[test]
    fn the_relay_is_told_its_port_and_whether_to_take_datagrams() {
        let relay = request(&own(), HostConfig::default());
        assert_eq!(relay.cmd, Some(vec!["21776".to_owned()]));
        let relay = with_datagrams(on_port(relay, 40_000));
        let words = ["40000", "datagrams"].map(str::to_owned);
        assert_eq!(relay.cmd, Some(words.to_vec()));
        assert_eq!(relay.image.as_deref(), Some("sha256:1"));
    }

    #[test]
    fn for_an_engine_without_cpu_limits_the_rest_stays() {
        let relay = without_cpu_limit(request(&own(), HostConfig::default()));
        assert_eq!(relay.image.as_deref(), Some("sha256:1"));
        let host = relay.host_config.unwrap();
        assert_eq!((host.cpu_period, host.cpu_quota), (None, None));
        assert_eq!(host.memory, Some(67_108_864));
    }

    #[test]
    fn what_an_own_image_starts_is_said_and_a_users_own_is_left_its_entrypoint() {
        let start = |image| request(&image, HostConfig::default()).entrypoint;
        assert_eq!(start(own()), Some(vec!["/credrun-relay".to_owned()]));
        assert_eq!(start(UsedImage::Users("relay".to_owned())), None);
    }

    #[test]
    fn below_a_users_cgroup_its_limits_hold() {
        let network = HostConfig {
            cgroup_parent: Some("/team".to_owned()),
            ..HostConfig::default()
        };
        let host = request(&own(), network).host_config.unwrap();
        assert_eq!((host.cpu_period, host.cpu_quota), (None, None));
    }

    #[test]
    fn each_run_has_a_user_that_nobody_else_is() {
        let users: std::collections::HashSet<String> =
            (0..64).map(|_| random_user().unwrap()).collect();
        // Of 64 out of 478, some collide; half of them colliding is beyond chance.
        assert!(users.len() > 32, "{users:?}");
        for user in users {
            let (uid, gid) = user.split_once(':').unwrap();
            assert_eq!(uid, gid);
            // https://systemd.io/UIDS-GIDS lists these as unused.
            assert!((60_706..=61_183).contains(&uid.parse::<u32>().unwrap()));
        }
    }
}
