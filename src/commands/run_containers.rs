//! Finds, by the Engine's labels, the containers behind a relay, and all containers whose credrun is
//! gone, with a relay or without.

use std::collections::HashSet;

use crate::engine::{Engine, EngineError, Listed, short_id};
use crate::messages::error::Error;
use crate::relay::labels::{LABEL_DELIVERY, LABEL_FOR, LABEL_RELAY, LABEL_TARGET};
use crate::relay::owner::{self, Owner};

/// The containers of one run in the Engine.
#[derive(Debug, Clone)]
pub(super) struct RunContainers {
    /// `None` if it is about to be created, or has just ended.
    pub(super) target: Option<Listed>,
    /// Empty without a relay of its own, or if a target's credrun ended before it. Two relays while one
    /// replaces the other.
    pub(super) relays: Vec<Listed>,
}

/// All runs that have not ended.
pub(super) async fn all(engine: &Engine) -> Result<Vec<RunContainers>, EngineError> {
    let mut labelled = engine.containers().await?;
    // Compose has created these, so they have no label of credrun's.
    let joined: HashSet<String> = labelled
        .iter()
        .filter_map(|one| one.labels.get(LABEL_TARGET).cloned())
        .collect();
    labelled.retain(|one| {
        is_relay(one) || is_target(one) || is_left_alone(one) || joined.contains(&one.id)
    });
    // A container from an image of `docker commit` would pass for the one that was committed.
    let labelled = engine.with_own_labels(labelled, &owner::LABELS).await?;
    Ok(matched(labelled))
}

fn is_relay(container: &Listed) -> bool {
    container.labels.contains_key(LABEL_FOR)
}

fn is_target(container: &Listed) -> bool {
    container.labels.contains_key(LABEL_RELAY)
}

/// Whether the credrun that should follow it is gone.
fn is_left_alone(container: &Listed) -> bool {
    Owner::of(&container.labels).is_some_and(|owner| owner.is_missing())
}

/// The targets with their relays, and the relays that have no target yet.
fn matched(labelled: Vec<Listed>) -> Vec<RunContainers> {
    let (mut relays, targets): (Vec<Listed>, Vec<Listed>) =
        labelled.into_iter().partition(is_relay);
    let mut all = Vec::new();
    for target in targets {
        let (its, others): (Vec<_>, _) =
            relays.into_iter().partition(|relay| serves(relay, &target));
        relays = others;
        if is_target(&target) || !its.is_empty() || is_left_alone(&target) {
            all.push(RunContainers {
                target: Some(target),
                relays: its,
            });
        }
    }
    // An ended container is only kept because of `--rm=false`; Podman keeps its relay with it.
    all.retain(|one| one.containers().any(Listed::is_active));
    all.extend(relays.into_iter().map(|relay| RunContainers {
        target: None,
        relays: vec![relay],
    }));
    all
}

/// A target names its first relay; a relay that was created later names its target.
fn serves(relay: &Listed, target: &Listed) -> bool {
    target.labels.get(LABEL_RELAY) == Some(&relay.id)
        || relay.labels.get(LABEL_TARGET) == Some(&target.id)
}

impl RunContainers {
    /// The ID that users know: the container's, or before it exists, the relay's.
    fn id(&self) -> &str {
        self.containers().next().map_or("", |first| &first.id)
    }

    fn containers(&self) -> impl Iterator<Item = &Listed> {
        self.target.iter().chain(&self.relays)
    }

    /// `env`, `live` or `keyless`. What an older credrun has made says nothing.
    pub(super) fn delivery(&self) -> &'static str {
        let mut labels = self.containers().map(|one| &one.labels);
        match labels.find_map(|labels| labels.get(LABEL_DELIVERY)) {
            Some(word) if word == "keyless" => "keyless",
            Some(_) => "live",
            None if self.relays.is_empty() && !self.target.iter().any(is_target) => "env",
            None => "live",
        }
    }

    /// The relay that serves it.
    pub(super) fn relay(&self) -> Option<&Listed> {
        let active = self.relays.iter().find(|relay| relay.is_active());
        active.or(self.relays.first())
    }

    /// Whether its credentials are no longer renewed. The processes of another machine are not
    /// visible here, but their relays end with them.
    pub(super) fn is_abandoned(&self) -> bool {
        let Some(relay) = self.relay() else {
            return true;
        };
        let owner = Owner::of(&relay.labels);
        !relay.is_active() || owner.is_some_and(|owner| owner.is_gone())
    }
}

/// The run that `wanted` names. As with docker, this is an ID, a name, or the beginning of an ID,
/// in this order. The image typed for a run is not a name: another container may have that name.
///
/// # Errors
/// [`Error::NotLive`], or [`Error::SeveralLive`] if several match.
pub(super) fn pick<'a>(
    served: &'a [RunContainers],
    wanted: &str,
) -> Result<&'a RunContainers, Error> {
    let by_id = |one: &Listed| one.id == wanted;
    let by_name = |one: &Listed| one.name == wanted;
    let by_beginning = |one: &Listed| !wanted.is_empty() && one.id.starts_with(wanted);
    let ways: [&dyn Fn(&Listed) -> bool; 3] = [&by_id, &by_name, &by_beginning];
    for way in ways {
        let found: Vec<&RunContainers> = served
            .iter()
            .filter(|one| one.containers().any(way))
            .collect();
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            _ => {
                return Err(Error::SeveralLive {
                    wanted: wanted.to_owned(),
                    containers: found.iter().map(|one| short_id(one.id())).collect(),
                });
            }
        }
    }
    Err(Error::NotLive(wanted.to_owned()))
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;

    use super::*;

    pub(in crate::commands) fn listed(id: &str, name: &str, labels: &[(&str, &str)]) -> Listed {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Listed {
            id: id.to_owned(),
            name: name.to_owned(),
            image: "image".to_owned(),
            image_id: "sha256:0".to_owned(),
            state: "running".to_owned(),
            status: "Up 2 minutes".to_owned(),
            labels: labels.iter().map(owned).collect::<HashMap<_, _>>(),
        }
    }

    fn in_state(state: &str, container: Listed) -> Listed {
        Listed {
            state: state.to_owned(),
            ..container
        }
    }

    fn three() -> Vec<RunContainers> {
        let relay = |id, name, typed| listed(id, name, &[(LABEL_FOR, typed)]);
        let target = |id, name, relay| listed(id, name, &[(LABEL_RELAY, relay)]);
        matched(vec![
            relay("aa01", "relay_of_web", "web"),
            relay("aa02", "tidy_noether", "alpine"),
            relay("aa03", "keen_hopper", "alpine"),
            target("bb01", "web", "aa01"),
            target("bb02", "calm_kirch", "aa02"),
            target("bb03", "cool_bell", "aa03"),
        ])
    }

    #[test]
    fn a_container_is_found_by_name_by_id_and_by_the_beginning_of_its_id() {
        let served = three();
        for (wanted, target) in [
            ("web", "bb01"),
            ("calm_kirch", "bb02"),
            ("bb03", "bb03"),
            ("aa03", "bb03"),
            ("relay_of_web", "bb01"),
        ] {
            let found = pick(&served, wanted).map(RunContainers::id);
            assert!(found.is_ok_and(|id| id == target), "{wanted}");
        }
        assert!(pick(&served[..1], "b").is_ok());
        for nobody in ["we", "b01", "", "image"] {
            let missing = pick(&served, nobody);
            assert!(matches!(missing, Err(Error::NotLive(_))), "{nobody:?}");
        }
    }

    #[test]
    fn what_was_typed_for_a_run_is_no_name() {
        let served = three();
        let typed = pick(&served[..2], "alpine").map(RunContainers::id);
        assert!(matches!(typed, Err(Error::NotLive(_))), "{typed:?}");
    }

    #[test]
    fn the_beginning_of_several_ids_names_none_of_them() {
        let error = pick(&three(), "bb0").expect_err("three of them");
        assert_eq!(
            error.report(),
            "credrun: \"bb0\" matches 3 containers in credrun ps\n\
             hint: use the ID of one of them: bb01, bb02, bb03\n"
        );
    }

    #[test]
    fn the_way_of_delivery_is_known_by_a_label_and_by_the_relay() {
        let relay = |labels: &[(&str, &str)]| {
            let labels = [&[(LABEL_FOR, "web")], labels].concat();
            matched(vec![listed("aa01", "calm_kirch", &labels)])
        };
        assert_eq!(
            relay(&[(LABEL_DELIVERY, "keyless")])[0].delivery(),
            "keyless"
        );
        assert_eq!(relay(&[(LABEL_DELIVERY, "live")])[0].delivery(), "live");
        // An older credrun's.
        assert_eq!(relay(&[])[0].delivery(), "live");
        let target = |labels: &[(&str, &str)]| RunContainers {
            target: Some(listed("bb01", "web", labels)),
            relays: Vec::new(),
        };
        assert_eq!(target(&[(LABEL_RELAY, "aa01")]).delivery(), "live");
        assert_eq!(target(&[]).delivery(), "env");
    }

    #[test]
    fn a_relay_without_a_container_yet_goes_by_its_own_id() {
        let early = matched(vec![listed("aa01", "calm_kirch", &[(LABEL_FOR, "web")])]);
        for wanted in ["aa", "calm_kirch"] {
            assert!(
                pick(&early, wanted).is_ok_and(|one| one.id() == "aa01"),
                "{wanted}"
            );
        }
    }

    #[test]
    fn a_container_is_there_for_as_long_as_it_runs_and_not_while_it_is_only_kept() {
        let target = listed("bb01", "web", &[(LABEL_RELAY, "aa01")]);
        for state in ["running", "restarting", "paused", "stopping"] {
            let left = matched(vec![in_state(state, target.clone())]);
            assert_eq!(left.len(), 1, "{state}");
            assert!(left[0].is_abandoned(), "{state}");
        }
        let relay = listed("aa01", "calm_kirch", &[(LABEL_FOR, "web")]);
        for state in ["created", "exited", "dead", "removing", "stopped"] {
            let kept = in_state(state, target.clone());
            assert!(matched(vec![kept.clone()]).is_empty(), "{state}");
            let with_relay = vec![in_state("exited", relay.clone()), kept];
            assert!(matched(with_relay).is_empty(), "{state}");
        }
    }

    // A container's owner is known on Linux only.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_container_without_live_is_there_once_its_credrun_is_gone() {
        let owned = |process: &str| {
            let mut labels = HashMap::from(Owner::this_process().expect("/proc").labels());
            if !process.is_empty() {
                labels.insert(owner::LABEL_PROCESS.to_owned(), process.to_owned());
            }
            let container = listed("bb01", "web", &[]);
            let container = Listed {
                labels,
                ..container
            };
            (matched(vec![container.clone()]), container)
        };
        let gone = format!("{}/1", std::process::id());
        let (left, container) = owned(&gone);
        assert!(left.len() == 1 && left[0].is_abandoned());
        assert!(matched(vec![in_state("created", container)]).is_empty());
        assert!(owned("").0.is_empty());
        assert!(owned(&format!("{gone}/detached")).0.is_empty());
    }

    #[test]
    fn a_relay_in_the_place_of_another_makes_no_second_container() {
        let first = listed("aa01", "calm_kirch", &[(LABEL_FOR, "web")]);
        let next = [(LABEL_FOR, "web"), (LABEL_TARGET, "bb01")];
        let served = matched(vec![
            in_state("removing", first),
            listed("aa02", "cool_bell", &next),
            listed("bb01", "web", &[(LABEL_RELAY, "aa01")]),
        ]);
        assert_eq!(served.len(), 1);
        assert_eq!(served[0].relay().map(|relay| &*relay.id), Some("aa02"));
        assert!(!served[0].is_abandoned());
    }

    #[test]
    fn a_relay_that_has_ended_serves_nobody() {
        let relay = listed("aa01", "calm_kirch", &[(LABEL_FOR, "web")]);
        let target = listed("bb01", "web", &[(LABEL_RELAY, "aa01")]);
        let served = matched(vec![in_state("exited", relay), target]);
        assert!(served[0].is_abandoned());
    }

    // A container's owner is known on Linux only.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_relay_whose_process_is_gone_serves_nobody() {
        let process = |number: u32| {
            let this = Owner::this_process().expect("/proc");
            let mut labels = HashMap::from(this.labels());
            labels.insert(LABEL_FOR.to_owned(), "web".to_owned());
            if number > 0 {
                labels.insert(owner::LABEL_PROCESS.to_owned(), format!("{number}/1"));
            }
            let relay = listed("aa01", "calm_kirch", &[]);
            let target = listed("bb01", "web", &[(LABEL_RELAY, "aa01")]);
            matched(vec![Listed { labels, ..relay }, target])
        };
        assert!(!process(0)[0].is_abandoned());
        assert!(process(std::process::id())[0].is_abandoned());
    }
}
