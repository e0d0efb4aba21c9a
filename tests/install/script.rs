//! `install.sh` installs, updates and removes, in every shell, and touches nothing else.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::stand_in::{Home, busybox_alone, found, install, install_in, programs};
use crate::support::process::run;
use crate::support::release::{Release, write_program};
use crate::support::repository;

/// Installs, installs again, updates and removes, with one shell and the programs of `path`.
fn whole_life(shell: &[&str], path: &std::path::Path) {
    let [first, second] = ["0.1.0", "0.2.0"].map(Release::of);
    let home = Home::new();
    let said = |release: &Release, arguments: &[&str]| {
        let mut command = install_in(shell, &home, path);
        command
            .args(arguments)
            .env("CREDRUN_RELEASES", release.path());
        let ran = run(&mut command).success();
        assert_eq!(ran.stderr, "", "{shell:?}");
        ran.out()
    };
    let program = home.program();
    let line = |text: &str| format!("install.sh: {text}: {}\n", program.display());

    let installed = said(&first, &[]);
    assert!(
        installed.starts_with(&line("credrun 0.1.0 is installed")),
        "{installed}"
    );
    assert_eq!(home.version(), "credrun 0.1.0\n");
    assert_eq!(
        home.content(),
        [".local", ".local/bin", ".local/bin/credrun"]
    );

    let again = said(&first, &[]);
    assert!(
        again.starts_with(&line("credrun 0.1.0 is up to date")),
        "{again}"
    );

    let updated = said(&second, &[]);
    let expected = line("credrun is updated from 0.1.0 to 0.2.0");
    assert!(updated.starts_with(&expected), "{updated}");
    assert_eq!(home.version(), "credrun 0.2.0\n");
    assert_eq!(
        home.content(),
        [".local", ".local/bin", ".local/bin/credrun"]
    );

    let removed = said(&second, &["--uninstall"]);
    assert_eq!(
        removed,
        format!("install.sh: {} is removed\n", program.display())
    );
    assert_eq!(home.content(), [".local", ".local/bin"]);

    let gone = said(&second, &["--uninstall"]);
    assert!(gone.contains("there is no credrun in"), "{gone}");
}

#[test]
fn it_installs_updates_and_removes_in_dash() {
    whole_life(&["dash"], programs(&["sha256sum"]).path());
}

#[test]
fn it_installs_updates_and_removes_in_bash() {
    whole_life(&["bash", "--posix"], programs(&["sha256sum"]).path());
}

#[test]
fn it_installs_updates_and_removes_in_zsh() {
    whole_life(&["zsh", "--emulate", "sh"], programs(&["sha256sum"]).path());
}

#[test]
fn it_installs_updates_and_removes_where_busybox_is_all_that_there_is() {
    whole_life(&["busybox", "sh"], busybox_alone().path());
}

#[test]
fn shellcheck_finds_nothing_in_it() {
    let scripts = ["install.sh", "scripts/dist/formula.sh"].map(repository);
    run(Command::new("shellcheck").args(scripts)).success();
}

#[test]
fn help_and_wrong_options_change_nothing() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    let help = run(install(&home, &release).arg("--help")).success();
    assert!(help.out().contains("--uninstall"), "{}", help.out());
    for wrong in [
        &["--prefix"][..],
        &["--to"],
        &["--to="],
        &["--version", "../0.1.0"],
        &["0.1.0"],
    ] {
        let ran = run(install(&home, &release).args(wrong));
        assert_eq!(ran.code(), 2, "{wrong:?}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("hint: sh install.sh --help\n"),
            "{}",
            ran.stderr
        );
    }
    assert!(home.content().is_empty());
}

#[test]
fn the_directory_of_to_may_be_relative_and_have_a_space() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    run(install(&home, &release).args(["--to", "my programs/bin/"])).success();
    let program = home.path().join("my programs/bin/credrun");
    let version = run(Command::new(&program).arg("--version")).success();
    assert_eq!(version.out(), "credrun 0.1.0\n");
    run(install(&home, &release).args(["--uninstall", "--to=my programs/bin"])).success();
    assert!(!program.exists());
}

#[test]
fn it_says_what_to_add_to_path_in_the_words_of_the_users_shell() {
    let release = Release::of("0.1.0");
    for (shell, file, line) in [
        ("/bin/bash", "~/.bashrc", "export PATH=\"BIN:$PATH\""),
        ("/usr/bin/zsh", "~/.zshrc", "export PATH=\"BIN:$PATH\""),
        (
            "/usr/bin/fish",
            "~/.config/fish/config.fish",
            "fish_add_path 'BIN'",
        ),
    ] {
        let home = Home::new();
        let said = run(install(&home, &release).env("SHELL", shell))
            .success()
            .out();
        let bin = home.path().join(".local/bin").display().to_string();
        let line = line.replace("BIN", &bin);
        let expected = format!("{bin} is not in PATH. Add this line to {file}:\n    {line}\n");
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn it_says_nothing_of_path_where_the_directory_is_in_it_and_names_a_credrun_that_comes_before() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    let programs = programs(&["sha256sum"]);
    let with_path = |path: String| {
        let said = run(install(&home, &release).env("PATH", path)).success();
        said.out()
    };
    let (first, bin) = (programs.path().display(), home.path().join(".local/bin"));
    let said = with_path(format!("{first}:{}", bin.display()));
    assert!(!said.contains("PATH"), "{said}");

    let other = programs.path().join("credrun");
    write_program(&other, b"#!/bin/sh\n");
    let said = with_path(format!("{first}:{}", bin.display()));
    let expected = format!("{} comes before it in PATH\n", other.display());
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn docker_has_the_command_where_its_client_is_until_it_is_removed() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    let programs = programs(&["sha256sum", "docker"]);
    let plugin = home.plugin();
    let mut command = install(&home, &release);
    let said = run(command.env("PATH", programs.path())).success().out();
    let expected = format!("`docker credrun` is set up: {}\n", plugin.display());
    assert!(said.contains(&expected), "{said}");

    let mut docker = Command::new(found("docker"));
    docker
        .env_clear()
        .env("HOME", home.path())
        .args(["credrun", "--version"]);
    assert_eq!(run(&mut docker).success().out(), "credrun 0.1.0\n");

    let mut command = install(&home, &release);
    let again = run(command.env("PATH", programs.path())).success().out();
    assert!(!again.contains("docker"), "{again}");
    let mut command = install(&home, &release);
    let removed = run(command.env("PATH", programs.path()).arg("--uninstall")).success();
    assert!(
        removed
            .out()
            .contains(&format!("{} is removed\n", plugin.display()))
    );
    assert!(plugin.symlink_metadata().is_err());
}

#[test]
fn the_plugin_goes_where_docker_config_says() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    let programs = programs(&["sha256sum", "docker"]);
    let config = home.path().join("config");
    let mut command = install(&home, &release);
    command
        .env("PATH", programs.path())
        .env("DOCKER_CONFIG", &config);
    run(&mut command).success();
    let link = fs::read_link(config.join("cli-plugins/docker-credrun"));
    assert_eq!(link.expect("a link"), home.program());
    assert!(!home.path().join(".docker").exists());
}

#[test]
fn a_plugin_that_it_did_not_make_is_left_alone() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    let programs = programs(&["sha256sum", "docker"]);
    fs::create_dir_all(home.plugin().parent().expect("a directory")).expect("a directory");
    symlink("/opt/credrun", home.plugin()).expect("a link");
    let said = run(install(&home, &release).env("PATH", programs.path())).success();
    assert!(
        said.out()
            .contains("is something else, and was left alone\n")
    );
    run(install(&home, &release).arg("--uninstall")).success();
    assert_eq!(
        fs::read_link(home.plugin()).expect("a link"),
        std::path::Path::new("/opt/credrun")
    );
}

#[test]
fn the_plugin_follows_to_another_directory_and_is_removed_from_there() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    let programs = programs(&["sha256sum", "docker"]);
    let other = home.path().join("other/credrun");
    for directory in [".local/bin", "other"] {
        let mut command = install(&home, &release);
        command
            .env("PATH", programs.path())
            .args(["--to", directory]);
        let said = run(&mut command).success().out();
        assert!(said.contains("`docker credrun` is set up: "), "{said}");
    }
    assert_eq!(fs::read_link(home.plugin()).expect("a link"), other);
    run(install(&home, &release).arg("--uninstall")).success();
    assert_eq!(fs::read_link(home.plugin()).expect("a link"), other);
    run(install(&home, &release).args(["--uninstall", "--to", "other"])).success();
    assert!(home.plugin().symlink_metadata().is_err());
}

#[test]
fn a_program_that_is_not_credrun_is_not_removed() {
    let (home, release) = (Home::with_program("0.1.0"), Release::of("0.1.0"));
    fs::copy(found("cat"), home.program()).expect("a program");
    let ran = run(install(&home, &release).arg("--uninstall"));
    assert_eq!(ran.code(), 1);
    let program = home.program();
    let expected = format!("install.sh: {} was left alone\n", program.display());
    assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
    assert!(program.exists());
}

#[test]
fn a_directory_that_path_has_with_a_slash_is_in_path() {
    let (home, release) = (Home::new(), Release::of("0.1.0"));
    let programs = programs(&["sha256sum"]);
    let bin = home.path().join(".local/bin/");
    let path = format!("{}:{}", programs.path().display(), bin.display());
    let said = run(install(&home, &release).env("PATH", path)).success();
    for wrong in ["is not in PATH", "comes before it"] {
        assert!(!said.out().contains(wrong), "{}", said.out());
    }
}

#[test]
fn a_link_or_a_directory_in_the_programs_place_is_left_alone() {
    let release = Release::of("0.1.0");
    for is_link in [true, false] {
        let home = Home::new();
        fs::create_dir_all(home.path().join(".local/bin")).expect("a directory");
        if is_link {
            symlink("../share/credrun", home.program()).expect("a link");
        } else {
            fs::create_dir(home.program()).expect("a directory");
        }
        let before = home.content();
        for arguments in [&[][..], &["--uninstall"]] {
            run(install(&home, &release).args(arguments));
            assert_eq!(home.content(), before);
        }
        let ran = run(&mut install(&home, &release));
        assert_eq!(ran.code(), 1, "{}", ran.stderr);
    }
}

#[test]
fn a_credrun_that_runs_goes_on_when_it_is_updated() {
    let (home, release) = (Home::with_program("0.1.0"), Release::of("0.2.0"));
    // A file that runs cannot be written to.
    fs::copy(found("cat"), home.program()).expect("a program");
    let mut running = Command::new(home.program());
    running.stdin(std::process::Stdio::piped());
    let mut running = running.spawn().expect("a running program");
    let said = run(&mut install(&home, &release)).success().out();
    assert!(
        said.contains("is updated from an unknown version to 0.2.0"),
        "{said}"
    );
    assert!(
        running.try_wait().expect("its state").is_none(),
        "it has ended"
    );
    drop(running.stdin.take());
    assert!(running.wait().expect("an end").success());
}
