//! What a line of a record asks a policy for: each action on each resource.

use super::super::passed;
use super::resource::OfCall;
use crate::iam::needs;
use crate::iam::reference::takes_resources;
use crate::record::line::{Line, LineVerdict};

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    /// The service of a call whose action is not known.
    pub(super) action: String,
    pub(super) kind: Kind,
    pub(super) resource: OfCall,
    pub(super) region: Option<String>,
    /// Principals that may get the role of iam:PassRole.
    pub(super) passed_to: Vec<String>,
    /// By which the call names its key of KMS.
    pub(super) key_alias: Option<String>,
    /// What KMS is told of a service that asks it for the caller.
    pub(super) via_service: Option<String>,
    pub(super) through: Through,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Action,
    /// The action is not known.
    Unknown,
    /// AWS asks for no permission.
    Free,
}

/// How the call came to AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Through {
    Credrun,
    /// Past credrun, or made by a service for the caller.
    Others,
}

/// All that the call needs. One that was refused or denied needs it as well.
pub(super) fn asked(line: &Line<'_>) -> Vec<Asked> {
    let through = match line.verdict {
        LineVerdict::Passed | LineVerdict::Refused | LineVerdict::Failed => Through::Credrun,
        LineVerdict::Observed => Through::Others,
    };
    if line.actions.is_empty() {
        let (module, operation) = (line.module.as_deref(), line.operation.as_deref());
        let name = [module.unwrap_or("?"), operation.unwrap_or("?")].join(":");
        let unknown = asked_by(line, &name, OfCall::Unknown, through);
        let kind = Kind::Unknown;
        return vec![Asked { kind, ..unknown }];
    }
    let of_actions = line.actions.iter().flat_map(|action| {
        let resources = resources(line, action).into_iter();
        resources.map(|resource| asked_by(line, action, resource, through))
    });
    let passed = line.passed_roles.iter().map(|role| {
        let role = match passed::is_profile(role) {
            true => OfCall::Unknown,
            false => OfCall::Arn(role.clone().into_owned()),
        };
        asked_by(line, passed::PASS_ROLE, role, through)
    });
    of_actions.chain(passed).chain(denied(line)).collect()
}

fn asked_by(line: &Line<'_>, action: &str, resource: OfCall, through: Through) -> Asked {
    let kind = match needs::is_free(action) {
        true => Kind::Free,
        false => Kind::Action,
    };
    let passed_to = match &resource {
        OfCall::Arn(role) if passed::is_pass_role(action) => passed::role(line, role).services,
        _ => Vec::new(),
    };
    let via_service = match through {
        Through::Credrun => None,
        Through::Others => passed::via_service(line),
    };
    Asked {
        action: action.to_owned(),
        kind,
        resource,
        region: line.region.as_deref().map(ToOwned::to_owned),
        passed_to,
        key_alias: line.key_aliases.get(action).map(ToString::to_string),
        via_service,
        through,
    }
}

/// What the action is needed on.
fn resources(line: &Line<'_>, action: &str) -> Vec<OfCall> {
    if needs::is_free(action) || takes_resources(action) == Some(false) {
        return vec![OfCall::None];
    }
    let named = line.resources_for(action).iter();
    let mut all: Vec<_> = named
        .map(|arn| match arn.as_ref() {
            "*" => OfCall::Unknown,
            arn => OfCall::Arn(arn.to_owned()),
        })
        .collect();
    if all.is_empty() || line.further_resources > 0 {
        all.push(OfCall::Unknown);
    }
    all
}

/// What AWS's denial names beyond the call's own actions: a service needed it for the caller.
fn denied(line: &Line<'_>) -> Option<Asked> {
    let denial = line.denial.as_ref()?;
    let action = denial.action.as_deref()?;
    let mut known = line.actions.iter().map(AsRef::as_ref).collect::<Vec<_>>();
    if !line.passed_roles.is_empty() {
        known.push(passed::PASS_ROLE);
    }
    if known.contains(&action) {
        return None;
    }
    let resource = match denial.resource.as_deref() {
        None | Some("*") => OfCall::Unknown,
        Some(arn) => OfCall::Arn(arn.to_owned()),
    };
    Some(asked_by(line, action, resource, Through::Others))
}

impl Asked {
    /// Whether it is on keys of KMS that are not known one by one. A record of an older credrun does not
    /// say then whether the call named one by an alias.
    pub(super) fn may_have_an_alias(&self) -> bool {
        matches!(&self.resource, OfCall::Arn(arn) if arn.ends_with(":key/*"))
    }

    pub(super) fn passes_a_role(&self) -> bool {
        passed::is_pass_role(&self.action)
    }
}
