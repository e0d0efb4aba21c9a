//! What Homebrew and `cargo binstall` read names the archives of a release. They themselves are not tried.

use std::fs;
use std::process::Command;

use crate::support::process::{run, run_with_stdin};
use crate::support::release::{Release, TARGETS};
use crate::support::{repository, script};

fn formula(release: &Release, variable: (&str, &str)) -> Command {
    let mut command = Command::new(script("dist/formula.sh"));
    command.arg(release.path()).env_remove("CREDRUN_RELEASES");
    command
        .env_remove("CREDRUN_REPOSITORY")
        .env(variable.0, variable.1);
    command
}

/// What Homebrew's own `Formula` is asked for, written down; `on_…` calls what is in it.
const RECORDER: &str = r#"
class Formula
  def self.method_missing(name, *arguments)
    print "  " * @depth.to_i, name, " ", arguments.join(" "), "\n"
    return unless block_given? && name.start_with?("on_")
    @depth = @depth.to_i + 1
    yield
    @depth -= 1
  end
  def self.test = nil
end
"#;

/// What the formula says, as Ruby reads it.
fn as_read(formula: &str) -> Vec<String> {
    let ruby = format!("{RECORDER}\n{formula}");
    run_with_stdin(
        Command::new("ruby").args(["-c", "-w", "-"]),
        formula.as_bytes(),
    )
    .success();
    let read = run_with_stdin(Command::new("ruby").arg("-"), ruby.as_bytes()).success();
    read.out().lines().map(str::to_owned).collect()
}

fn sum(release: &Release, target: &str) -> String {
    let mut command = Command::new("sha256sum");
    let sum = run(command.arg(release.file(&format!("credrun-{target}.tar.gz")))).success();
    sum.out()[..64].to_owned()
}

#[test]
fn it_has_the_archive_of_each_system_and_architecture() {
    let release = Release::of("0.1.0");
    let formula = run(&mut formula(
        &release,
        ("CREDRUN_REPOSITORY", "someone/credrun"),
    ))
    .success();
    let version = env!("CARGO_PKG_VERSION");
    let home = "https://github.com/someone/credrun";
    let archive = |target: &str| {
        let url = format!("{home}/releases/download/v{version}/credrun-{target}.tar.gz");
        [
            format!("    url {url}"),
            format!("    sha256 {}", sum(&release, target)),
        ]
    };
    let [linux_intel, linux_arm, mac_intel, mac_arm] = TARGETS.map(archive);
    let read = as_read(&formula.out());
    let (before, archives) = read.split_at(4);
    assert_eq!(before[1], format!("homepage {home}"));
    assert_eq!(before[2], format!("version {version}"));
    let words = |text: &str| vec![text.to_owned()];
    let expected = [
        words("on_linux "),
        words("  on_arm "),
        linux_arm.to_vec(),
        words("  on_intel "),
        linux_intel.to_vec(),
        words("on_macos "),
        words("  on_arm "),
        mac_arm.to_vec(),
        words("  on_intel "),
        mac_intel.to_vec(),
    ];
    assert_eq!(archives, expected.concat());
}

#[test]
fn without_apples_archives_it_is_for_linux_and_a_directory_can_be_its_release() {
    let release = Release::of("0.1.0");
    for target in &TARGETS[2..] {
        fs::remove_file(release.file(&format!("credrun-{target}.tar.gz"))).expect("an archive");
    }
    let directory = release.path().to_str().expect("text");
    let formula = run(&mut formula(&release, ("CREDRUN_RELEASES", directory))).success();
    let read = as_read(&formula.out());
    assert!(!read.iter().any(|line| line.contains("macos")), "{read:?}");
    let url = format!("    url file://{directory}/credrun-{}.tar.gz", TARGETS[0]);
    assert!(read.contains(&url), "{read:?}");
}

#[test]
fn without_a_place_for_the_release_or_without_archives_there_is_none() {
    let release = Release::of("0.1.0");
    let ran = run(&mut formula(&release, ("LANG", "C")));
    assert_eq!(ran.code(), 1);
    assert!(
        ran.stderr.contains("set CREDRUN_REPOSITORY"),
        "{}",
        ran.stderr
    );
    for target in TARGETS {
        fs::remove_file(release.file(&format!("credrun-{target}.tar.gz"))).expect("an archive");
    }
    let ran = run(&mut formula(
        &release,
        ("CREDRUN_REPOSITORY", "someone/credrun"),
    ));
    assert_eq!(ran.code(), 1);
    assert_eq!(ran.out(), "");
}

#[test]
fn the_script_of_a_release_has_the_repository_filled_in() {
    let filled = |name: &str| {
        let mut command = Command::new(script("dist/install-script.sh"));
        run(command.env("CREDRUN_REPOSITORY", name))
    };
    let text = filled("someone/credrun").success().out();
    assert_eq!(text.matches("\nrepository=someone/credrun\n").count(), 1);
    let own = fs::read_to_string(repository("install.sh")).expect("install.sh");
    assert_eq!(filled("").success().out(), own);
}

#[test]
fn a_repository_that_is_not_owner_and_name_is_refused() {
    let release = Release::of("0.1.0");
    for wrong in [
        "someone/$(credrun)",
        "someone/credrun/more",
        "someone",
        "/credrun",
        "someone/",
        "some|one/credrun",
    ] {
        let variable = ("CREDRUN_REPOSITORY", wrong);
        let mut script = Command::new(script("dist/install-script.sh"));
        script.env(variable.0, variable.1);
        for mut command in [script, formula(&release, variable)] {
            let ran = run(&mut command);
            assert_eq!(ran.code(), 1, "{wrong}");
            assert_eq!(ran.out(), "", "{wrong}");
            let message = format!("is not OWNER/NAME: {wrong}\n");
            assert!(ran.stderr.ends_with(&message), "{}", ran.stderr);
        }
    }
}

#[test]
fn cargo_binstall_is_told_where_the_program_is_in_the_archives() {
    let mut cargo = Command::new("cargo");
    cargo.args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let metadata = run(cargo.current_dir(repository(""))).success().out();
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let own = packages.iter().find(|package| package["name"] == "credrun");
    let binstall = &own.expect("credrun")["metadata"]["binstall"];
    assert_eq!(binstall["pkg-fmt"], "tgz");
    let release = Release::of("0.1.0");
    for target in TARGETS {
        let filled = |name: &str| {
            let template = binstall[name].as_str().expect(name);
            [
                ("{ repo }", "https://github.com/someone/credrun"),
                ("{ name }", "credrun"),
                ("{ bin }", "credrun"),
                ("{ version }", "1.2.3"),
                ("{ target }", target),
                ("{ binary-ext }", ""),
            ]
            .iter()
            .fold(template.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            })
        };
        let releases = "https://github.com/someone/credrun/releases/download/v1.2.3";
        let archive = format!("credrun-{target}.tar.gz");
        assert_eq!(filled("pkg-url"), format!("{releases}/{archive}"));
        let mut tar = Command::new("tar");
        let listed = run(tar.arg("-tzf").arg(release.file(&archive)))
            .success()
            .out();
        assert!(
            listed.lines().any(|line| line == filled("bin-dir")),
            "{listed}"
        );
    }
}
