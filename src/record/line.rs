//! A call as a line of `--record`: JSON, with the same keys in each. A length is bounded whatever
//! the container sends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Call, Need, Verdict};
use crate::iam::denial::Denial;
use crate::timestamp::iso8601_millis;

/// No name, code or region is longer.
const LONGEST: usize = 256;
/// The ARNs of a list are at most as long together, as JSON has them. One call can name a thousand
/// objects.
const RESOURCES: usize = 8 * 1024;
/// A longer ARN of a denial is left out: what is cut would be another.
const LONGEST_DENIED: usize = 5 * 1024;

/// No line is longer. A call needs eight actions at most, each with a list of its own.
pub(crate) const LONGEST_LINE: usize = 128 * 1024;

/// A line. What few calls have is left out where it is empty.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Line<'a> {
    /// How many lines of the run are in no file. The first line of a file has it.
    #[serde(default, skip_serializing)]
    pub(crate) lines_lost: u64,
    /// How many lines of the run, those just before this one, are in the file that was put aside.
    #[serde(default, skip_serializing)]
    pub(crate) lines_put_aside: u64,
    pub(crate) time: Cow<'a, str>,
    pub(crate) verdict: LineVerdict,
    /// What refused it.
    pub(crate) rule: Option<Cow<'a, str>>,
    /// The action that the rule does not let through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused_action: Option<Cow<'a, str>>,
    pub(crate) module: Option<Cow<'a, str>>,
    pub(crate) operation: Option<Cow<'a, str>>,
    pub(crate) actions: Vec<Cow<'a, str>>,
    /// What the call is about, each once, as IAM's patterns.
    pub(crate) resources: Vec<Cow<'a, str>>,
    /// How many resources are not listed, because there are too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) further_resources: usize,
    /// Each action with its resources. Left out where every action is needed on all resources.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) resources_of: BTreeMap<Cow<'a, str>, Vec<Cow<'a, str>>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) created: Vec<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) passed_roles: Vec<Cow<'a, str>>,
    /// Each action with the alias by which the call names its key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) key_aliases: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) kms_keys: Vec<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) denial: Option<Denial>,
    pub(crate) region: Option<Cow<'a, str>>,
    pub(crate) status: u16,
    pub(crate) error: Option<Cow<'a, str>>,
    pub(crate) request_id: Option<Cow<'a, str>>,
    pub(crate) attempt: Option<u32>,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) milliseconds: u64,
}

impl<'a> Line<'a> {
    /// What the action is needed on.
    pub(crate) fn resources_for(&self, action: &str) -> &[Cow<'a, str>] {
        match self.resources_of.is_empty() {
            true => &self.resources,
            false => self.resources_of.get(action).map_or(&[], Vec::as_slice),
        }
    }
}

/// [`Verdict`], as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LineVerdict {
    Passed,
    Refused,
    Failed,
    Observed,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The line, with its end.
pub(super) fn line(call: &Call) -> Vec<u8> {
    let (verdict, rule, refused_action) = match &call.verdict {
        Verdict::Passed => (LineVerdict::Passed, None, None),
        Verdict::Refused { rule, action } => (LineVerdict::Refused, Some(rule), action.as_deref()),
        Verdict::Failed => (LineVerdict::Failed, None, None),
        Verdict::Observed => (LineVerdict::Observed, None, None),
    };
    let all = all_resources(&call.needs);
    let resources = first_of(&all);
    let clipped = |text: &'_ Option<String>| text.as_deref().map(clip).map(str::to_owned);
    let line = Line {
        lines_lost: 0,
        lines_put_aside: 0,
        time: iso8601_millis(call.time).into(),
        verdict,
        rule: rule.map(|rule| clip(rule).into()),
        refused_action: refused_action.map(|action| clip(action).into()),
        module: call.module.map(Cow::Borrowed),
        operation: call.operation.map(Cow::Borrowed),
        actions: call
            .needs
            .iter()
            .map(|need| clip(&need.action).into())
            .collect(),
        further_resources: all.len() - resources.len() + call.further_resources,
        resources_of: each(&call.needs, all.len()),
        resources,
        created: first_of(&call.created),
        passed_roles: first_of(&call.passed_roles),
        key_aliases: call
            .key_aliases
            .iter()
            .map(|(action, alias)| (clip(action).into(), clip(alias).into()))
            .collect(),
        kms_keys: first_of(&call.kms_keys),
        denial: call.denial.as_ref().map(clip_denial),
        region: clipped(&call.region).map(Cow::Owned),
        status: call.status,
        error: clipped(&call.error).map(Cow::Owned),
        request_id: clipped(&call.request_id).map(Cow::Owned),
        attempt: call.attempt,
        bytes_sent: call.sent,
        bytes_received: call.received,
        milliseconds: u64::try_from(call.duration.as_millis()).unwrap_or(u64::MAX),
    };
    // Only text and numbers, so serializing cannot fail.
    let mut json = serde_json::to_vec(&line).unwrap_or_default();
    json.push(b'\n');
    json
}

/// The resources of all actions, each once.
fn all_resources(needs: &[Need]) -> Vec<&String> {
    let mut all: Vec<&String> = Vec::new();
    for resource in needs.iter().flat_map(|need| &need.resources) {
        if !all.contains(&resource) {
            all.push(resource);
        }
    }
    all
}

/// Each action with its resources, unless all have all.
fn each(needs: &[Need], all: usize) -> BTreeMap<Cow<'_, str>, Vec<Cow<'_, str>>> {
    if needs.iter().all(|need| need.resources.len() == all) {
        return BTreeMap::new();
    }
    let each = needs.iter();
    each.map(|need| (clip(&need.action).into(), first_of(&need.resources)))
        .collect()
}

fn first_of<T: AsRef<str>>(resources: &[T]) -> Vec<Cow<'_, str>> {
    let mut room = RESOURCES;
    let fits = |one: &&T| {
        let left = room.checked_sub(in_json(one.as_ref()));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let fitting = resources.iter().take_while(fits);
    fitting.map(|one| Cow::Borrowed(one.as_ref())).collect()
}

/// How many bytes JSON needs for it, at most.
fn in_json(text: &str) -> usize {
    let bytes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    });
    bytes.sum()
}

fn clip_denial(denial: &Denial) -> Denial {
    let short = |arn: &Option<String>, most: usize| arn.clone().filter(|arn| arn.len() <= most);
    Denial {
        action: denial.action.as_deref().map(clip).map(str::to_owned),
        resource: short(&denial.resource, LONGEST_DENIED),
        policy_arn: short(&denial.policy_arn, 2 * LONGEST),
        ..denial.clone()
    }
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn need(action: &str, resources: &[&str]) -> Need {
        Need {
            action: action.to_owned(),
            resources: resources.iter().map(|&one| one.to_owned()).collect(),
        }
    }

    fn call() -> Call {
        Call {
            module: Some("s3"),
            operation: Some("DeleteObject"),
            needs: vec![need("s3:DeleteObject", &["arn:aws:s3:::b/k"])],
            region: Some("eu-west-1".to_owned()),
            verdict: Verdict::Refused {
                rule: "--deny s3:Delete*".to_owned(),
                action: Some("s3:DeleteObject".to_owned()),
            },
            status: 403,
            error: Some("AccessDenied".to_owned()),
            request_id: Some("credrun-7".to_owned()),
            sent: 12,
            received: 345,
            duration: Duration::from_micros(6_700),
            attempt: Some(2),
            ..Call::begun(UNIX_EPOCH + Duration::from_millis(1_728_549_858_250))
        }
    }

    fn text(call: &Call) -> String {
        String::from_utf8(line(call)).expect("JSON is UTF-8")
    }

    #[test]
    fn a_line_says_what_was_called_and_what_became_of_it() {
        assert_eq!(
            text(&call()),
            "{\"Time\":\"2024-10-10T08:44:18.250Z\",\"Verdict\":\"refused\",\
             \"Rule\":\"--deny s3:Delete*\",\"RefusedAction\":\"s3:DeleteObject\",\"Module\":\"s3\",\"Operation\":\"DeleteObject\",\
             \"Actions\":[\"s3:DeleteObject\"],\"Resources\":[\"arn:aws:s3:::b/k\"],\
             \"Region\":\"eu-west-1\",\"Status\":403,\"Error\":\"AccessDenied\",\
             \"RequestId\":\"credrun-7\",\"Attempt\":2,\"BytesSent\":12,\"BytesReceived\":345,\
             \"Milliseconds\":6}\n"
        );
    }

    #[test]
    fn what_is_not_known_is_null() {
        let unknown = Call {
            module: None,
            operation: None,
            region: None,
            error: None,
            request_id: None,
            attempt: None,
            verdict: Verdict::Failed,
            ..call()
        };
        let line: serde_json::Value = serde_json::from_str(&text(&unknown)).expect("JSON");
        for key in [
            "Rule",
            "Module",
            "Operation",
            "Region",
            "Error",
            "RequestId",
            "Attempt",
        ] {
            assert!(line[key].is_null() && line.get(key).is_some(), "{key}");
        }
    }

    #[test]
    fn a_line_is_one_line_and_bounded_whatever_the_container_sends() {
        let name = "\u{1}".repeat(100_000);
        let arns = |kind: &str| -> Vec<String> {
            let arn = |n| format!("{n:05}{kind}{}", "arn:aws:s3:::b/\u{1}\"".repeat(10));
            (0..100).map(arn).collect()
        };
        let need = |action: usize| Need {
            action: format!("{action}{}", "a".repeat(LONGEST)),
            resources: arns(&action.to_string()),
        };
        let hostile = Call {
            needs: (0..8).map(need).collect(),
            created: arns("created"),
            passed_roles: arns("role"),
            kms_keys: arns("key"),
            denial: Some(Denial {
                action: Some("a".repeat(1000)),
                resource: Some("\"".repeat(LONGEST_DENIED)),
                policy_arn: Some("\"".repeat(2 * LONGEST)),
                ..Denial::default()
            }),
            region: Some(name.clone()),
            error: Some(name.clone()),
            request_id: Some(name.clone()),
            verdict: Verdict::Refused {
                rule: name.clone(),
                action: Some(name),
            },
            ..call()
        };
        let text = text(&hostile);
        assert!(text.len() <= LONGEST_LINE, "{}", text.len());
        assert_eq!(text.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let listed = line["Resources"].as_array().map_or(0, Vec::len);
        assert!(listed > 0);
        assert_eq!(line["FurtherResources"], 800 - listed);
    }

    #[test]
    fn each_action_is_listed_with_its_resources_where_they_differ() {
        let copy = Call {
            needs: vec![
                need("s3:GetObject", &["arn:aws:s3:::a/k"]),
                need("s3:PutObject", &["arn:aws:s3:::b/k"]),
            ],
            ..call()
        };
        let line: serde_json::Value = serde_json::from_str(&text(&copy)).expect("JSON");
        assert_eq!(line["Resources"].as_array().map(Vec::len), Some(2));
        assert_eq!(line["ResourcesOf"]["s3:GetObject"][0], "arn:aws:s3:::a/k");
        assert_eq!(line["ResourcesOf"]["s3:PutObject"][0], "arn:aws:s3:::b/k");
    }

    #[test]
    fn what_a_call_has_no_room_for_is_counted_with_what_a_line_has_none_for() {
        let many = Call {
            needs: vec![need(
                "s3:DeleteObject",
                &["x".repeat(5000).as_str(), "y".repeat(5000).as_str()],
            )],
            further_resources: 900,
            ..call()
        };
        let line: serde_json::Value = serde_json::from_str(&text(&many)).expect("JSON");
        assert_eq!(line["FurtherResources"], 901);
    }

    #[test]
    fn an_arn_of_a_denial_is_whole_or_left_out() {
        let on = |length: usize| {
            let denial = Some(Denial {
                resource: Some("${*}".repeat(length)),
                ..Denial::default()
            });
            let text = text(&Call { denial, ..call() });
            let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            line["Denial"]["Resource"].as_str().map(str::len)
        };
        assert_eq!(on(1024), Some(4096));
        assert_eq!(on(2000), None);
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let denied = Call {
            denial: Some(Denial {
                action: Some("iam:PassRole".to_owned()),
                policy: Some(crate::iam::denial::PolicyKind::IdentityBased),
                ..Denial::default()
            }),
            created: vec!["arn:aws:sns:eu-west-1:1:t".to_owned()],
            ..call()
        };
        let written = text(&denied);
        let read: Line<'_> = serde_json::from_str(&written).expect("a line");
        assert_eq!(serde_json::to_string(&read).expect("JSON") + "\n", written);
    }
}
