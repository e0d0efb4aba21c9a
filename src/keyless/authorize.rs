//! Whether a call may pass: `--allow` and `--deny`, and what credrun lets through only by name.

use super::answer::treatment::{Treatment, is_named, may_give_keys};
use super::answer::wording;
use super::stop::Stop;
use crate::iam::action::Action;
use crate::iam::lists::{Lists, Verdict};
use crate::iam::needs::Needs;
use crate::iam::operation::{Meaning, Operation};
use crate::iam::pattern::Pattern;
use crate::iam::place::Place;
use crate::iam::request::Request;

/// Lets a call through, or says which rule does not. `resource` is what an action is needed on, if
/// known.
pub(super) fn authorize<'r>(
    lists: &Lists,
    meaning: &Meaning,
    request: &Request<'_>,
    place: &Place<'_>,
    treatments: &[(Operation, Treatment)],
    resource: impl Fn(Action) -> Option<&'r str>,
) -> Result<(), Stop> {
    match lists.decide(meaning, request) {
        Verdict::Allowed => {}
        Verdict::Denied(action, pattern) => return Err(denied(action, pattern, resource(action))),
        Verdict::Uncertain(action, pattern) => {
            let rule = format!("--deny {pattern}");
            let message = wording::uncertain(action, pattern);
            return Err(Stop::denied(rule, Some(action), message));
        }
        Verdict::NotAllowed(actions) => {
            let first = actions.first().copied();
            let message = wording::not_allowed(&actions, first.and_then(resource));
            return Err(Stop::denied("--allow".to_owned(), first, message));
        }
        Verdict::Unknown => return Err(unknown(request)),
    }
    if let Some((action, pattern)) = lists.denied_beside(meaning, request, place) {
        return Err(denied(action, pattern, resource(action)));
    }
    if let Meaning::Unknown(Some(module)) = meaning
        && may_give_keys(module, request)
    {
        let message = wording::unknown_with_keys(&called(request));
        return Err(Stop::denied("unknown".to_owned(), None, message));
    }
    for (operation, treatment) in treatments {
        if *treatment != Treatment::RefuseUnlessNamed {
            continue;
        }
        let certain = Needs::of(operation, request).certain;
        match certain.first() {
            Some(_) if is_named(lists, &certain) => {}
            Some(action) => {
                let rule = "keys in the answer".to_owned();
                return Err(Stop::denied(
                    rule,
                    Some(*action),
                    wording::not_named(*action),
                ));
            }
            None => return Err(unknown(request)),
        }
    }
    Ok(())
}

/// A pattern of `--deny` fits.
fn denied(action: Action, pattern: &Pattern, resource: Option<&str>) -> Stop {
    let message = wording::denied(action, resource, pattern);
    Stop::denied(format!("--deny {pattern}"), Some(action), message)
}

/// No action is known that could be allowed.
fn unknown(request: &Request<'_>) -> Stop {
    let message = wording::unknown(&called(request));
    Stop::denied("unknown".to_owned(), None, message)
}

/// What names the call in its request.
fn called(request: &Request<'_>) -> String {
    let target = request.headers.get("x-amz-target");
    match target.and_then(|value| value.to_str().ok()) {
        Some(target) => target.to_owned(),
        None => format!("{} {}", request.method, request.path),
    }
}
