//! Resources by the forms of their ARNs.

use std::borrow::Cow;

use super::call::Call;
use super::members::last;
use crate::iam::action::Action;
use crate::iam::form::Form;
use crate::iam::place::begins_as_arn;
use crate::iam::reference::{self, Type};

/// A list of a request has a thousand things at most. It and another one make as many pairs.
const MOST_PAIRS: usize = 1000;

/// Of ARNs that a rule has found, those that the action's resource types allow. All, where the
/// reference does not know their form.
pub(super) fn fitting(action: Action, found: Vec<String>) -> Vec<String> {
    let Some(types) = reference::types_of(&action.to_string()) else {
        return found;
    };
    let exact = |arn: &&String| {
        let mut types = types.iter();
        types.any(|one| reference::is_of(action.service, arn, one.form))
    };
    let near = |arn: &&String| types.iter().any(|one| one.form.fits(arn));
    for fits in [&exact as &dyn Fn(&&String) -> bool, &near] {
        let fitting: Vec<_> = found.iter().filter(fits).cloned().collect();
        if !fitting.is_empty() {
            return fitting;
        }
    }
    found
}

/// What the request names of each resource type of the action.
pub(super) fn resources(call: Call<'_>, action: Action) -> Vec<String> {
    let arns = arns(call);
    let Some(types) = reference::types_of(&action.to_string()) else {
        return arns;
    };
    let found: Vec<_> = types
        .iter()
        .map(|one| of_type(call, action, *one, &arns))
        .collect();
    // A name can be of one of two types, where only one has all that its form wants.
    let has_whole = found.iter().any(|one| one.is_whole);
    let kept = found.into_iter().zip(types);
    let kept = kept.filter(|(one, kind)| one.is_whole || kind.is_required || !has_whole);
    kept.flat_map(|(one, _)| one.arns).collect()
}

/// ARNs of a type, and whether the request says each letter of them.
struct Found {
    arns: Vec<String>,
    is_whole: bool,
}

fn of_type(call: Call<'_>, action: Action, kind: Type, arns: &[String]) -> Found {
    let fitting = arns.iter();
    let fitting = fitting.filter(|arn| reference::is_of(action.service, arn, kind.form));
    let fitting: Vec<_> = fitting.cloned().collect();
    if !fitting.is_empty() {
        return Found {
            arns: fitting,
            is_whole: true,
        };
    }
    let values = values(call, kind.form);
    let is_whole = !values.is_empty() && values.iter().all(|of_one| !of_one.is_empty());
    if values.iter().any(|of_one| !of_one.is_empty()) {
        return Found {
            arns: filled(call, kind.form, &values),
            is_whole,
        };
    }
    // What is created has no name yet, and AWS asks for the right on any.
    let any = kind.is_required.then(|| kind.form.fill(call.place, &[]));
    Found {
        arns: any.into_iter().collect(),
        is_whole: false,
    }
}

/// The texts of the members that the tables name for each variable of the form.
fn values<'c>(call: Call<'c>, form: Form) -> Vec<Vec<Cow<'c, str>>> {
    let service = call.operation.module.service;
    let paths = call.naming.iter().find_map(|one| {
        let (number, paths) = one.split_once('=')?;
        let of_form = reference::form(service, number.parse().ok()?);
        (of_form == Some(form)).then_some(paths)
    });
    let texts = |path| call.members.texts(path, call.request);
    paths.map_or_else(Vec::new, |paths| paths.split(',').map(texts).collect())
}

/// Each text of a variable with each of the others.
fn filled(call: Call<'_>, form: Form, values: &[Vec<Cow<'_, str>>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rows: Vec<Vec<Option<&str>>> = vec![Vec::new()];
    for of_one in values {
        let mut texts: Vec<Option<&str>> = Vec::new();
        for text in of_one {
            match begins_as_arn(text) {
                true if form.fits(text) => found.push(text.to_string()),
                // An ARN in the place of a name ends in the name.
                true => texts.push(text.rsplit(['/', ':']).next()),
                false => texts.push(Some(text)),
            }
        }
        if texts.is_empty() {
            if !found.is_empty() {
                return found;
            }
            texts.push(None);
        }
        let pairs = rows.iter().flat_map(|row| {
            let with = |text: &Option<_>| [row.as_slice(), &[*text]].concat();
            texts.iter().map(with).collect::<Vec<_>>()
        });
        rows = pairs.take(MOST_PAIRS).collect();
    }
    found.extend(rows.iter().map(|row| form.fill(call.place, row)));
    found
}

/// ARNs in members that are called so, and in the path.
fn arns(call: Call<'_>) -> Vec<String> {
    let called = call.members.called(|path| {
        let name = last(path).to_ascii_lowercase();
        name.ends_with("arn") || name.ends_with("arns") || path.starts_with(':')
    });
    called
        .filter(|text| begins_as_arn(text))
        .map(ToOwned::to_owned)
        .collect()
}
