//! What one container of a project does not take from another, and what does not keep credentials alive.

use std::fs;

use crate::asks::{ASKS, is_served};
use crate::support::compose::Project;
use crate::support::engine::docker;
use crate::support::until;

const SLEEPS: &str = "\n    image: credrun-test:latest\n    stop_grace_period: 0s\n    \
                      command: [/bin/busybox, sleep, '600']\n";
const CHECKED: &str =
    "    healthcheck: {test: [CMD, /bin/busybox, 'true'], interval: 500ms, start_period: 0s}\n";

fn yaml(services: &str) -> String {
    format!(
        "services:\n  aws: {{provider: {{type: credrun, options: {{profile: app, delivery: live}}}}}}\n{services}"
    )
}

#[test]
fn a_health_check_of_another_service_does_not_keep_what_serves_nobody() {
    // Several, so that there is no pause on a busy machine.
    let services = format!("  app:{ASKS}  db:{SLEEPS}{CHECKED}    scale: 5\n");
    let project = Project::new("compose-checked", 60, &yaml(&services));
    project.compose(&["up", "-d"]).success();
    assert!(project.supervisor().is_some());
    docker(&["rm", "--force", &project.container("app", 1)]).success();
    until("nobody serves it", || project.supervisor().is_none());
    project.compose(&["down"]).success();
}

/// Each of its events has the labels, also those of health checks.
#[test]
fn a_container_with_more_labels_than_credrun_reads_takes_nothing_from_others() {
    let project = Project::new("compose-labels", 60, &yaml(&format!("  app:{ASKS}")));
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    // It may have asked before there was a relay.
    let failures = || project.output().matches("FAILED").count();
    let before = failures();
    let long = "x".repeat(60_000);
    let labels: String = (0..80)
        .map(|number| format!("l{number}={long}\n"))
        .collect();
    project.write_to("labels", &labels);
    let file = project.home.path().join("labels");
    let big = project.container("big", 1);
    let of_project = format!("com.docker.compose.project={}", project.name);
    let run = ["run", "-d", "--name", &big, "--label", &of_project];
    let checked = [
        "--health-cmd",
        "/bin/busybox true",
        "--health-interval",
        "500ms",
    ];
    let labels = ["--label-file", file.to_str().expect("UTF-8")];
    let sleeps = ["credrun-test:latest", "/bin/busybox", "sleep", "600"];
    docker(&[&run[..], &checked, &labels, &sleeps].concat()).success();
    for _ in 0..5 {
        is_served(&project, "app");
    }
    docker(&["rm", "--force", &big]).success();
    assert_eq!(failures(), before, "{}", project.output());
    project.compose(&["down"]).success();
}

#[test]
fn a_service_on_the_network_of_one_with_the_hosts_gets_nothing() {
    let asks = ASKS.replace("    init: true\n", "    network_mode: service:other\n");
    let services = format!("  other:{SLEEPS}    network_mode: host\n  app:{asks}");
    let project = Project::new("compose-host-of-another", 60, &yaml(&services));
    project.compose(&["up", "-d"]).success();
    let log = format!("{}/aws", project.name);
    until("the log says so", || {
        let log = project.credrun(&["logs", &log]).success().out();
        log.contains("gets no credentials: with network_mode: host")
    });
    assert!(project.relays().is_empty());
    project.compose(&["down"]).success();
}

/// The services that had credentials lose them, and a while later another gets some.
#[test]
fn an_up_that_takes_long_is_waited_for_by_what_serves_already() {
    let slow = SLEEPS.replace("stop_grace_period: 0s", "stop_grace_period: 6s");
    let before = format!("  app:{ASKS}  slow:{slow}    depends_on: [app]\n");
    let project = Project::new("compose-slow", 60, &yaml(&before));
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    let supervisor = project.supervisor();
    let after = format!(
        "  app:{SLEEPS}  slow:{slow}    depends_on: [app]\n    environment: {{A: b}}\n  worker:{}",
        ASKS.replace("[aws]", "[aws, slow]")
    );
    project.write(&yaml(&after));
    project.compose(&["up", "-d"]).success();
    is_served(&project, "worker");
    assert_eq!(project.supervisor(), supervisor);
    project.compose(&["down"]).success();
}

#[test]
fn containers_that_are_gone_leave_no_open_file() {
    let project = Project::new("compose-notes", 60, &yaml(&format!("  app:{ASKS}")));
    let notes = || {
        let supervisor = project.supervisor().expect("one");
        let open = fs::read_dir(format!("/proc/{supervisor}/fd")).expect("a process");
        let open = open
            .flatten()
            .filter_map(|file| fs::read_link(file.path()).ok());
        open.filter(|path| path.extension().is_some_and(|end| end == "valid-until"))
            .count()
    };
    for _ in 0..3 {
        project.compose(&["up", "-d", "--force-recreate"]).success();
        is_served(&project, "app");
        until("there is one note", || notes() == 1);
    }
    project.compose(&["down"]).success();
}
