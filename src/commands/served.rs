//! The containers that `--live` serves, as the Engine's labels tell.

use crate::engine::{Engine, EngineError, Listed};
use crate::error::Error;
use crate::inject::live::owner;
use crate::inject::live::relay_image::{LABEL_FOR, LABEL_RELAY, LABEL_TARGET};

/// A relay and whom it serves.
#[derive(Debug, Clone)]
pub(super) struct Served {
    pub(super) relay: Listed,
    /// None while it is about to be created, or has just ended.
    pub(super) target: Option<Listed>,
}

/// All of them.
pub(super) async fn all(engine: &Engine) -> Result<Vec<Served>, EngineError> {
    let mut labelled = engine.containers().await?;
    labelled
        .retain(|one| one.labels.contains_key(LABEL_FOR) || one.labels.contains_key(LABEL_RELAY));
    // A container of an image of `docker commit` would pass for the one that was committed.
    let labelled = engine.with_own_labels(labelled, &owner::LABELS).await?;
    let relays = labelled
        .iter()
        .filter(|one| one.labels.contains_key(LABEL_FOR));
    Ok(relays
        .map(|relay| Served {
            relay: relay.clone(),
            target: labelled.iter().find(|one| serves(relay, one)).cloned(),
        })
        .collect())
}

/// A target names its first relay; a relay that came later names its target.
fn serves(relay: &Listed, target: &Listed) -> bool {
    target.labels.get(LABEL_RELAY) == Some(&relay.id)
        || relay.labels.get(LABEL_TARGET) == Some(&target.id)
}

impl Served {
    /// What it serves, as it was typed: the `--name`, or the image.
    pub(super) fn typed(&self) -> Option<&String> {
        self.relay.labels.get(LABEL_FOR)
    }

    /// The ID by which a person knows it: the container's, or before there is one, the relay's.
    pub(super) fn id(&self) -> &str {
        &self.target.as_ref().unwrap_or(&self.relay).id
    }

    fn any(&self, fact: impl Fn(&Listed) -> bool) -> bool {
        self.target.as_ref().is_some_and(&fact) || fact(&self.relay)
    }
}

/// The one that `wanted` names: in docker's order by ID, name, and beginning of an ID; and, before
/// that last, by what was typed for a run.
///
/// # Errors
/// [`Error::NotLive`], or [`Error::SeveralLive`] where more than one is called so.
pub(super) fn pick<'a>(served: &'a [Served], wanted: &str) -> Result<&'a Served, Error> {
    let by_id = |one: &Served| one.any(|container| container.id == wanted);
    let by_name = |one: &Served| one.any(|container| container.name == wanted);
    let by_typed = |one: &Served| one.typed().is_some_and(|typed| typed == wanted);
    let by_beginning =
        |one: &Served| !wanted.is_empty() && one.any(|container| container.id.starts_with(wanted));
    let ways: [&dyn Fn(&Served) -> bool; 4] = [&by_id, &by_name, &by_typed, &by_beginning];
    for way in ways {
        let found: Vec<&Served> = served.iter().filter(|one| way(one)).collect();
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            _ => {
                return Err(Error::SeveralLive {
                    wanted: wanted.to_owned(),
                    containers: found.iter().map(|one| short(one.id())).collect(),
                });
            }
        }
    }
    Err(Error::NotLive(wanted.to_owned()))
}

/// The first digits of an ID, as docker shows it.
pub(super) fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;

    use super::*;

    pub(in crate::commands) fn listed(id: &str, name: &str, serves: Option<&str>) -> Listed {
        let serves = serves.map(|typed| (LABEL_FOR.to_owned(), typed.to_owned()));
        Listed {
            id: id.to_owned(),
            name: name.to_owned(),
            image: "image".to_owned(),
            image_id: "sha256:0".to_owned(),
            status: "Up 2 minutes".to_owned(),
            labels: serves.into_iter().collect::<HashMap<_, _>>(),
        }
    }

    fn run(relay: &str, target: &str, name: &str, typed: &str) -> Served {
        Served {
            relay: listed(relay, &format!("relay_of_{name}"), Some(typed)),
            target: Some(listed(target, name, None)),
        }
    }

    fn three() -> [Served; 3] {
        [
            run("aa01", "bb01", "web", "web"),
            run("aa02", "bb02", "calm_kirch", "alpine"),
            run("aa03", "bb03", "cool_bell", "alpine"),
        ]
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
            let found = pick(&served, wanted).map(Served::id);
            assert!(found.is_ok_and(|id| id == target), "{wanted}");
        }
        assert!(pick(&served[..1], "b").is_ok());
        for nobody in ["we", "b01", "", "image"] {
            let missing = pick(&served, nobody);
            assert!(matches!(missing, Err(Error::NotLive(_))), "{nobody:?}");
        }
    }

    #[test]
    fn an_image_stands_for_its_only_run_and_never_for_one_of_several() {
        let served = three();
        let only = pick(&served[..2], "alpine").map(Served::id);
        assert!(only.is_ok_and(|id| id == "bb02"));
        let error = pick(&served, "alpine").expect_err("two of them");
        assert_eq!(
            error.report(),
            "credrun: 2 containers with --live are called \"alpine\"\n\
             hint: name one of them by its ID: bb02, bb03\n"
        );
        let beginning = pick(&served, "bb0").expect_err("three of them");
        assert!(beginning.report().contains("bb01, bb02, bb03"));
    }

    #[test]
    fn a_relay_without_a_container_yet_goes_by_its_own_id() {
        let early = [Served {
            relay: listed("aa01", "calm_kirch", Some("web")),
            target: None,
        }];
        for wanted in ["web", "aa", "calm_kirch"] {
            assert!(
                pick(&early, wanted).is_ok_and(|one| one.id() == "aa01"),
                "{wanted}"
            );
        }
    }
}
