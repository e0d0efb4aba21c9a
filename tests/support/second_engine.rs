//! Engines beside the one of this machine, for what that one cannot be made to do.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::process::run;

/// The command line of an Engine that listens at `host` and keeps all that it has in `directory`,
/// which [`Guarded`](super::guarded::Guarded) must be given. It has no way out to any network.
pub fn dockerd(directory: &Path, host: &str, arguments: &[OsString]) -> Command {
    let mut dockerd = Command::new("dockerd");
    dockerd
        .args(["--host", host, "--bridge", &bridge(directory)])
        .args(["--iptables=false", "--ip-forward=false", "--ip-masq=false"]);
    for (flag, name) in [
        ("--data-root", "data"),
        ("--exec-root", "exec"),
        ("--pidfile", "pid"),
    ] {
        dockerd.arg(flag).arg(directory.join(name));
    }
    dockerd.args(arguments);
    dockerd
}

/// Makes a bridge for an Engine. `--bridge=none` is not for machines with another Engine on them:
/// it deletes that one's `docker0`.
fn bridge(directory: &Path) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("crt{}-{count}", std::process::id());
    fs::write(directory.join("cleanup"), format!("ip link delete {name}")).expect("written");
    run(Command::new("ip").args(["link", "add", &name, "type", "bridge"])).success();
    // Of the addresses for documentation: nothing is ever sent there.
    run(Command::new("ip").args(["address", "add", "192.0.2.1/28", "dev", &name])).success();
    name
}
