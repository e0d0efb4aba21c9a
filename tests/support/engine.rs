//! The real Engine, and the image that the tests run on it.

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::process::{Finished, run};
use super::{script, until};

/// The image of `Dockerfile.test`.
pub const IMAGE: &str = "credrun-test:latest";

/// Makes sure that an Engine answers and has [`IMAGE`].
///
/// # Panics
///
/// Where none answers, or the image cannot be built: tests on the Engine are never skipped.
pub fn engine() {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        let answer = docker(&["version"]);
        assert!(
            answer.status.success(),
            "no Docker Engine answers (scripts/engine.sh starts one): {}",
            answer.stderr
        );
        run(&mut Command::new(script("test-image.sh"))).success();
    });
}

/// Runs the docker client, to set a stage or to look at the outcome.
pub fn docker(arguments: &[&str]) -> Finished {
    run(Command::new("docker").args(arguments))
}

/// Where a container of the default network reaches this machine. Docker 20.10 does not say it of a
/// bridge that it has just made; it is the first address of the subnet.
pub fn host_on_the_bridge() -> String {
    let format = "{{json (index .IPAM.Config 0)}}";
    let said = docker(&["network", "inspect", "bridge", "--format", format]);
    let config: Value = serde_json::from_str(&said.success().out()).expect("JSON");
    if let Some(gateway) = config["Gateway"].as_str() {
        return gateway.to_owned();
    }
    let subnet = config["Subnet"].as_str().expect("a subnet");
    let network = subnet.split('/').next().expect("an address");
    let network: Ipv4Addr = network.parse().expect("an IPv4 address");
    Ipv4Addr::from_bits(network.to_bits() + 1).to_string()
}

/// A name for a container, a network or a volume that no other test uses.
pub fn unique_name(purpose: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!(
        "credrun-test-{purpose}-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The names of all containers, running or not, that begin with `prefix`.
pub fn containers(prefix: &str) -> Vec<String> {
    // The filter is a search; the caret makes it a prefix. Names begin with a slash there.
    let filter = format!("name=^/{prefix}");
    let format = "{{.Names}}";
    let list = docker(&["ps", "--all", "--filter", &filter, "--format", format]);
    list.success().out().lines().map(str::to_owned).collect()
}

/// Waits until no container whose name begins with `prefix` is left.
///
/// # Panics
///
/// Where one stays.
pub fn no_container_is_left(prefix: &str) {
    until(&format!("no container {prefix}* is left"), || {
        containers(prefix).is_empty()
    });
}

/// Removes a container, running or not, when dropped: a failed test leaves nothing behind.
pub struct Removed(pub String);

impl Drop for Removed {
    fn drop(&mut self) {
        let _ = Command::new("docker")
            .args(["rm", "--force", "--volumes", &self.0])
            .output();
    }
}
