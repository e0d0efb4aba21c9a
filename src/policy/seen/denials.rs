//! Which calls were denied, by whom, and whether a policy is to allow them.

use crate::iam::denial::{Denial, PolicyKind};
use crate::iam::reference::takes_resources;
use crate::policy::denied::Denied;
use crate::policy::passed::is_pass_role;
use crate::record::line::{Line, LineVerdict};

impl Denied {
    /// What only a client reports as denied, anybody in the container can have made up.
    pub(super) fn includes(self, why: &Why, verdict: LineVerdict) -> bool {
        match self {
            Self::LeftOut => false,
            Self::ForWantOfRights if verdict == LineVerdict::Observed => false,
            Self::ForWantOfRights => match why {
                Why::Rule(_) | Why::Credrun(_) => false,
                Why::Aws { is_explicit, .. } => !is_explicit,
                Why::Unsaid => true,
            },
            Self::Included => why.is_about_rights(),
        }
    }
}

/// Who denied a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// `--deny s3:Delete*`
    Rule(String),
    /// credrun, for another reason than rights: a signature.
    Credrun(String),
    Aws {
        policy: Option<PolicyKind>,
        is_explicit: bool,
        policy_arn: Option<String>,
    },
    /// AWS, without a reason.
    Unsaid,
}

impl Why {
    /// Whether the call would have been allowed with more rights.
    pub(super) fn is_about_rights(&self) -> bool {
        !matches!(self, Self::Credrun(_))
    }
}

/// A denied call, as it is told: the action, or all that the call needs where nobody says which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DeniedCall {
    /// `s3:GetObject or s3:PutObject`; the operation, where no action is known.
    pub(crate) action: String,
    pub(crate) resource: Option<String>,
    pub(crate) why: Why,
}

/// Why the call was denied. None if it was not.
pub(super) fn of(line: &Line<'_>) -> Option<Why> {
    match line.verdict {
        LineVerdict::Refused => {
            let rule = line.rule.as_deref().unwrap_or_default().to_owned();
            let is_list = rule.starts_with("--allow") || rule.starts_with("--deny");
            Some(if is_list {
                Why::Rule(rule)
            } else {
                Why::Credrun(rule)
            })
        }
        LineVerdict::Failed => None,
        LineVerdict::Passed | LineVerdict::Observed => match &line.denial {
            Some(denial) => Some(of_denial(denial)),
            None => Denial::of(line.status, line.error.as_deref(), None).map(|_| Why::Unsaid),
        },
    }
}

fn of_denial(denial: &Denial) -> Why {
    if denial.policy.is_none() && !denial.is_explicit {
        return Why::Unsaid;
    }
    Why::Aws {
        policy: denial.policy,
        is_explicit: denial.is_explicit,
        policy_arn: denial.policy_arn.clone(),
    }
}

/// The denied call, for each resource of the action that was denied. AWS's words come first.
pub(super) fn calls(line: &Line<'_>, why: &Why) -> Vec<DeniedCall> {
    let named = line.denial.as_ref();
    let told = named.and_then(|denial| denial.action.as_deref());
    let told = told.or(line.refused_action.as_deref());
    // Any of them can be the one that was denied.
    let action = match (told, line.actions.as_slice()) {
        (Some(told), _) => told.to_owned(),
        (None, []) => {
            let operation = line.operation.as_deref();
            operation.unwrap_or("an unknown operation").to_owned()
        }
        (None, actions) => actions.join(" or "),
    };
    let resource = named.and_then(|denial| denial.resource.clone());
    let of_action = match line.resources_of.get(action.as_str()) {
        Some(resources) => resources,
        None if is_pass_role(&action) => &line.passed_roles,
        None => &line.resources,
    };
    let resources = match resource {
        Some(resource) => vec![resource],
        None => of_action.iter().map(ToString::to_string).collect(),
    };
    let call = |resource| DeniedCall {
        action: action.clone(),
        resource,
        why: why.clone(),
    };
    match resources.is_empty() {
        true => vec![call(None)],
        false => resources.into_iter().map(Some).map(call).collect(),
    }
}

/// The actions of the line. Where AWS names one, a guess of the tables for the same service does not
/// count.
pub(super) fn needed<'l>(line: &'l Line<'_>) -> impl Iterator<Item = &'l str> {
    let named = line
        .denial
        .as_ref()
        .and_then(|denial| denial.action.as_deref());
    let service = named
        .and_then(|action| action.split_once(':'))
        .map(|(service, _)| service);
    let is_guess = move |action: &str| {
        let of = action.split_once(':').map(|(service, _)| service);
        service.is_some() && of == service && takes_resources(action).is_none()
    };
    let actions = line.actions.iter().map(AsRef::as_ref);
    actions.filter(move |action| !is_guess(action) || named == Some(action))
}
