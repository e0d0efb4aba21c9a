//! When a project is over, nothing with credentials is left.

use std::os::unix::process::CommandExt as _;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::ASKS;
use crate::support::compose::Project;
use crate::support::engine::docker;
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
    for moment in 1..=20 {
        let mut up = project.command(&["up", "-d"]);
        let mut up = up.process_group(0).spawn().expect("Compose");
        std::thread::sleep(whole * moment / 20);
        let group = i32::try_from(up.id()).ok().and_then(Pid::from_raw);
        let _ = kill_process_group(group.expect("a group"), Signal::KILL);
        up.wait().expect("its end");
        let container = project.container("app", 1);
        let _ = docker(&["rm", "--force", &container]);
        until_within(Duration::from_secs(20), "nobody serves it", || {
            project.supervisor().is_none() && project.relays().is_empty()
        });
    }
}
