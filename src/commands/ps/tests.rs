use std::collections::HashMap;
use std::time::Duration;

use super::*;
use crate::commands::run_containers::RunContainers;
use crate::commands::run_containers::tests::listed;
use crate::engine::Listed;
use crate::relay::labels::LABEL_DELIVERY;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_728_549_000)
}

fn after(seconds: u64) -> Option<SystemTime> {
    Some(now() + Duration::from_secs(seconds))
}

fn written(
    relays: Vec<Listed>,
    valid_until: Option<SystemTime>,
    write: impl Fn(&[Shown], SystemTime) -> String,
) -> String {
    let id = "fedcba9876543210".repeat(4);
    let target = listed(&id, "deploy", &[]);
    let served = RunContainers {
        target: Some(target.clone()),
        relays,
    };
    write(&[Shown::with(&target, &served, || valid_until)], now())
}

fn relay() -> Vec<Listed> {
    vec![listed("0123456789abcdef", "calm_kirch", &[])]
}

#[test]
fn the_table_lines_up_and_has_a_dash_for_what_is_not_known_here() {
    assert_eq!(
        written(relay(), None, table::narrow),
        "CONTAINER ID   NAME     IMAGE   STATUS         CREDENTIALS\n\
         fedcba987654   deploy   image   Up 2 minutes   -\n"
    );
}

#[test]
fn a_container_whose_relay_is_gone_is_not_renewed() {
    let narrow = written(Vec::new(), after(60), table::narrow);
    assert!(narrow.ends_with("Up 2 minutes   not renewed\n"), "{narrow}");
    let whole = written(Vec::new(), after(60), table::whole);
    assert!(
        whole.ends_with("   -             -       nobody\n"),
        "{whole}"
    );
}

#[test]
fn a_container_without_a_key_is_keyless_whatever_is_left_of_the_set() {
    let relay = || {
        vec![listed(
            "0123456789abcdef",
            "calm_kirch",
            &[(LABEL_DELIVERY, "keyless")],
        )]
    };
    for end in [after(858), None] {
        let narrow = written(relay(), end, table::narrow);
        assert!(narrow.ends_with("   keyless\n"), "{narrow}");
    }
    let narrow = written(relay(), after(0), table::narrow);
    assert!(narrow.ends_with("   expired\n"), "{narrow}");
    let whole = written(relay(), after(858), table::whole);
    assert!(
        whole.contains("   keyless    2024-10-10T08:44:18Z (14m left)"),
        "{whole}"
    );
}

#[test]
fn what_is_left_of_the_set_is_told_and_its_end_where_nothing_is_cut_off() {
    for (end, left) in [(after(858), "14m left"), (after(0), "expired")] {
        let narrow = written(relay(), end, table::narrow);
        assert!(narrow.ends_with(&format!("   {left}\n")), "{narrow}");
    }
    assert_eq!(
        written(relay(), after(858), table::whole),
        format!(
            "CONTAINER ID{0}   NAME     IMAGE   STATUS         DELIVERY   VALID UNTIL                       \
             RELAY              RENEWED BY\n\
             {1}   deploy   image   Up 2 minutes   live       2024-10-10T08:44:18Z (14m left)   \
             0123456789abcdef   -\n",
            " ".repeat(52),
            "fedcba9876543210".repeat(4),
        )
    );
}

#[test]
fn long_image_names_are_cut_so_that_the_table_keeps_to_80_columns() {
    let long = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/worker:2024-10-10";
    let table = |name: &str| {
        let mut target = listed(&"fedcba9876543210".repeat(4), name, &[]);
        target.image = long.to_owned();
        target.status = "Up About a minute".to_owned();
        let served = RunContainers {
            target: Some(target.clone()),
            relays: relay(),
        };
        let shown = [Shown::with(&target, &served, || after(858))];
        let whole = table::whole(&shown, now());
        assert!(whole.contains(long), "{whole}");
        table::narrow(&shown, now())
    };
    let narrow = table("romantic_noether");
    let longest = |table: &str| table.lines().map(|line| line.chars().count()).max();
    assert!(longest(&narrow) <= Some(80), "{narrow}");
    assert!(narrow.contains("   \u{2026}:2024-10-10   "), "{narrow}");
    // The name of a container is typed, so it is never cut.
    let name = "a-name-that-is-far-longer-than-those-that-docker-makes-up-by-itself";
    assert!(table(name).contains(name));
}

#[test]
fn programs_get_an_object_on_each_line_with_everything_in_full() {
    let owner = [
        ("credrun.host", "build/4a5c/1"),
        ("credrun.process", "17/4711"),
    ];
    let relays = vec![listed("0123456789abcdef", "calm_kirch", &owner)];
    let json = written(relays, after(858), json::write);
    assert_eq!(json.lines().count(), 1, "{json}");
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        value,
        serde_json::json!({
            "ID": "fedcba9876543210".repeat(4), "Names": "deploy", "Image": "image",
            "State": "running", "Status": "Up 2 minutes",
            "Delivery": "live",
            "Expiration": "2024-10-10T08:44:18Z", "SecondsLeft": 858,
            "Renewed": true, "Process": 17, "Host": "build", "Relay": "0123456789abcdef",
            "Project": null, "Service": null,
        })
    );
}

#[test]
fn programs_get_null_for_what_is_not_known() {
    let json = written(Vec::new(), after(858), json::write);
    let value: HashMap<String, serde_json::Value> = serde_json::from_str(&json).expect("JSON");
    for key in ["Expiration", "SecondsLeft", "Process", "Host", "Relay"] {
        assert!(value[key].is_null(), "{key}: {json}");
    }
    assert_eq!(value["Renewed"], false);
}

#[test]
fn ids_are_short_unless_nothing_is_to_be_cut_off() {
    let short = written(relay(), None, |shown, _| ids(shown, false));
    assert_eq!(short, "fedcba987654\n");
    let whole = written(relay(), None, |shown, _| ids(shown, true));
    assert_eq!(whole, format!("{}\n", "fedcba9876543210".repeat(4)));
}
