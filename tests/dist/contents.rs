//! What is in the packages, and with which modes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::dist::{ARCHITECTURES, Package, release, unpacked};
use crate::support::process::run;
use crate::support::repository;

fn output(program: &str, arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new(program);
    run(command.args(arguments).arg(file)).success().out()
}

/// Lines of a listing as mode, owner and path, without directories.
fn listed(listing: &str) -> BTreeSet<String> {
    let lines = listing.lines().filter(|line| !line.starts_with('d'));
    lines
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let path = words[5..].join(" ");
            format!("{} {} {}", words[0], words[1], path.trim_start_matches('.'))
        })
        .collect()
}

fn assert_has(listing: &BTreeSet<String>, expected: &[&str]) {
    for line in expected {
        assert!(listing.contains(*line), "{line} is missing: {listing:#?}");
    }
}

#[test]
fn the_archives_have_the_program_licences_man_pages_and_completions() {
    for arch in ARCHITECTURES {
        let listing = listed(&output("tar", &["tvzf"], &Package::Archive.of(arch)));
        let name = format!("credrun-{arch}-unknown-linux-musl");
        let program = format!("-rwxr-xr-x 0/0 {name}/credrun");
        assert!(listing.contains(&program), "{listing:#?}");
        for file in [
            "README.md",
            "CHANGELOG.md",
            "LICENSE-MIT",
            "LICENSE-APACHE",
            "THIRD-PARTY-LICENSES",
            "man/credrun.1",
            "completions/credrun.bash",
            "completions/_credrun",
            "completions/credrun.fish",
            "completions/credrun.ps1",
            "completions/credrun.elv",
        ] {
            let line = format!("-rw-r--r-- 0/0 {name}/{file}");
            assert!(listing.contains(&line), "{line} is missing: {listing:#?}");
        }
    }
}

#[test]
fn the_debs_have_their_files_where_debian_looks_for_them() {
    for (arch, name) in [("x86_64", "amd64"), ("aarch64", "arm64")] {
        let deb = Package::Deb.of(arch);
        let listing = listed(&output("dpkg-deb", &["--contents"], &deb));
        assert_has(
            &listing,
            &[
                "-rwxr-xr-x root/root /usr/bin/credrun",
                "-rw-r--r-- root/root /usr/share/bash-completion/completions/credrun",
                "-rw-r--r-- root/root /usr/share/zsh/vendor-completions/_credrun",
                "-rw-r--r-- root/root /usr/share/fish/vendor_completions.d/credrun.fish",
                "-rw-r--r-- root/root /usr/share/man/man1/credrun.1.gz",
                "-rw-r--r-- root/root /usr/share/doc/credrun/copyright",
                "-rw-r--r-- root/root /usr/share/doc/credrun/THIRD-PARTY-LICENSES.gz",
                "l--------- root/root /usr/libexec/docker/cli-plugins/docker-credrun -> ../../../bin/credrun",
            ],
        );
        let mut field = Command::new("dpkg-deb");
        let field = run(field.arg("--field").arg(&deb).arg("Architecture"));
        assert_eq!(field.success().out().trim_end(), name);
    }
}

#[test]
fn the_rpms_have_their_files_where_fedora_looks_for_them() {
    for arch in ARCHITECTURES {
        let format = "[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]";
        let rpm = Package::Rpm.of(arch);
        let listing = output(
            "rpm",
            &["--query", "--queryformat", format, "--package"],
            &rpm,
        );
        let listing: BTreeSet<_> = listing.lines().map(str::to_owned).collect();
        assert_has(
            &listing,
            &[
                "-rwxr-xr-x root/root /usr/bin/credrun",
                "-rw-r--r-- root/root /usr/share/bash-completion/completions/credrun",
                "-rw-r--r-- root/root /usr/share/zsh/site-functions/_credrun",
                "-rw-r--r-- root/root /usr/share/fish/vendor_completions.d/credrun.fish",
                "-rw-r--r-- root/root /usr/share/man/man1/credrun.1.gz",
                "-rw-r--r-- root/root /usr/share/licenses/credrun/THIRD-PARTY-LICENSES.gz",
                "l--------- root/root /usr/libexec/docker/cli-plugins/docker-credrun",
            ],
        );
        let own = output(
            "rpm",
            &["--query", "--queryformat", "%{ARCH}", "--package"],
            &rpm,
        );
        assert_eq!(own, arch);
    }
}

#[test]
fn the_wheels_name_every_linux_of_their_architecture() {
    for arch in ARCHITECTURES {
        let wheel = Package::Wheel.of(arch);
        let name = wheel.file_name().expect("a name").to_string_lossy();
        // PyPI takes these; pip on glibc reads the first two, on musl the third.
        for tag in ["manylinux2014", "manylinux_2_17", "musllinux_1_1"] {
            assert!(name.contains(&format!("{tag}_{arch}")), "{name}");
        }
    }
}

#[test]
fn the_checksums_are_those_of_all_files() {
    let checked = run(Command::new("sha256sum").current_dir(release()).args([
        "--check",
        "--strict",
        "SHA256SUMS",
    ]))
    .success();
    let mut named: BTreeSet<_> = checked
        .out()
        .lines()
        .map(|line| line.trim_end_matches(": OK").to_owned())
        .collect();
    named.insert("SHA256SUMS".to_owned());
    let files = fs::read_dir(release()).expect("a release");
    let files: BTreeSet<_> = files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(named, files);
}

#[test]
fn the_sbom_and_the_licences_name_the_crates_of_the_lock_file() {
    let sbom = fs::read(release().join("sbom.cdx.json")).expect("an SBOM");
    let sbom: serde_json::Value = serde_json::from_slice(&sbom).expect("JSON");
    assert_eq!(sbom["bomFormat"], "CycloneDX");
    assert_eq!(sbom["specVersion"], "1.5");
    assert_eq!(sbom["metadata"]["component"]["name"], "credrun");
    let unpacked = unpacked(ARCHITECTURES[0]);
    let licences = fs::read_to_string(unpacked.path().join("THIRD-PARTY-LICENSES"));
    let licences = licences.expect("the licences");
    let lock = fs::read_to_string(repository("Cargo.lock")).expect("Cargo.lock");

    let components = sbom["components"].as_array().expect("components");
    let names: Vec<_> = components.iter().map(|one| one["name"].as_str()).collect();
    for linked in ["tokio", "rustls", "ring"] {
        assert!(
            names.contains(&Some(linked)),
            "{linked} is not in {names:?}"
        );
    }
    for component in components {
        let [name, version] = ["name", "version"].map(|field| component[field].as_str());
        let (name, version) = (name.expect("a name"), version.expect("a version"));
        let locked = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&locked), "{name} {version}");
        assert!(
            licences.contains(&format!("  {name} {version}: ")),
            "{name} {version}"
        );
    }
}
