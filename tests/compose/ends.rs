//! When a project is over, nothing with credentials is left.

use std::os::unix::process::CommandExt as _;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::asks::{ASKS, is_served};
use crate::support::compose::{Project, SECRET};
use crate::support::cut_engine::CutEngine;
use crate::support::engine::{self, docker};
use crate::support::{until, until_within};

fn yaml() -> String {
    format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{profile: app, delivery: live}}}}}}\n  app:{ASKS}"
    )
}

#[test]
fn down_ends_everything() {
    let project = Project::new("compose-down", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    assert!(project.supervisor().is_some());
    project.compose(&["down", "--volumes"]).success();
    assert_eq!(project.supervisor(), None);
    until("no relay is left", || project.relays().is_empty());
    project.compose(&["down"]).success();
}

/// Compose does not read the file then, and knows of no provider.
#[test]
fn a_down_by_the_projects_name_alone_ends_it_too() {
    let project = Project::new("compose-name", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    assert!(project.supervisor().is_some());
    let down = ["--project-name", &project.name, "down"];
    project.compose(&down).success();
    until("nobody serves it", || project.supervisor().is_none());
}

#[test]
fn the_end_of_the_last_container_ends_it_without_down() {
    let project = Project::new("compose-last", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    assert!(project.supervisor().is_some());
    docker(&["rm", "--force", &project.container("app", 1)]).success();
    until("nobody serves it", || project.supervisor().is_none());
    assert!(project.relays().is_empty());
}

#[test]
fn a_compose_that_is_killed_at_any_moment_of_up_leaves_nothing_that_has_credentials() {
    let project = Project::new("compose-moments", 60, &yaml());
    let began = Instant::now();
    project.compose(&["up", "-d"]).success();
    let whole = began.elapsed();
    project.compose(&["down"]).success();
    project.make_network();
    for moment in 1..=20 {
        killed(
            &project,
            &["up", "-d"],
            whole * moment / 20,
            moment % 2 == 0,
        );
        let container = project.container("app", 1);
        until_within(Duration::from_secs(20), "no process is left", || {
            let _ = docker(&["rm", "--force", &container]);
            project.processes().is_empty()
        });
        assert!(project.relays().is_empty(), "at moment {moment}");
    }
    is_whole(&project);
}

#[test]
fn containers_are_served_on_at_whatever_moment_of_an_up_with_other_options_compose_is_killed() {
    let project = Project::new("compose-others", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let with = |profile: &str| {
        let other = format!("profile: {profile}");
        project.write(&yaml().replace("profile: app", &other));
    };
    with("worker");
    let began = Instant::now();
    project.compose(&["up", "-d"]).success();
    let whole = began.elapsed();
    for moment in 1..=20 {
        with(if moment % 4 < 2 { "app" } else { "worker" });
        killed(
            &project,
            &["up", "-d"],
            whole * moment / 20,
            moment % 2 == 0,
        );
        is_served(&project, "app");
    }
    is_whole(&project);
}

/// Starts Compose, and kills it after this time; or all that it has started, too.
fn killed(project: &Project, arguments: &[&str], after: Duration, with_all: bool) {
    let mut command = project.command(arguments);
    let mut compose = command.process_group(0).spawn().expect("Compose");
    std::thread::sleep(after);
    if with_all {
        let group = i32::try_from(compose.id()).ok().and_then(Pid::from_raw);
        let _ = kill_process_group(group.expect("a group"), Signal::KILL);
    }
    for (process, words) in project.processes() {
        if words
            .first()
            .is_some_and(|program| program.contains("docker"))
        {
            let _ = kill_process(process, Signal::KILL);
        }
    }
    compose.wait().expect("its end");
}

/// The next `up` works, and so does the next `down`.
fn is_whole(project: &Project) {
    project.compose(&["up", "-d"]).success();
    until("app has credentials", || {
        project.output().contains("ASIAAPP")
    });
    project.compose(&["down"]).success();
    assert_eq!(project.supervisor(), None);
    until("no relay is left", || project.relays().is_empty());
}

#[test]
fn a_compose_that_is_killed_at_any_moment_of_down_leaves_credentials_to_no_one_but_its_containers()
{
    let project = Project::new("compose-downs", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    let began = Instant::now();
    project.compose(&["down"]).success();
    let whole = began.elapsed();
    for moment in 1..=20 {
        project.compose(&["up", "-d"]).success();
        killed(&project, &["down"], whole * moment / 20, moment % 2 == 0);
        let app = || {
            docker(&["inspect", &project.container("app", 1)])
                .status
                .success()
        };
        until_within(
            Duration::from_secs(20),
            "who serves is there while the container is",
            || project.supervisor().is_some() == app() && (app() || project.relays().is_empty()),
        );
    }
    is_whole(&project);
}

#[test]
fn two_ups_at_once_leave_one_process_that_serves() {
    let project = Project::new("compose-twice", 60, &yaml());
    project.make_network();
    let mut both = [0, 1].map(|_| project.command(&["up", "-d"]).spawn().expect("Compose"));
    for compose in &mut both {
        // Compose itself may refuse the name of a container that the other has just created.
        compose.wait().expect("its end");
    }
    let served = project.supervisor().expect("one serves");
    project.compose(&["up", "-d"]).success();
    until("app has credentials", || {
        project.output().contains("ASIAAPP")
    });
    assert_eq!(project.supervisor(), Some(served));
    assert_eq!(project.supervisors(), 1);
}

/// As two `up` at the same moment look to the one that is later.
#[test]
fn an_up_that_cannot_become_the_one_that_serves_fails_with_the_reason() {
    let project = Project::new("compose-held", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    let file = project.pid_file().expect("a file");
    project.compose(&["down"]).success();
    let held = std::fs::File::create(&file).expect("made");
    held.lock().expect("held");
    let up = project.compose(&["up", "-d"]);
    assert_eq!(up.code(), 1, "{}", up.stderr);
    assert!(
        up.stderr.contains("another process holds it"),
        "{}",
        up.stderr
    );
    assert!(engine::containers(&project.name).is_empty());
    drop(held);
    is_whole(&project);
}

/// For Compose, they are one project. The last `up` says what its services get.
#[test]
fn two_directories_with_one_name_are_one_project_that_one_process_serves() {
    let project = Project::new("compose-same", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    until("app has credentials", || {
        project.output().contains("ASIAAPP")
    });
    let first = project.supervisor().expect("one serves");
    project.write_to(
        "elsewhere/compose.yaml",
        &yaml().replace("profile: app", "profile: worker"),
    );
    let elsewhere = ["-f", "elsewhere/compose.yaml", "up", "-d"];
    project.compose(&elsewhere).success();
    until("app has the others' credentials", || {
        project.output().contains("ASIAWRK")
    });
    assert_ne!(project.supervisor(), Some(first));
    assert_eq!(project.supervisors(), 1);
}

/// Its process number belongs to somebody else since the machine was restarted.
#[test]
fn the_state_of_a_process_before_a_restart_is_in_nobodys_way() {
    let project = Project::new("compose-stale", 60, &yaml());
    project.compose(&["up", "-d"]).success();
    let file = project.pid_file().expect("a file");
    let text = std::fs::read_to_string(&file).expect("text");
    assert!(!text.contains(SECRET), "{text}");
    project.compose(&["down"]).success();
    let mut bystander = std::process::Command::new("sleep")
        .arg("120")
        .spawn()
        .expect("sleep");
    let mut stale: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    stale["process"] = bystander.id().into();
    std::fs::write(&file, stale.to_string()).expect("written");

    project.compose(&["down"]).success();
    std::fs::write(&file, stale.to_string()).expect("written");
    is_whole(&project);
    assert!(
        bystander.try_wait().expect("a child").is_none(),
        "it was ended"
    );
    bystander.kill().expect("ended");
    bystander.wait().expect("its end");
}

#[test]
fn an_engine_that_goes_away_and_comes_back_finds_its_containers_served_again() {
    let engine = CutEngine::start();
    let project = Project::new("compose-cut", 60, &yaml()).env("DOCKER_HOST", &engine.address());
    project.compose(&["up", "-d"]).success();
    until("app has credentials", || {
        project.output().contains("ASIAAPP")
    });
    let first = project.supervisor();
    assert!(first.is_some());
    engine.cut();
    until("no relay is left", || project.relays().is_empty());
    engine.mend();
    until("a relay is there again", || !project.relays().is_empty());
    let before = project.output().matches("ASIAAPP").count();
    until("app has credentials again", || {
        project.output().matches("ASIAAPP").count() > before + 1
    });
    assert_eq!(project.supervisor(), first);
}

/// `up` without `-d` lives as long as the project.
#[test]
fn a_container_that_the_engine_does_not_tell_of_at_first_is_served_later() {
    let engine = CutEngine::start();
    let project = Project::new("compose-untold", 60, &yaml()).env("DOCKER_HOST", &engine.address());
    engine.refuse_inspects();
    let mut attached = project.command(&["up"]).spawn().expect("Compose");
    // When it is created, and when it starts.
    engine.answer_inspects_after(2);
    until("app has credentials", || {
        project.output().contains("ASIAAPP")
    });
    project.compose(&["down"]).success();
    attached.wait().expect("its end");
}
