//! A page for people: what was called how often and on what, what was denied and why, and what a record
//! cannot tell.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::cli::policy::ResourceLevel;
use crate::iam::denial::PolicyKind;
use crate::messages::visible::on_one_line;
use crate::policy::pattern::Pattern;
use crate::policy::plural::plural;
use crate::policy::seen::{DeniedCall, Seen, Uses, Why};
use crate::policy::{Policy, fold};

/// As many denied calls are listed.
const DENIED: usize = 100;
/// As many resources of an action are listed.
const RESOURCES: usize = 100;

pub(crate) fn render(policy: &Policy) -> String {
    let seen = &policy.seen;
    let mut page = head(seen);
    if policy.level == ResourceLevel::Any {
        page.push_str(
            "The policy has \"*\" in the place of these resources (--resource-level any).\n",
        );
    }
    for (service, actions) in by_service(seen) {
        let _ = write!(page, "\n{service}\n{}", rows(&actions, policy.level));
    }
    page.push_str(&section("Passed roles (iam:PassRole)", passed(seen)));
    page.push_str(&section(
        "Keys that services use for these calls (kms:ViaService)",
        keys(seen),
    ));
    page.push_str(&section(
        "Keys that calls name by an alias (kms:RequestAlias)",
        aliases(seen),
    ));
    page.push_str(&section("Denied", denied(seen)));
    page.push_str(&section("Notes", notes(policy)));
    page.push_str(&section("What a record cannot tell", limits()));
    page
}

fn notes(policy: &Policy) -> Vec<String> {
    let mut notes: Vec<_> = policy.remarks.iter().map(ToString::to_string).collect();
    if policy.seen.runs.len() == 1 && policy.level == ResourceLevel::Prefix {
        notes.push("one run: the record of a second run shows which names change".to_owned());
    }
    notes
}

fn head(seen: &Seen) -> String {
    let mut head = plural(seen.calls, "call");
    let _ = write!(head, " in {}", plural(seen.runs.len() as u64, "run"));
    let denied: u64 = seen.denied_calls;
    for (count, what) in [(denied, "denied"), (seen.failed, "unanswered")] {
        if count > 0 {
            let _ = write!(head, ", {count} {what}");
        }
    }
    head + "\n"
}

fn by_service(seen: &Seen) -> BTreeMap<&str, Vec<(&str, &Uses)>> {
    let mut services: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (action, uses) in &seen.uses {
        let service = action.split(':').next().unwrap_or_default();
        services
            .entry(service)
            .or_default()
            .push((action.as_str(), uses));
    }
    services
}

/// An action, how often, and on what: the further resources are below each other.
fn rows(actions: &[(&str, &Uses)], level: ResourceLevel) -> String {
    let width = actions
        .iter()
        .map(|(action, _)| action.len())
        .max()
        .unwrap_or(0);
    let mut rows = String::new();
    for (action, uses) in actions {
        let mut name = *action;
        for (count, resource) in on(uses, level) {
            let _ = writeln!(rows, "  {name:width$}  {count:>6}  {resource}");
            name = "";
        }
    }
    rows
}

fn on(uses: &Uses, level: ResourceLevel) -> Vec<(u64, String)> {
    if uses.takes_none {
        return vec![(uses.calls, "* (takes no resource)".to_owned())];
    }
    let folded = match (uses.partial, level) {
        (true, _) => fold::wide(uses.resources.keys(), level),
        (false, ResourceLevel::Any) => fold::fold(&uses.resources, ResourceLevel::Prefix),
        (false, level) => fold::fold(&uses.resources, level),
    };
    let (listed, others) = folded.split_at(folded.len().min(RESOURCES));
    let mut rows: Vec<_> = listed
        .iter()
        .map(|one| (calls(uses, one), on_one_line(one).into_owned()))
        .collect();
    if !others.is_empty() {
        let listed: u64 = rows.iter().map(|(calls, _)| calls).sum();
        let all: u64 = uses.resources.values().map(|on| on.calls).sum();
        let text = format!("and {} more", others.len());
        rows.push((all.saturating_sub(listed), text));
    }
    let unknown = (uses.unknown > 0).then(|| (uses.unknown, "* (unknown)".to_owned()));
    rows.extend(unknown);
    rows
}

/// Calls on what a pattern stands for.
fn calls(uses: &Uses, pattern: &str) -> u64 {
    let Some((start, end)) = fold::ends(pattern) else {
        return uses.resources.get(pattern).map_or(0, |on| on.calls);
    };
    let read = Pattern::of_record(pattern);
    let from = uses.resources.range(start.to_owned()..);
    let begin = from.take_while(|(one, _)| one.starts_with(start));
    let covered = begin.filter(|(one, _)| {
        *one == pattern || (one.ends_with(end) && read.fits_all(&Pattern::of_record(one)))
    });
    covered.map(|(_, on)| on.calls).sum()
}

fn passed(seen: &Seen) -> Vec<String> {
    let passed = seen.passed.iter();
    passed
        .map(|(passed, calls)| {
            let to = match passed.services.is_empty() {
                true => "an unknown service".to_owned(),
                false => passed.services.join(" or "),
            };
            format!("{calls:>6}  {} to {to}", on_one_line(&passed.role))
        })
        .collect()
}

fn keys(seen: &Seen) -> Vec<String> {
    let keys = seen.keys.iter();
    keys.map(|(used, calls)| {
        format!(
            "{calls:>6}  {} on {} by {}",
            used.action,
            on_one_line(&used.key),
            used.via
        )
    })
    .collect()
}

fn aliases(seen: &Seen) -> Vec<String> {
    let aliases = seen.aliases.iter();
    aliases
        .map(|(used, calls)| {
            let (action, key, alias) = (&used.action, on_one_line(&used.key), &used.alias);
            format!("{calls:>6}  {action} on {key} as {}", on_one_line(alias))
        })
        .collect()
}

/// The most frequent first.
fn denied(seen: &Seen) -> Vec<String> {
    let mut denied: Vec<_> = seen.denials.iter().collect();
    denied.sort_by_key(|(_, calls)| std::cmp::Reverse(**calls));
    let others = denied.len().saturating_sub(DENIED);
    let listed = denied.iter().take(DENIED);
    let mut lines: Vec<_> = listed.map(|(call, calls)| denial(call, **calls)).collect();
    if others > 0 {
        lines.push(format!("and {others} more"));
    }
    lines
}

fn denial(call: &DeniedCall, calls: u64) -> String {
    let DeniedCall {
        action,
        resource,
        why,
    } = call;
    let on = match resource {
        Some(resource) => format!(" on {}", on_one_line(resource)),
        None => String::new(),
    };
    format!("{calls:>6}  {}{on}: {}", on_one_line(action), reason(why))
}

fn reason(why: &Why) -> String {
    match why {
        Why::Rule(rule) if rule == "--allow" => "not in credrun's --allow".to_owned(),
        Why::Rule(rule) => format!("refused by credrun's {}", on_one_line(rule)),
        Why::Credrun(rule) => format!("refused by credrun ({})", on_one_line(rule)),
        Why::Unsaid => "AWS does not say why".to_owned(),
        Why::Aws {
            policy,
            is_explicit: false,
            ..
        } => match policy {
            Some(policy) => format!("no {} allows it", policy.name()),
            None => "AWS does not say why".to_owned(),
        },
        Why::Aws {
            policy,
            is_explicit: true,
            policy_arn,
        } => {
            let policy = policy.map_or_else(|| "a policy".to_owned(), PolicyKind::with_article);
            let arn = policy_arn
                .as_deref()
                .map(|arn| format!(" ({})", on_one_line(arn)));
            let arn = arn.unwrap_or_default();
            format!("{policy}{arn} denies it, so allowing it elsewhere does not help")
        }
    }
}

fn limits() -> Vec<String> {
    let limits = [
        "what these runs did not do: another branch, an error, a first run that creates",
        "what services such as CloudFormation and ECS do with the caller's rights",
        "conditions: the policy has only those for passed roles and for keys",
    ];
    limits.map(|limit| format!("- {limit}")).to_vec()
}

fn section(title: &str, lines: Vec<String>) -> String {
    match lines.is_empty() {
        true => String::new(),
        false => {
            let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
            format!("\n{title}\n{lines}")
        }
    }
}
