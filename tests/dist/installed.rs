//! Each package, installed on a bare system by what a user would type, does the main job on the
//! machine's Engine, and leaves nothing when it is removed.

use std::process::Command;

use crate::support::bare_root::{BareRoot, System};
use crate::support::credential_endpoint::CredentialEndpoint;
use crate::support::dist::Package;
use crate::support::engine::{IMAGE, engine};
use crate::support::process::run;

/// `credrun` on that system's PATH gives a container the credentials of a CloudShell session.
fn does_the_main_job(root: &BareRoot, path: &str) {
    engine();
    let endpoint = CredentialEndpoint::start();
    let typed = format!("{path} credrun {IMAGE} sh -c 'echo $AWS_ACCESS_KEY_ID'");
    let mut command = root.command(&typed);
    command
        .envs(endpoint.session())
        .env("AWS_REGION", "eu-west-1");
    let ran = run(&mut command).success();
    assert_eq!(ran.out(), "ASIATURN00000000\n", "{ran:?}");
    assert!(
        ran.stderr.contains("credentials from CloudShell"),
        "{ran:?}"
    );
}

fn has_credrun(root: &BareRoot) -> bool {
    root.files().iter().any(|file| file.contains("credrun"))
}

fn the_archive_runs_on(system: System) {
    let root = BareRoot::new(system);
    let archive = root.put(&Package::Archive.path(), "/tmp");
    root.install(&format!(
        "cd /tmp && tar xzf {archive} && cp credrun-*/credrun /usr/local/bin/"
    ));
    does_the_main_job(&root, "");
}

#[test]
fn the_archive_runs_on_a_system_that_has_busybox_and_nothing_else() {
    the_archive_runs_on(System::Busybox);
}

#[test]
fn the_archive_runs_on_the_smallest_debian() {
    the_archive_runs_on(System::Debian);
}

#[test]
fn the_deb_installs_on_the_smallest_debian_and_leaves_nothing_when_it_is_purged() {
    let root = BareRoot::new(System::Debian);
    let deb = root.put(&Package::Deb.path(), "/tmp");
    root.install(&format!("apt-get install -y {deb}"));
    does_the_main_job(&root, "");
    // docker's client calls plugins by this path.
    let plugin =
        root.run("/usr/libexec/docker/cli-plugins/docker-credrun docker-cli-plugin-metadata");
    assert!(plugin.success().out().contains("SchemaVersion"));
    root.install(&format!("apt-get purge -y credrun && rm {deb}"));
    let left = root.files();
    let left: Vec<_> = left
        .iter()
        .filter(|file| file.contains("credrun"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_wheel_puts_credrun_on_the_path_of_pips_user_and_leaves_nothing_when_it_is_uninstalled() {
    let root = BareRoot::new(System::DebianWithPip);
    let wheel = root.put(&Package::Wheel.path(), "/tmp");
    // Debian's pip asks for the flag; CloudShell's does not know it.
    root.install(&format!(
        "pip install --user --no-index --break-system-packages {wheel}"
    ));
    does_the_main_job(&root, "PATH=$HOME/.local/bin:$PATH");
    assert!(root.path("/root/.local/share/man/man1/credrun.1").exists());
    root.install(&format!(
        "pip uninstall -y --break-system-packages credrun && rm {wheel}"
    ));
    assert!(!has_credrun(&root), "{:?}", root.files());
}

#[test]
fn the_rpm_installs_into_a_root_where_it_runs_and_leaves_nothing_when_it_is_erased() {
    let root = BareRoot::new(System::Busybox);
    let rpm = |arguments: &[&str]| {
        let mut rpm = Command::new("rpm");
        // Debian's rpm puts its database into the caller's home, which is not there in the root.
        rpm.args(["--root", &root.path("/").to_string_lossy()])
            .args(["--dbpath", "/var/lib/rpm"])
            .args(arguments);
        run(&mut rpm).success()
    };
    rpm(&["--install", &Package::Rpm.path().to_string_lossy()]);
    assert_eq!(rpm(&["--verify", "credrun"]).out(), "");
    does_the_main_job(&root, "");
    rpm(&["--erase", "credrun"]);
    assert!(!has_credrun(&root), "{:?}", root.files());
}
