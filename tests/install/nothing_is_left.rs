//! Whatever goes wrong, `install.sh` leaves nothing, and a version that was there still works.

use std::fs;
use std::process::Command;
use std::sync::mpsc;

use rustix::process::Signal;

use crate::stand_in::{Home, install, install_from, programs};
use crate::support::http_server::{HttpServer, Reply, refused_address};
use crate::support::process::{Finished, finish, run, signal, start};
use crate::support::release::{Release, archive, not_found, url};
use crate::support::{DEADLINE, repository};

/// It fails on a new machine and on one with an older version, with this message.
fn fails(releases: &str, message: &str) {
    for home in [Home::new(), Home::with_program("0.1.0")] {
        let before = home.content();
        let ran = run(&mut install_from(&home, releases));
        assert_eq!(ran.code(), 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
        assert_eq!(ran.out(), "");
        assert_eq!(home.content(), before);
        if !before.is_empty() {
            assert_eq!(home.version(), "credrun 0.1.0\n");
        }
    }
}

fn directory(release: &Release) -> String {
    release.path().display().to_string()
}

#[test]
fn a_wrong_checksum_is_refused() {
    let release = Release::of("0.2.0");
    let other = Release::padded("0.2.0", b"# another\n");
    fs::copy(other.file(&archive()), release.file(&archive())).expect("a copy");
    let message = format!(
        "{} is not what SHA256SUMS says, and was not installed",
        archive()
    );
    fails(&directory(&release), &message);
    fails(&url(&release.serve()), &message);
}

#[test]
fn an_archive_that_has_no_checksum_is_refused() {
    let release = Release::of("0.2.0");
    fs::write(release.file("SHA256SUMS"), "").expect("a file");
    fails(&directory(&release), &format!("has no {}", archive()));
    fs::remove_file(release.file("SHA256SUMS")).expect("a file");
    fails(&directory(&release), "SHA256SUMS cannot be fetched from");
}

#[test]
fn an_archive_without_the_program_is_refused() {
    let release = Release::of("0.2.0");
    let tar = ["-czf", &archive(), "SHA256SUMS"];
    run(Command::new("tar").current_dir(release.path()).args(tar)).success();
    release.sum();
    fails(
        &directory(&release),
        &format!("{} cannot be unpacked", archive()),
    );
}

#[test]
fn a_program_that_does_not_run_here_is_refused() {
    for program in [
        &b"\x7fELF of another machine"[..],
        b"#!/bin/sh\nexit 1\n",
        b"",
    ] {
        let release = Release::with(program);
        let message = format!("the program in {} does not run here", archive());
        fails(&directory(&release), &message);
    }
}

#[test]
fn no_network_is_said_with_its_reason() {
    fails(
        &format!("http://{}", refused_address()),
        "caused by: curl: (7) ",
    );
    let missing = HttpServer::start(|_| not_found());
    fails(&url(&missing), "caused by: curl: (22) ");
}

#[test]
fn a_connection_that_breaks_off_leaves_nothing() {
    let release = Release::of("0.2.0");
    let sums = fs::read(release.file("SHA256SUMS")).expect("a file");
    let server = HttpServer::start(move |request| match request.target.as_str() {
        "/SHA256SUMS" => Reply::File(sums.clone()),
        _ => Reply::Close,
    });
    fails(
        &url(&server),
        &format!("{} cannot be fetched from", archive()),
    );
}

#[test]
fn any_program_for_checksums_will_do_and_without_one_nothing_is_installed() {
    let release = Release::of("0.2.0");
    for names in [
        &["sha256sum"][..],
        &["shasum", "perl"],
        &["openssl"],
        &["busybox"],
    ] {
        let (home, programs) = (Home::new(), programs(names));
        run(install(&home, &release).env("PATH", programs.path())).success();
        assert_eq!(home.version(), "credrun 0.2.0\n");
    }
    let (home, programs) = (Home::new(), programs(&[]));
    let ran = run(install(&home, &release).env("PATH", programs.path()));
    assert_eq!(ran.code(), 1);
    assert!(
        ran.stderr
            .contains("nothing here can check a SHA-256 checksum\nhint: ")
    );
    assert!(home.content().is_empty());
}

/// install.sh into a file system of its own, with an older version on it, after `and_then`. What is
/// in it at the end is on stdout, with what the program says.
fn on_a_file_system(size: &str, and_then: &str, release: &Release) -> Finished {
    let home = Home::with_program("0.1.0");
    let script = format!(
        r#"
        mount -t tmpfs -o mode=755,size={size} tmpfs "$1"
        mkdir -p "$1/.local/bin"
        cp "$2" "$1/.local/bin/credrun"
        {and_then}
        export HOME=$1 CREDRUN_RELEASES=$3
        status=0
        dash "$4" >/dev/null || status=$?
        find "$1" -type f
        "$1/.local/bin/credrun" --version
        exit $status
        "#
    );
    let target = tempfile::tempdir().expect("a directory");
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-euc", &script, "sh"]);
    command.arg(target.path()).arg(home.program());
    command.arg(release.path()).arg(repository("install.sh"));
    let mut finished = run(&mut command);
    let place = target.path().display().to_string();
    finished.stdout = finished.out().replace(&place, "HOME").into_bytes();
    finished.stderr = finished.stderr.replace(&place, "HOME");
    finished
}

const OLD_VERSION_ALONE: &str = "HOME/.local/bin/credrun\ncredrun 0.1.0\n";

#[test]
fn a_full_disk_is_said_and_leaves_the_old_version() {
    let mut noise = vec![0; 2 << 20];
    getrandom::fill(&mut noise).expect("random bytes");
    // The one has no room for the archive, the other none for the program that is in it.
    for padding in [noise, vec![b'#'; 2 << 20]] {
        let release = Release::padded("0.2.0", &padding);
        let ran = on_a_file_system("256k", "", &release);
        assert_eq!(ran.code(), 1, "{}", ran.stderr);
        let expected = "caused by: there is no room left in HOME/.local/bin\n";
        assert!(ran.stderr.ends_with(expected), "{}", ran.stderr);
        assert_eq!(ran.out(), OLD_VERSION_ALONE);
    }
}

#[test]
fn a_directory_that_cannot_be_written_to_is_said() {
    let release = Release::of("0.2.0");
    let ran = on_a_file_system("1m", "mount -o remount,ro \"$1\"", &release);
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    let expected = "install.sh: HOME/.local/bin cannot be written to\n";
    assert!(ran.stderr.ends_with(expected), "{}", ran.stderr);
    assert_eq!(ran.out(), OLD_VERSION_ALONE);
}

#[test]
fn a_file_system_that_runs_no_programs_is_noticed_before_anything_is_replaced() {
    let release = Release::of("0.2.0");
    let ran = on_a_file_system("1m", "mount -o remount,noexec \"$1\"", &release);
    assert!(
        ran.stderr.contains("does not run here\ncaused by: "),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.out(), "HOME/.local/bin/credrun\n");
}

#[test]
fn a_signal_ends_it_at_once() {
    let release = Release::of("0.2.0");
    for (ending, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        for home in [Home::new(), Home::with_program("0.1.0")] {
            let before = home.content();
            let sums = fs::read(release.file("SHA256SUMS")).expect("a file");
            let (ask, asked) = mpsc::channel();
            let server = HttpServer::start(move |request| {
                if request.target == "/SHA256SUMS" {
                    return Reply::File(sums.clone());
                }
                ask.send(()).expect("a listener");
                Reply::Hang
            });
            let child = start(&mut install_from(&home, &url(&server)));
            asked
                .recv_timeout(DEADLINE)
                .expect("a request for the archive");
            signal(&child, ending);
            assert_eq!(finish(child).code(), status);
            assert_eq!(home.content(), before);
        }
    }
}

/// As `curl … | sh` gets it when the connection breaks off.
#[test]
fn a_script_that_is_cut_off_runs_nothing() {
    let release = Release::of("0.2.0");
    let script = fs::read(repository("install.sh")).expect("install.sh");
    let end = script.len();
    let mut lengths: Vec<_> = (0..end).step_by(199).chain(end - 40..end - 1).collect();
    lengths.push(end);
    let home = Home::new();
    let cut = home.path().join("cut.sh");
    for length in lengths {
        fs::write(&cut, &script[..length]).expect("a script");
        let mut shell = Command::new("dash");
        shell.arg(&cut).env_clear().env("HOME", home.path());
        shell.env("PATH", std::env::var_os("PATH").expect("PATH"));
        shell.env("CREDRUN_RELEASES", release.path());
        run(&mut shell);
        let is_installed = home.program().exists();
        assert_eq!(is_installed, length == end, "after {length} of {end} bytes");
        assert_eq!(home.content().len() == 1, length < end, "{length}");
    }
}
