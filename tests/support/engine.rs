//! The real Engine, and the image that the tests run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::process::{Finished, run};
use super::until;

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
        build_image();
    });
}

fn build_image() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let context = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("test-image");
    fs::create_dir_all(&context).expect("a build context");
    let copy = |from: &Path, name: &str| {
        fs::copy(from, context.join(name))
            .unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    };
    copy(&static_busybox(), "busybox");
    copy(&root.join("tests/support/probe"), "probe");
    copy(&root.join("Dockerfile.test"), "Dockerfile");
    let mut build = Command::new("docker");
    // The builder that every Engine has; the newer one is a plugin of its own on Debian.
    build
        .env("DOCKER_BUILDKIT", "0")
        .args(["build", "--quiet", "--tag", IMAGE])
        .arg(&context);
    run(&mut build).success();
}

fn static_busybox() -> PathBuf {
    let busybox = PathBuf::from("/bin/busybox");
    // A dynamic one names its loader; nothing could load it in an image made from nothing.
    let is_static = fs::read(&busybox).is_ok_and(|program| {
        let loader = b"/ld-";
        !program[..program.len().min(4096)]
            .windows(loader.len())
            .any(|window| window == loader)
    });
    assert!(
        is_static,
        "no static /bin/busybox: apt-get install busybox-static"
    );
    busybox
}

/// Runs the docker client, to set a stage or to look at the outcome.
pub fn docker(arguments: &[&str]) -> Finished {
    run(Command::new("docker").args(arguments))
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
