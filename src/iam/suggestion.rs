//! What somebody meant who wrote a service or an action that does not exist.

use super::action::services;
use super::module::{Module, module, modules, signed_as};
use super::needs::{Needs, s3};
use super::operation::Operation;

/// From botocore's name for a service (`stepfunctions`), its signing name (`monitoring`), or a slip.
pub(super) fn service(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let named = module(&lower).or_else(|| signed_as(&lower).first());
    let exists = |service: &&str| services().iter().any(|one| one.name == *service);
    named
        .map(|module| module.service)
        .filter(exists)
        .or_else(|| nearest(&lower, services().iter().map(|service| service.name)))
}

/// From the name of an operation whose action has another, or a slip.
pub(super) fn action(service: &str, name: &str) -> Option<String> {
    if let Some(action) = of_operation(service, name) {
        return Some(action);
    }
    // Of a pattern, what stands before its first wildcard is compared.
    let stem = name.split(['*', '?']).next().unwrap_or_default();
    let has_wildcard = stem.len() < name.len();
    let of_service = services()
        .iter()
        .filter(|one| one.name.eq_ignore_ascii_case(service));
    let names = of_service.flat_map(|one| one.actions());
    let names = names.flat_map(|name| match has_wildcard {
        true => [start(name, stem.len()), first_word(name)],
        false => [name, name],
    });
    let found = nearest(stem, names)?;
    let wildcard = if has_wildcard { "*" } else { "" };
    Some(format!("{service}:{found}{wildcard}"))
}

fn start(name: &'static str, length: usize) -> &'static str {
    name.get(..length).unwrap_or(name)
}

/// The verb: `Get` of `GetObject`.
fn first_word(name: &'static str) -> &'static str {
    let mut letters = name.char_indices().skip(1);
    let second = letters.find(|(_, letter)| letter.is_ascii_uppercase());
    start(name, second.map_or(name.len(), |(at, _)| at))
}

fn of_operation(service: &str, name: &str) -> Option<String> {
    let there = modules().iter().filter(|one| one.service == service);
    let (module, row) = there
        .flat_map(|module| module.rows().iter().map(move |row| (module, row)))
        .find(|(_, row)| row.name.eq_ignore_ascii_case(name))?;
    if module.name == "s3" {
        return Some(with_service(module, s3::renamed(row.name)));
    }
    let protocol = module.protocols().next()?;
    let operation = Operation {
        module,
        protocol,
        row,
    };
    let needs = Needs::by_table(&operation);
    needs.certain.first().map(ToString::to_string)
}

fn with_service(module: &Module, action: &str) -> String {
    if action.contains(':') {
        action.to_owned()
    } else {
        format!("{}:{action}", module.service)
    }
}

/// The name with the fewest slips: one in three letters is still the same word.
fn nearest(name: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    names
        .map(|one| (strsim::osa_distance(&name, &one.to_ascii_lowercase()), one))
        .filter(|(slips, one)| *slips <= one.len() / 3)
        .min()
        .map(|(_, one)| one)
}
