//! Services that have the network of another one: they share its loopback, and so what credrun serves there.

use std::time::Duration;

use crate::asks::{ASKS, answers, is_served};
use crate::support::compose::Project;
use crate::support::engine::docker;
use crate::support::{until, until_within};

const PROVIDER: &str =
    "services:\n  aws: {provider: {type: credrun, options: {profile: app, delivery: live";

/// A service on the network of another one.
fn beside(name: &str, other: &str) -> String {
    let network = format!("    init: true\n    network_mode: service:{other}\n");
    format!("  {name}:{}", ASKS.replace("    init: true\n", &network))
}

/// What `service` has been answered with.
fn keys(project: &Project, service: &str) -> Vec<String> {
    let output = project.output();
    let of_service = output.lines().filter(|line| line.starts_with(service));
    let words = of_service.filter_map(|line| line.split_whitespace().last());
    let keys = words.filter(|word| word.starts_with("ASIA"));
    keys.map(str::to_owned).collect()
}

#[test]
fn a_service_with_options_of_its_own_has_those_of_the_networks_service_and_the_log_says_so() {
    let (app, side) = (format!("  app:{ASKS}"), beside("side", "app"));
    let yaml = format!("{PROVIDER}, side.profile: worker}}}}}}\n{app}{side}");
    let project = Project::new("shared-own", 60, &yaml);
    project.compose(&["up", "-d"]).success();
    is_served(&project, "side");
    project.compose(&["restart", "side"]).success();
    is_served(&project, "side");
    let keys = keys(&project, "side");
    assert!(
        keys.iter().all(|key| key.starts_with("ASIAAPP")),
        "{keys:?}"
    );
    let (app, side) = (project.container("app", 1), project.container("side", 1));
    let told = format!("{side} shares the network of {app}, so it gets the credentials of {app}");
    project.compose(&["down"]).success();
    let said = project.log();
    assert_eq!(said.matches(&told).count(), 1, "{said}");
    assert!(!said.contains("in use"), "{said}");
    assert!(!said.contains("had no effect"), "{said}");
}

#[test]
fn services_with_the_same_options_share_a_network_without_a_word() {
    let (app, side) = (format!("  app:{ASKS}"), beside("side", "app"));
    let project = Project::new("shared-same", 60, &format!("{PROVIDER}}}}}}}\n{app}{side}"));
    project.compose(&["up", "-d"]).success();
    is_served(&project, "app");
    // A relay for each would have been tried in vain for so long.
    let before = answers(&project, "side");
    until_within(Duration::from_secs(60), "side asks for a while", || {
        answers(&project, "side") > before + 14
    });
    assert_eq!(project.relays().len(), 1);
    // Both have a new network then.
    project.compose(&["restart", "app"]).success();
    project.compose(&["restart", "side"]).success();
    is_served(&project, "app");
    is_served(&project, "side");
    project.compose(&["down"]).success();
    assert!(!project.log().contains("warning"), "{}", project.log());
}

/// As services behind a VPN are.
#[test]
fn of_two_on_the_network_of_a_third_one_is_served_when_the_other_has_ended() {
    let third = "  net: {image: credrun-test:latest, init: true, stop_grace_period: 0s, command: [/bin/busybox, sleep, '600']}\n";
    let (one, two) = (beside("one", "net"), beside("two", "net"));
    let yaml = format!("{PROVIDER}}}}}}}\n{third}{one}{two}");
    let project = Project::new("shared-third", 60, &yaml);
    project.compose(&["up", "-d"]).success();
    is_served(&project, "one");
    is_served(&project, "two");
    for (gone, left) in [("one", "two"), ("two", "one")] {
        docker(&["rm", "--force", &project.container(gone, 1)]).success();
        is_served(&project, left);
        project.compose(&["up", "-d", gone]).success();
        is_served(&project, gone);
    }
    project.compose(&["down"]).success();
    until("no relay is left", || project.relays().is_empty());
    assert!(!project.log().contains("warning"), "{}", project.log());
}
