//! What `--allow` and `--deny` say to a call.

use super::action::{Action, level};
use super::needs::Needs;
use super::operation::Meaning;
use super::pattern::Pattern;
use super::request::Request;

/// The patterns of a run. Without any, every call passes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    pub allow: Vec<Pattern>,
    pub deny: Vec<Pattern>,
}

/// What they say, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It may pass.
    Allowed,
    /// A pattern of `--deny` fits this action.
    Denied(Action, &'a Pattern),
    /// A pattern of `--deny` is for the service of this action, which AWS's reference does not have: AWS
    /// may ask for one with another name.
    Uncertain(Action, &'a Pattern),
    /// No pattern of `--allow` fits these actions, which are one or more.
    NotAllowed(Vec<Action>),
    /// Which actions the call needs is not known, and there are lists.
    Unknown,
}

impl Lists {
    #[must_use]
    pub fn are_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// Decides on a call. Each action of each operation that it can be must be allowed.
    #[must_use]
    pub fn decide(&self, meaning: &Meaning, request: &Request<'_>) -> Verdict<'_> {
        if self.are_empty() {
            return Verdict::Allowed;
        }
        let Meaning::Known(first, others) = meaning else {
            return Verdict::Unknown;
        };
        let operations = std::iter::once(first).chain(others);
        let needs: Vec<_> = operations.map(|one| Needs::of(one, request)).collect();
        self.decide_on(&needs)
    }

    fn decide_on(&self, needs: &[Needs]) -> Verdict<'_> {
        if needs.iter().any(|needs| needs.certain.is_empty()) {
            return Verdict::Unknown;
        }
        let all = || needs.iter().flat_map(|needs| &needs.certain);
        for action in all() {
            if let Some(pattern) = self.deny.iter().find(|one| one.matches(*action)) {
                return Verdict::Denied(*action, pattern);
            }
        }
        if let Some((action, pattern)) = all().find_map(|action| self.uncertain(*action)) {
            return Verdict::Uncertain(action, pattern);
        }
        if self.allow.is_empty() {
            return Verdict::Allowed;
        }
        // What needs no permission needs no pattern.
        let asked = needs.iter().filter(|needs| !needs.none);
        let asked = asked.flat_map(|needs| &needs.certain);
        let mut missing: Vec<Action> = Vec::new();
        for action in asked {
            let is_allowed = self.allow.iter().any(|one| one.matches(*action));
            if !is_allowed && !missing.contains(action) {
                missing.push(*action);
            }
        }
        match missing.is_empty() {
            true => Verdict::Allowed,
            false => Verdict::NotAllowed(missing),
        }
    }

    /// The action, and a pattern of `--deny` that could be meant for it by another name. One that `--allow`
    /// names without a wildcard is meant to pass.
    fn uncertain(&self, action: Action) -> Option<(Action, &Pattern)> {
        if level(action).is_some() || self.allow.iter().any(|one| one.is_exactly(action)) {
            return None;
        }
        let pattern = self.deny.iter().find(|one| one.is_of(action.service))?;
        Some((action, pattern))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::sample::{Sample, form, json, signed};

    fn patterns(texts: &str) -> Vec<Pattern> {
        let texts = texts.split_whitespace();
        texts.map(|text| text.parse().expect("a pattern")).collect()
    }

    /// `allowed`, `denied ACTION by PATTERN`, `not allowed ACTION`, `unknown`.
    fn verdict(allow: &str, deny: &str, sample: &Sample) -> String {
        let lists = Lists {
            allow: patterns(allow),
            deny: patterns(deny),
        };
        let meaning = sample.meaning().expect("sound");
        match lists.decide(&meaning, &sample.request().expect("sound")) {
            Verdict::Allowed => "allowed".to_owned(),
            Verdict::Denied(action, pattern) => format!("denied {action} by {pattern}"),
            Verdict::NotAllowed(actions) => {
                let names: Vec<_> = actions.iter().map(ToString::to_string).collect();
                format!("not allowed {}", names.join(" "))
            }
            Verdict::Uncertain(action, pattern) => format!("uncertain {action} by {pattern}"),
            Verdict::Unknown => "unknown".to_owned(),
        }
    }

    fn copy() -> Sample {
        signed("s3", "PUT", "/b/k")
            .header("x-amz-copy-source", "b/k")
            .header("x-amz-tagging-directive", "REPLACE")
    }

    #[test]
    fn without_lists_everything_passes() {
        assert_eq!(verdict("", "", &copy()), "allowed");
        assert_eq!(verdict("", "", &json("future", "A.B")), "allowed");
    }

    #[test]
    fn each_action_of_a_call_needs_leave() {
        assert_eq!(
            verdict("s3:PutObject", "", &copy()),
            "not allowed s3:GetObject"
        );
        assert_eq!(
            verdict("s3:GetObject", "", &copy()),
            "not allowed s3:PutObject"
        );
        assert_eq!(
            verdict("s3:List*", "", &copy()),
            "not allowed s3:GetObject s3:PutObject"
        );
        assert_eq!(verdict("s3:GetObject s3:Put*", "", &copy()), "allowed");
    }

    #[test]
    fn deny_wins_and_the_rule_is_named() {
        assert_eq!(
            verdict("*", "s3:GetO*", &copy()),
            "denied s3:GetObject by s3:GetO*"
        );
        assert_eq!(
            verdict("s3:PutObject", "s3:PutObject", &copy()),
            "denied s3:PutObject by s3:PutObject"
        );
    }

    #[test]
    fn with_deny_alone_the_rest_passes() {
        assert_eq!(verdict("", "s3:DeleteObject", &copy()), "allowed");
    }

    #[test]
    fn an_unknown_operation_passes_no_list() {
        let unknown = json("dynamodb", "DynamoDB_20120810.FutureItem");
        for (allow, deny) in [("*", ""), ("", "s3:DeleteObject"), ("read-only", "")] {
            assert_eq!(verdict(allow, deny, &unknown), "unknown");
        }
    }

    #[test]
    fn read_only_lets_reading_through() {
        let get = json("dynamodb", "DynamoDB_20120810.GetItem");
        let put = json("dynamodb", "DynamoDB_20120810.PutItem");
        assert_eq!(verdict("read-only", "", &get), "allowed");
        assert_eq!(
            verdict("read-only", "", &put),
            "not allowed dynamodb:PutItem"
        );
        assert_eq!(
            verdict("read-only", "", &copy()),
            "not allowed s3:PutObject"
        );
        // Reads that give secrets away are taken out by name.
        let secret = json("secretsmanager", "secretsmanager.GetSecretValue");
        assert_eq!(verdict("read-only", "", &secret), "allowed");
        assert_eq!(
            verdict("read-only", "secretsmanager:Get*", &secret),
            "denied secretsmanager:GetSecretValue by secretsmanager:Get*"
        );
    }

    #[test]
    fn what_needs_no_permission_needs_no_pattern_and_can_be_denied() {
        let who = form("sts", "Action=GetCallerIdentity&Version=2011-06-15");
        assert_eq!(verdict("s3:*", "", &who), "allowed");
        assert_eq!(
            verdict("s3:*", "sts:*", &who),
            "denied sts:GetCallerIdentity by sts:*"
        );
    }

    #[test]
    fn possible_actions_are_not_asked_for() {
        let run = json("ecs", "AmazonEC2ContainerServiceV20141113.RunTask");
        assert_eq!(verdict("ecs:RunTask", "iam:PassRole", &run), "allowed");
    }

    #[test]
    fn a_call_without_a_known_action_passes_no_list() {
        let lists = Lists {
            allow: patterns("*"),
            deny: Vec::new(),
        };
        let nothing = Needs {
            certain: Vec::new(),
            possible: Vec::new(),
            none: false,
        };
        assert_eq!(lists.decide_on(&[nothing]), Verdict::Unknown);
    }

    #[test]
    fn an_action_that_the_reference_does_not_have_may_be_what_deny_means() {
        // Its actions have names of their own, as Drop.
        let drop = json("cassandra", "KeyspacesService.DeleteKeyspace");
        let uncertain = "uncertain cassandra:DeleteKeyspace by cassandra:Drop";
        assert_eq!(verdict("", "cassandra:Drop", &drop), uncertain);
        assert_eq!(verdict("*", "cassandra:Drop", &drop), uncertain);
        let named = "cassandra:DeleteKeyspace";
        assert_eq!(verdict(named, "cassandra:Drop", &drop), "allowed");
        assert_eq!(verdict("", "s3:Delete*", &drop), "allowed");
        assert_eq!(verdict("cassandra:*", "", &drop), "allowed");
        let get = json("dynamodb", "DynamoDB_20120810.GetItem");
        assert_eq!(verdict("", "dynamodb:Delete*", &get), "allowed");
    }

    #[test]
    fn jobs_and_directory_buckets_have_services_of_their_own() {
        let job = signed("iot-jobs-data", "GET", "/things/t/jobs/j");
        let denied = "denied iotjobsdata:DescribeJobExecution by iotjobsdata:*";
        assert_eq!(verdict("", "iotjobsdata:*", &job), denied);
        let get = signed("s3express", "GET", "/b--usw2-az1--x-s3/key");
        let denied = "denied s3express:CreateSession by s3express:*";
        assert_eq!(verdict("", "s3express:*", &get), denied);
        let copy =
            signed("s3", "PUT", "/b/k").header("x-amz-copy-source", "%2Fb--usw2-az1--x-s3%2Fkey");
        assert_eq!(verdict("", "s3express:*", &copy), denied);
    }

    #[test]
    fn a_call_that_can_be_several_operations_must_be_allowed_as_each() {
        let lists = Lists {
            allow: patterns("lex:ListBots"),
            deny: Vec::new(),
        };
        let one = |name| Needs {
            certain: vec![Action {
                service: "lex",
                name,
            }],
            possible: Vec::new(),
            none: false,
        };
        assert_eq!(lists.decide_on(&[one("ListBots")]), Verdict::Allowed);
        let both = [one("ListBots"), one("GetBot")];
        assert_eq!(
            lists.decide_on(&both),
            Verdict::NotAllowed(vec![both[1].certain[0]])
        );
    }
}
