//! The calls that AWS denied, grouped by action and by what AWS gives as the reason. What is kept is
//! bounded, whatever the container calls.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Call, Need, Verdict};
use crate::iam::denial::{Denial, PolicyKind};

/// As many kinds of denials are kept.
const MOST: usize = 200;
/// As many resources of an action.
const RESOURCES: usize = 50;
/// As many bytes of names and ARNs in all.
const ROOM: usize = 512 * 1024;

/// Calls that AWS denied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denials {
    /// How many there were.
    pub calls: u64,
    /// In the order in which they first came.
    kinds: Vec<Denied>,
    room_taken: usize,
}

/// Calls that AWS denied for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Denied {
    /// The action that AWS names, or all that the call needs, each with the ARNs that are known.
    pub actions: BTreeMap<String, BTreeSet<String>>,
    pub calls: u64,
    /// AWS has named the action.
    pub is_action_told: bool,
    #[serde(flatten)]
    pub reason: Reason,
    /// How many resources are not listed, because there are too many. One that comes again counts
    /// again.
    pub further_resources: u64,
    /// Not in the report.
    #[serde(skip)]
    pub for_call: Option<ForCall>,
}

/// The call of another service, where AWS names an action that the service needed for the caller:
/// `iam:PassRole`, `kms:Decrypt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForCall {
    /// botocore's name of the service.
    pub module: &'static str,
    pub operation: Option<&'static str>,
    pub region: Option<String>,
}

/// What AWS gives as the reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Reason {
    /// None where AWS does not say it.
    pub policy: Option<PolicyKind>,
    pub is_explicit: bool,
    pub policy_arn: Option<String>,
}

impl Denials {
    pub(super) fn add(&mut self, call: &Call) {
        let Some(denial) = &call.denial else {
            return;
        };
        if !matches!(call.verdict, Verdict::Passed | Verdict::Observed) {
            return;
        }
        self.calls += 1;
        let needs = needs(denial, &call.needs);
        let Some(index) = self.index_of(Denied::without_calls(denial, call, &needs)) else {
            return;
        };
        self.count(index, needs);
        if let (None, Some(kind)) = (&denial.resource, self.kinds.get_mut(index)) {
            kind.further_resources += call.further_resources as u64;
        }
    }

    /// Where calls of this kind are counted. None where there is no room for another kind.
    fn index_of(&mut self, kind: Denied) -> Option<usize> {
        let known = self.kinds.iter().position(|one| one.is_like(&kind));
        if known.is_some() {
            return known;
        }
        let names = kind.actions.keys().map(String::len).sum::<usize>();
        let length = names + kind.reason.policy_arn.as_ref().map_or(0, String::len);
        if self.kinds.len() >= MOST || self.room_taken + length > ROOM {
            return None;
        }
        self.room_taken += length;
        self.kinds.push(kind);
        Some(self.kinds.len() - 1)
    }

    fn count(&mut self, index: usize, needs: BTreeMap<String, Vec<String>>) {
        let mut taken = self.room_taken;
        let Some(kind) = self.kinds.get_mut(index) else {
            return;
        };
        kind.calls += 1;
        for (action, resources) in needs {
            let Some(known) = kind.actions.get_mut(&action) else {
                continue;
            };
            for resource in resources {
                if known.contains(&resource) {
                    continue;
                }
                if known.len() < RESOURCES && taken + resource.len() <= ROOM {
                    taken += resource.len();
                    known.insert(resource);
                } else {
                    kind.further_resources += 1;
                }
            }
        }
        self.room_taken = taken;
    }

    /// The most frequent first; of those that are as frequent, what came first.
    #[must_use]
    pub fn most_frequent(&self) -> Vec<&Denied> {
        let mut all: Vec<_> = self.kinds.iter().collect();
        all.sort_by_key(|denied| std::cmp::Reverse(denied.calls));
        all
    }

    /// How many are of no kind that is kept.
    #[must_use]
    pub fn of_other_kinds(&self) -> u64 {
        let kept: u64 = self.kinds.iter().map(|denied| denied.calls).sum();
        self.calls.saturating_sub(kept)
    }
}

impl Denied {
    fn without_calls(denial: &Denial, call: &Call, needs: &BTreeMap<String, Vec<String>>) -> Self {
        let actions = needs.keys().map(|action| (action.clone(), BTreeSet::new()));
        Self {
            actions: actions.collect(),
            calls: 0,
            is_action_told: denial.action.is_some(),
            reason: Reason {
                policy: denial.policy,
                is_explicit: denial.is_explicit,
                policy_arn: denial.policy_arn.clone(),
            },
            further_resources: 0,
            for_call: for_call(denial, call),
        }
    }

    /// Whether it has the same actions, denied for the same reason.
    fn is_like(&self, other: &Self) -> bool {
        self.is_action_told == other.is_action_told
            && self.reason == other.reason
            && self.for_call == other.for_call
            && self.actions.keys().eq(other.actions.keys())
    }
}

impl FromIterator<Denied> for Denials {
    fn from_iter<I: IntoIterator<Item = Denied>>(kinds: I) -> Self {
        let kinds: Vec<_> = kinds.into_iter().collect();
        Self {
            calls: kinds.iter().map(|denied| denied.calls).sum(),
            kinds,
            room_taken: 0,
        }
    }
}

fn for_call(denial: &Denial, call: &Call) -> Option<ForCall> {
    /// No region has a longer name.
    const LONGEST_REGION: usize = 64;
    let service = denial.action.as_deref()?.split(':').next()?;
    let module = call.module?;
    let is_of_another = ["iam", "kms"].contains(&service) && service != module;
    is_of_another.then(|| ForCall {
        module,
        operation: call.operation,
        region: call
            .region
            .clone()
            .filter(|region| region.len() <= LONGEST_REGION),
    })
}

/// What was missing: the action that AWS names, or all that the call needs.
fn needs(denial: &Denial, needs: &[Need]) -> BTreeMap<String, Vec<String>> {
    let Some(told) = &denial.action else {
        let all = needs.iter();
        return all
            .map(|need| (need.action.clone(), need.resources.clone()))
            .collect();
    };
    let need = needs.iter().find(|need| need.action == *told);
    let resources = match (&denial.resource, need) {
        (Some(told), _) => vec![told.clone()],
        (None, Some(need)) => need.resources.clone(),
        (None, None) => Vec::new(),
    };
    BTreeMap::from([(told.clone(), resources)])
}

#[cfg(test)]
mod tests {
    use super::super::summary::tests::call;
    use super::*;

    fn denied(needs: &[(&str, &[&str])], denial: Denial) -> Call {
        let need = |&(action, resources): &(&str, &[&str])| Need {
            action: action.to_owned(),
            resources: resources.iter().map(|&one| one.to_owned()).collect(),
        };
        Call {
            needs: needs.iter().map(need).collect(),
            denial: Some(denial),
            status: 403,
            ..call(Verdict::Passed, &[])
        }
    }

    fn told(action: &str, resource: Option<&str>) -> Denial {
        Denial {
            action: Some(action.to_owned()),
            resource: resource.map(str::to_owned),
            policy: Some(PolicyKind::IdentityBased),
            ..Denial::default()
        }
    }

    fn of(calls: impl IntoIterator<Item = Call>) -> Denials {
        let mut denials = Denials::default();
        calls.into_iter().for_each(|call| denials.add(&call));
        denials
    }

    fn resources(denied: &Denied) -> Vec<(&str, Vec<&str>)> {
        let each = denied.actions.iter();
        each.map(|(action, on)| (action.as_str(), on.iter().map(String::as_str).collect()))
            .collect()
    }

    #[test]
    fn what_aws_names_beats_what_the_call_needs_and_fills_in_what_aws_leaves_out() {
        let create: &[(&str, &[&str])] = &[("lambda:CreateFunction", &["arn:f"])];
        let denials = of([
            denied(create, told("iam:PassRole", Some("arn:role"))),
            denied(create, told("lambda:CreateFunction", None)),
            denied(create, told("kms:Decrypt", None)),
        ]);
        let all: Vec<_> = denials.most_frequent().into_iter().map(resources).collect();
        assert_eq!(
            all,
            [
                [("iam:PassRole", vec!["arn:role"])],
                [("lambda:CreateFunction", vec!["arn:f"])],
                [("kms:Decrypt", vec![])],
            ]
        );
    }

    #[test]
    fn denials_of_one_action_and_reason_are_counted_together_and_the_most_frequent_comes_first() {
        let get = |key: &str| {
            denied(
                &[("s3:GetObject", &[])],
                told("s3:GetObject", Some(&format!("arn:aws:s3:::b/{key}"))),
            )
        };
        let put = denied(
            &[("s3:PutObject", &["arn:aws:s3:::b/k"])],
            Denial::default(),
        );
        let denials = of([put, get("1"), get("2"), get("1")]);
        assert_eq!(denials.calls, 4);
        let all = denials.most_frequent();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].calls, all[0].is_action_told), (3, true));
        assert_eq!(
            resources(all[0]),
            [("s3:GetObject", vec!["arn:aws:s3:::b/1", "arn:aws:s3:::b/2"])]
        );
        assert_eq!((all[1].calls, all[1].is_action_told), (1, false));
    }

    #[test]
    fn another_reason_is_another_kind() {
        let get = |is_explicit| {
            let denial = Denial {
                is_explicit,
                ..told("s3:GetObject", None)
            };
            denied(&[], denial)
        };
        assert_eq!(of([get(true), get(false)]).most_frequent().len(), 2);
    }

    #[test]
    fn a_call_that_did_not_get_to_aws_was_not_denied_by_it() {
        let mut refused = denied(&[], Denial::default());
        refused.verdict = Verdict::Failed;
        assert_eq!(of([refused]), Denials::default());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let long = "k".repeat(1000);
        let on = |action: String, number: usize| {
            denied(&[], told(&action, Some(&format!("arn:{long}{number}"))))
        };
        let kinds = (0..1000).map(|number| on(format!("a:B{number}"), number));
        let resources = (0..1000).map(|number| on("a:B0".to_owned(), number));
        let denials = of(kinds.chain(resources));
        assert_eq!(denials.calls, 2000);
        assert_eq!(denials.kinds.len(), MOST);
        assert_eq!(denials.of_other_kinds(), 800);
        assert!(denials.room_taken <= ROOM);
        let most = denials.most_frequent();
        assert_eq!(most[0].calls, 1001);
        assert_eq!(most[0].actions["a:B0"].len(), RESOURCES);
        assert_eq!(most[0].further_resources, 950);
    }
}
