//! Where `install.sh` takes a release from, which one, and for what machine.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::stand_in::{Home, found, install, install_from, install_in, programs};
use crate::support::http_server::{HttpServer, Reply, refused_address};
use crate::support::process::{Finished, run};
use crate::support::release::{Release, TARGETS, url, write_program};
use crate::support::repository;
use crate::support::tls_front::TlsFront;

#[test]
fn it_downloads_with_curl_or_with_wget() {
    let release = Release::of("0.1.0");
    let server = release.serve();
    for client in ["curl", "wget"] {
        let (home, programs) = (Home::new(), programs(&["sha256sum", client]));
        let mut command = install_in(&["dash"], &home, programs.path());
        let ran = run(command.env("CREDRUN_RELEASES", url(&server) + "/")).success();
        assert_eq!(ran.stderr, "");
        assert_eq!(home.version(), "credrun 0.1.0\n");
    }
}

/// In a root of its own, with nothing else in it.
#[test]
fn it_downloads_where_busybox_is_all_that_there_is() {
    let release = Release::of("0.1.0");
    let server = release.serve();
    let root = tempfile::tempdir().expect("a directory");
    let at = |name: &str| root.path().join(name);
    for directory in ["bin", "dev", "root"] {
        fs::create_dir(at(directory)).expect("a directory");
    }
    fs::copy("/bin/busybox", at("bin/busybox")).expect("busybox");
    fs::copy(repository("install.sh"), at("install.sh")).expect("a script");
    let inside = |arguments: &[&str]| {
        let mut chroot = Command::new("chroot");
        chroot.arg(root.path()).args(arguments).env_clear();
        chroot
            .env("HOME", "/root")
            .env("PATH", "/bin:/usr/sbin:/usr/bin");
        run(chroot.env("CREDRUN_RELEASES", url(&server)))
    };
    inside(&["/bin/busybox", "--install", "-s", "/bin"]).success();
    inside(&["/bin/mknod", "-m", "666", "/dev/null", "c", "1", "3"]).success();
    let ran = inside(&["/bin/sh", "/install.sh"]).success();
    assert_eq!(ran.stderr, "");
    let version = inside(&["/root/.local/bin/credrun", "--version"]).success();
    assert_eq!(version.out(), "credrun 0.1.0\n");
}

#[test]
fn a_version_is_taken_from_its_own_directory_or_from_a_release_that_is_that_version() {
    let release = Release::of("0.3.0");
    let old = Release::of("0.2.0");
    fs::create_dir(release.file("v0.2.0")).expect("a directory");
    for file in fs::read_dir(old.path()).expect("files") {
        let file = file.expect("a file");
        fs::copy(file.path(), release.file("v0.2.0").join(file.file_name())).expect("a copy");
    }
    let server = release.serve();
    for releases in [release.path().display().to_string(), url(&server)] {
        for version in ["0.2.0", "v0.3.0"] {
            let home = Home::new();
            run(install_from(&home, &releases).args(["--version", version])).success();
            let expected = format!("credrun {}\n", version.trim_start_matches('v'));
            assert_eq!(home.version(), expected);
        }
        let home = Home::new();
        let ran = run(install_from(&home, &releases).args(["--version", "0.1.0"]));
        assert_eq!(ran.code(), 1);
        let expected = format!("install.sh: the release at {releases} is 0.3.0, not 0.1.0\n");
        assert_eq!(ran.stderr, expected);
        assert!(home.content().is_empty());
    }
}

#[test]
fn each_system_and_architecture_gets_its_own_archive() {
    let of_machines = [
        ("Linux", "x86_64"),
        ("Linux", "aarch64"),
        ("Darwin", "x86_64"),
        ("Darwin", "arm64"),
    ];
    for ((system, machine), target) in of_machines.into_iter().zip(TARGETS) {
        let (home, release) = (Home::new(), Release::of("0.1.0"));
        for other in TARGETS.iter().filter(|other| **other != target) {
            fs::remove_file(release.file(&format!("credrun-{other}.tar.gz"))).expect("a file");
        }
        release.sum();
        let programs = machine_of(system, machine);
        run(install(&home, &release).env("PATH", programs.path())).success();
        assert_eq!(home.version(), "credrun 0.1.0\n", "{target}");
    }
}

/// This machine's programs, where `uname` says that it is another.
fn machine_of(system: &str, machine: &str) -> tempfile::TempDir {
    let programs = programs(&["sha256sum"]);
    let uname = programs.path().join("uname");
    fs::remove_file(&uname).expect("a link");
    let text = format!("#!/bin/sh\n[ $1 = -s ] && echo {system} || echo {machine}\n");
    write_program(&uname, text.as_bytes());
    programs
}

#[test]
fn another_system_or_architecture_is_refused_with_the_way_to_build_it() {
    for (system, machine) in [("FreeBSD", "amd64"), ("Linux", "armv7l"), ("Linux", "i686")] {
        let (home, release) = (Home::new(), Release::of("0.1.0"));
        let programs = machine_of(system, machine);
        let ran = run(install(&home, &release).env("PATH", programs.path()));
        assert_eq!(ran.code(), 1);
        let expected = format!("there is no release for {system} on {machine}\nhint: ");
        assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("cargo install --locked"),
            "{}",
            ran.stderr
        );
        assert!(home.content().is_empty());
    }
}

#[test]
fn without_a_release_it_says_how_to_name_one() {
    let home = Home::new();
    let ran = run(&mut install_from(&home, ""));
    assert_eq!(ran.code(), 1);
    assert!(
        ran.stderr
            .contains("no release is known\nhint: set CREDRUN_RELEASES")
    );
    assert!(home.content().is_empty());
}

/// curl, which writes down what it is asked for and fails.
fn asked_of_curl(home: &Home, repository_line: &str, arguments: &[&str]) -> String {
    let script = fs::read_to_string(repository("install.sh")).expect("install.sh");
    assert_eq!(
        script.matches("\nrepository=\n").count(),
        1,
        "make dist fills it in"
    );
    let filled = home.path().join("install.sh");
    let script = script.replace("\nrepository=\n", &format!("\n{repository_line}\n"));
    fs::write(&filled, script).expect("a script");
    let programs = programs(&["sha256sum", "sh"]);
    let curl = "#!/bin/sh\nfor word; do :; done\necho \"$word\" >>\"$HOME/asked\"\nexit 6\n";
    write_program(&programs.path().join("curl"), curl.as_bytes());
    let mut command = Command::new(found("dash"));
    command.arg(filled).args(arguments).env_clear();
    command
        .env("HOME", home.path())
        .env("PATH", programs.path());
    assert_eq!(run(&mut command).code(), 1);
    fs::read_to_string(home.path().join("asked")).expect("what was asked for")
}

#[test]
fn a_repository_that_is_filled_in_means_its_releases_on_github() {
    let line = "repository=someone/credrun";
    let releases = "https://github.com/someone/credrun/releases";
    assert_eq!(
        asked_of_curl(&Home::new(), line, &[]),
        format!("{releases}/latest/download/SHA256SUMS\n")
    );
    assert_eq!(
        asked_of_curl(&Home::new(), line, &["--version", "1.2.3"]),
        format!("{releases}/download/v1.2.3/SHA256SUMS\n")
    );
}

#[test]
fn an_address_that_anyone_on_the_way_could_change_is_refused() {
    for (releases, message) in [
        (
            "http://example.com/credrun",
            "is refused: anyone on the way could change",
        ),
        (
            "http://127.0.0.1.example.com",
            "is refused: anyone on the way could change",
        ),
        (
            "http://127.0.0.1:1.example.com",
            "is refused: anyone on the way could change",
        ),
        (
            "http://127.0.0.1:1@127.0.0.2:18099",
            "is refused: it has an @ before its host",
        ),
        (
            "http://localhost:x@example.com",
            "is refused: it has an @ before its host",
        ),
        (
            "https://user:hush@example.com",
            "is refused: it has an @ before its host",
        ),
        (
            "ftp://example.com/credrun",
            "is neither a directory nor an https:// URL",
        ),
    ] {
        let home = Home::new();
        let ran = run(&mut install_from(&home, releases));
        assert_eq!(ran.code(), 1);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hush"), "{}", ran.stderr);
        assert!(home.content().is_empty());
    }
}

#[test]
fn this_machine_is_asked_itself_and_not_through_a_proxy() {
    let release = Release::of("0.1.0");
    let server = release.serve();
    let nobody = format!("http://{}", refused_address());
    for client in ["curl", "wget"] {
        let (home, programs) = (Home::new(), programs(&["sha256sum", client]));
        let mut command = install_from(&home, &url(&server).replace("127.0.0.1", "localhost"));
        command
            .env("PATH", programs.path())
            .env("http_proxy", &nobody)
            .env("ALL_PROXY", &nobody);
        run(&mut command).success();
    }
}

/// A server on this machine that sends each request on to `target`.
fn sending_on_to(target: &str) -> HttpServer {
    let target = target.to_owned();
    HttpServer::start(move |request| Reply::Answer {
        status: 302,
        headers: vec![("Location".to_owned(), format!("{target}{}", request.target))],
        body: String::new(),
    })
}

/// The clients of this machine, each with `programs` that make it work over `https://`.
const CLIENTS: [&[&str]; 3] = [&["curl"], &["wget"], &["busybox", "openssl"]];

/// Runs install.sh with that client alone, which trusts `authority`.
fn install_with(client: &[&str], home: &Home, releases: &str, authority: &Path) -> Finished {
    let programs = programs(&[&["sha256sum"], client].concat());
    let file = |name: &str| programs.path().join(name);
    if client[0] == "busybox" {
        symlink(found("busybox"), file("wget")).expect("a link");
    }
    let trust = format!("ca_certificate = {}\n", authority.display());
    fs::write(file("wgetrc"), trust).expect("a file");
    let mut command = install_from(home, releases);
    command
        .env("PATH", programs.path())
        .env("WGETRC", file("wgetrc"))
        .env("CURL_CA_BUNDLE", authority)
        .env("SSL_CERT_FILE", authority);
    run(&mut command)
}

#[test]
fn a_redirect_is_followed_over_https_and_nothing_is_taken_from_one_that_leaves_it() {
    let release = Release::of("0.1.0");
    let plain = release.serve();
    let files = TlsFront::before(plain.address(), &["localhost"]);
    let secure = format!("https://localhost:{}", files.address().port());
    // Both have to be trusted.
    for (target, is_taken) in [(secure, true), (url(&plain), false)] {
        let behind = sending_on_to(&target);
        let front = TlsFront::before(behind.address(), &["localhost"]);
        let both = tempfile::NamedTempFile::new().expect("a file");
        let authorities = [front.ca(), files.ca()].map(|ca| fs::read(ca).expect("a file"));
        fs::write(both.path(), authorities.concat()).expect("a file");
        let releases = format!("https://localhost:{}", front.address().port());
        for client in CLIENTS {
            let home = Home::new();
            let ran = install_with(client, &home, &releases, both.path());
            assert_eq!(ran.status.success(), is_taken, "{client:?}: {}", ran.stderr);
            assert_eq!(home.content().is_empty(), !is_taken, "{client:?}");
        }
    }
}

#[test]
fn a_redirect_away_from_this_machine_is_not_followed() {
    let release = Release::of("0.1.0");
    let elsewhere = release.serve();
    let server = sending_on_to(&url(&elsewhere));
    for client in CLIENTS {
        let home = Home::new();
        let nobody = Path::new("/nonexistent");
        let ran = install_with(client, &home, &url(&server), nobody);
        assert_eq!(ran.code(), 1, "{client:?}");
        assert!(home.content().is_empty(), "{client:?}");
    }
}

/// The words are those of busybox 1.35 where openssl is not there.
#[test]
fn a_wget_that_does_not_check_certificates_is_refused() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    let programs = programs(&["sha256sum", "sh"]);
    let wget = format!(
        "#!/bin/sh\n[ \"$1\" = -S ] || exit 1\necho 'wget: note: TLS certificate validation not implemented' >&2\n\
         cp {}/\"${{4##*/}}\" \"$3\"\n",
        release.path().display()
    );
    write_program(&programs.path().join("wget"), wget.as_bytes());
    let mut command = install_from(&home, "https://example.com/credrun");
    let ran = run(command.env("PATH", programs.path()));
    assert_eq!(ran.code(), 1);
    let expected = "this wget does not check whose certificate it is\nhint: install curl\n";
    assert!(ran.stderr.ends_with(expected), "{}", ran.stderr);
    assert!(home.content().is_empty());
}
