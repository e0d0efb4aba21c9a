//! Actions that some requests need beside those of their operation: for tags, and for roles that they
//! pass. Not every account asks for them, so that `--allow` does not either; what `--deny` names must
//! not pass.

use super::action::Action;
use super::lists::Lists;
use super::lookup::lookup;
use super::needs::Needs;
use super::operation::{Meaning, Operation};
use super::pattern::Pattern;
use super::place::Place;
use super::request::Request;
use super::resources::roles::can_be_passed;
use super::resources::{Named, tagging_action};

const PASS_ROLE: Action = Action {
    service: "iam",
    name: "PassRole",
};

impl Lists {
    /// What the call needs beside its operation's actions, and a pattern of `--deny` fits. A body that
    /// cannot be read can ask for it.
    pub(crate) fn denied_beside(
        &self,
        meaning: &Meaning,
        request: &Request<'_>,
        place: &Place<'_>,
    ) -> Option<(Action, &Pattern)> {
        let mut asking = operations(meaning).filter(|one| self.deniable(one).next().is_some());
        asking.find_map(|operation| {
            if request.body.is_none() && operation.is_named_in_body() {
                return self.deniable(operation).next();
            }
            let needs = Needs::of(operation, request);
            let named = Named::of(operation, request, &needs, place);
            if named.is_cut {
                return self.deniable(operation).next();
            }
            let tagging = named.tagging.map(|(action, _)| action);
            let passes = (!named.roles.is_empty()).then_some(PASS_ROLE);
            let mut beside = tagging.into_iter().chain(passes);
            beside.find_map(|action| self.denied(action))
        })
    }

    /// Whether only the body says if `--deny` fits.
    pub(crate) fn ask_for_body(&self, request: &Request<'_>) -> bool {
        if self.deny.is_empty() {
            return false;
        }
        let meaning = lookup(request).unwrap_or(Meaning::Unknown(None));
        let mut named = operations(&meaning).filter(|one| one.is_named_in_body());
        named.any(|one| self.deniable(one).next().is_some())
    }

    /// What a request of the operation can need beside its actions, and a pattern of `--deny` fits.
    fn deniable(&self, operation: &Operation) -> impl Iterator<Item = (Action, &Pattern)> {
        let needs = Needs::by_table(operation);
        let passes = can_be_passed(operation.module, operation.name(), &needs);
        let beside = [tagging_action(operation), passes.then_some(PASS_ROLE)];
        let beside = beside.into_iter().flatten();
        beside.filter_map(|action| self.denied(action))
    }

    fn denied(&self, action: Action) -> Option<(Action, &Pattern)> {
        let pattern = self.deny.iter().find(|one| one.matches(action))?;
        Some((action, pattern))
    }
}

fn operations(meaning: &Meaning) -> impl Iterator<Item = &Operation> {
    let (first, others) = match meaning {
        Meaning::Known(first, others) => (Some(first), others.as_slice()),
        Meaning::Unknown(_) => (None, &[][..]),
    };
    first.into_iter().chain(others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::sample::{PLACE, Sample, form, json, signed};

    const ROLE: &str = "arn:aws:iam::123456789012:role/r";

    fn lists(deny: &str) -> Lists {
        let deny = deny.split_whitespace();
        Lists {
            allow: Vec::new(),
            deny: deny.map(|text| text.parse().expect("a pattern")).collect(),
        }
    }

    /// `ACTION by PATTERN`.
    fn denied(deny: &str, sample: &Sample) -> Option<String> {
        let (meaning, request) = (sample.meaning().expect("sound"), sample.request());
        let lists = lists(deny);
        let found = lists.denied_beside(&meaning, &request.expect("sound"), &PLACE);
        found.map(|(action, pattern)| format!("{action} by {pattern}"))
    }

    fn function(body: &str) -> Sample {
        signed("lambda", "POST", "/2015-03-31/functions").body(body)
    }

    #[test]
    fn a_tag_at_creation_is_denied_by_its_action() {
        let group = "Action=CreateSecurityGroup&Version=2016-11-15&GroupName=g";
        let tags = "TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=a";
        let tagged = form("ec2", &format!("{group}&{tags}"));
        assert_eq!(
            denied("ec2:CreateT*", &tagged).as_deref(),
            Some("ec2:CreateTags by ec2:CreateT*")
        );
        assert_eq!(denied("ec2:DeleteTags iam:PassRole", &tagged), None);
        assert_eq!(denied("ec2:CreateTags", &form("ec2", group)), None);
        let function = function(r#"{"FunctionName":"f","Tags":{"a":"b"}}"#);
        assert!(denied("lambda:TagResource", &function).is_some());
    }

    #[test]
    fn a_call_that_passes_a_role_is_denied_by_pass_role() {
        let passes = function(&format!(r#"{{"FunctionName":"f","Role":"{ROLE}"}}"#));
        for pattern in ["iam:PassRole", "iam:*", "*"] {
            let expected = format!("iam:PassRole by {pattern}");
            assert_eq!(denied(pattern, &passes), Some(expected));
        }
        assert_eq!(denied("iam:CreateRole", &passes), None);
        assert_eq!(
            denied("iam:PassRole", &function(r#"{"Runtime":"x"}"#)),
            None
        );
        let run = "Action=RunInstances&Version=2016-11-15&ImageId=ami-1";
        assert_eq!(denied("iam:PassRole", &form("ec2", run)), None);
        let run = format!("{run}&IamInstanceProfile.Name=p");
        assert!(denied("iam:PassRole", &form("ec2", &run)).is_some());
        let assume = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={ROLE}");
        assert_eq!(denied("iam:PassRole", &form("sts", &assume)), None);
    }

    #[test]
    fn a_body_is_asked_for_where_it_can_have_what_is_denied_and_is_denied_unread() {
        let create = signed("lambda", "POST", "/2015-03-31/functions");
        let asks = |deny: &str, sample: &Sample| {
            lists(deny).ask_for_body(&sample.request().expect("sound"))
        };
        assert!(asks("iam:PassRole", &create) && asks("lambda:TagResource", &create));
        assert!(!asks("iam:CreateRole", &create) && !asks("", &create));
        assert!(denied("iam:PassRole", &create).is_some());
        // What is sent there is the caller's own.
        let invoke = signed("lambda", "POST", "/2015-03-31/functions/f/invocations");
        assert!(!asks("iam:PassRole", &invoke));
        assert_eq!(denied("iam:PassRole", &invoke), None);
        let put = signed("s3", "PUT", "/b/k");
        assert!(!asks("iam:PassRole", &put) && denied("iam:PassRole", &put).is_none());
        // What only reads passes no role.
        let query = json("dynamodb", "DynamoDB_20120810.Query");
        assert_eq!(denied("iam:PassRole", &query), None);
    }

    #[test]
    fn a_role_that_is_no_member_of_the_operations_is_not_passed() {
        let variable = format!(
            r#"{{"FunctionName":"f","Environment":{{"Variables":{{"ROLE":"{ROLE}"}}}},"Tags":{{"role":"{ROLE}"}}}}"#
        );
        assert_eq!(denied("iam:PassRole", &function(&variable)), None);
        let context = format!(r#"{{"KeyId":"k","EncryptionContext":{{"role":"{ROLE}"}}}}"#);
        let encrypt = json("kms", "TrentService.Encrypt").body(&context);
        assert_eq!(denied("iam:PassRole", &encrypt), None);
        let flow =
            format!("Action=CreateFlowLogs&Version=2016-11-15&DeliverLogsPermissionArn={ROLE}");
        assert!(denied("iam:PassRole", &form("ec2", &flow)).is_some());
        let schedule = signed("scheduler", "POST", "/schedules/s");
        assert!(
            denied(
                "iam:PassRole",
                &schedule.body(&format!(r#"{{"Target":{{"RoleArn":"{ROLE}"}}}}"#))
            )
            .is_some()
        );
    }

    #[test]
    fn what_cannot_be_read_whole_is_denied() {
        let role = format!(r#""Role":"{ROLE}""#);
        let many = vec!["\"x\""; 5_000].join(",");
        let long = "x".repeat(300 * 1024);
        let longer = "x".repeat(5 * 1024 * 1024);
        let deep = format!("{}{}", "[".repeat(20), "]".repeat(20));
        for body in [
            format!(r#"{{"Unknown":[{many}],{role}}}"#),
            format!(r#"{{"Unknown":{{"a":"{longer}",{role}}}}}"#),
            format!(r#"{{"Unknown":{deep},{role}}}"#),
            format!("\u{feff}{{{role}}}"),
            format!("{{{role}}} {{}}"),
            format!("[{{{role}}}]"),
        ] {
            let start = body.get(..40).unwrap_or(&body);
            assert!(
                denied("iam:PassRole", &function(&body)).is_some(),
                "{start}"
            );
            assert_eq!(denied("iam:CreateRole", &function(&body)), None);
        }
        // The code of a function is long.
        let code = format!(r#"{{"FunctionName":"f","Code":{{"ZipFile":"{long}"}}}}"#);
        assert_eq!(denied("iam:PassRole", &function(&code)), None);
    }

    #[test]
    fn the_role_of_a_replication_is_in_xml() {
        let replicate = |role: &str| {
            let xml =
                format!("<ReplicationConfiguration><Role>{role}</Role></ReplicationConfiguration>");
            signed("s3", "PUT", "/b?replication").body(&xml)
        };
        let unread = signed("s3", "PUT", "/b?replication");
        assert!(lists("iam:PassRole").ask_for_body(&unread.request().expect("sound")));
        assert!(denied("iam:PassRole", &replicate(ROLE)).is_some());
        assert_eq!(denied("iam:PassRole", &replicate("")), None);
    }
}
