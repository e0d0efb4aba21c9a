//! What is said of `--keyless`, and of calls.

use std::path::Path;

use credrun::environment::variables::WayIn;
use credrun::iam::denial::PolicyKind;
use credrun::keyless::event::Event;
use credrun::messages::notices::Notices;
use credrun::record::denials::{Denials, Denied, Reason};
use credrun::record::{Missing, Summary};

use super::Say;

pub(super) fn say(say: Say<'_>, notices: Notices) {
    say(
        "left_out",
        "--keyless with -e AWS_ENDPOINT_URL_S3=…",
        &|| notices.left_out(WayIn::Keyless, &["AWS_ENDPOINT_URL_S3"]),
    );
    say("shared_network", "--keyless with --network host", &|| {
        notices.shared_network(WayIn::Keyless, "host")
    });
    say(
        "config_with_acceleration",
        "--keyless, and the image has use_accelerate_endpoint in its ~/.aws/config",
        &|| notices.config_with_acceleration("/root/.aws/config"),
    );
    let refusals = [("iam:CreateUser", 1), ("s3:DeleteObject", 2)];
    let summary = Summary {
        calls: 214,
        refused: 3,
        refusals: refusals
            .map(|(name, count)| (name.to_owned(), count))
            .into(),
        ..Summary::default()
    };
    say("calls", "the end of a --keyless run", &|| {
        notices.calls(&summary, None)
    });
    say(
        "calls",
        "the end of a --keyless run, whose program does not know AWS_ENDPOINT_URL",
        &|| notices.calls(&Summary::default(), None),
    );
    denials(say, notices);
    say("calls_missing", "--record, and the disk is full", &|| {
        let missing = Missing::Calls {
            lines: 12,
            why: "No space left on device (os error 28)".to_owned(),
        };
        notices.calls_missing(Path::new("calls.jsonl"), &missing);
    });
    say(
        "calls_missing",
        "--record, a run without calls, and a file that is not to be emptied",
        &|| {
            let missing = Missing::Begin {
                why: "Operation not permitted (os error 1)".to_owned(),
            };
            notices.calls_missing(Path::new("calls.jsonl"), &missing);
        },
    );
    say("keyless", "see the page events", &|| {
        notices.keyless(&Event::TokenPassed {
            operation: "ecr:GetAuthorizationToken".to_owned(),
        })
    });
}

fn denied(calls: u64, action: &str, resource: Option<&str>, reason: Reason) -> Denied {
    let resources = resource.map(str::to_owned).into_iter().collect();
    Denied {
        actions: [(action.to_owned(), resources)].into(),
        calls,
        is_action_told: reason != Reason::default(),
        reason,
        further_resources: 0,
        for_call: None,
    }
}

fn denials(say: Say<'_>, notices: Notices) {
    let told = Summary {
        calls: 12,
        denials: [denied(1, "sqs:SendMessage", None, Reason::default())]
            .into_iter()
            .collect(),
        ..Summary::default()
    };
    say(
        "observed_calls",
        "the end of a --live run, whose SDK reported a denied call",
        &|| notices.observed_calls(&told, None),
    );
    say("observed_calls", "the same with --record", &|| {
        notices.observed_calls(&told, Some(Path::new("calls.jsonl")))
    });
    say(
        "no_calls_observed",
        "the end of a --live run with --record, and no SDK reported a call",
        &|| notices.no_calls_observed(),
    );
    say(
        "observations_lost",
        "--live, and the container reported too many calls at a time",
        &|| notices.observations_lost(4_213),
    );
    say(
        "own_monitoring",
        "--live with -e AWS_CSM_ENABLED=false",
        &|| notices.own_monitoring(&["AWS_CSM_ENABLED"]),
    );
    let by = |policy, is_explicit| Reason {
        policy: Some(policy),
        is_explicit,
        policy_arn: None,
    };
    let object = Some("arn:aws:s3:::reports/2026/09.csv");
    let queue = Some("arn:aws:sqs:eu-west-1:111122223333:jobs");
    let denials: Denials = [
        denied(
            3,
            "s3:GetObject",
            object,
            by(PolicyKind::IdentityBased, false),
        ),
        denied(
            2,
            "sqs:SendMessage",
            queue,
            by(PolicyKind::ServiceControl, true),
        ),
        denied(
            1,
            "s3:ListBucket",
            Some("arn:aws:s3:::reports"),
            Reason::default(),
        ),
        denied(
            1,
            "dynamodb:Query",
            None,
            by(PolicyKind::PermissionsBoundary, false),
        ),
        denied(1, "kms:Decrypt", None, by(PolicyKind::IdentityBased, false)),
        denied(1, "iam:PassRole", None, by(PolicyKind::IdentityBased, true)),
    ]
    .into_iter()
    .collect();
    let summary = Summary {
        calls: 214,
        denials,
        ..Summary::default()
    };
    say(
        "calls",
        "the end of a --keyless run, of which AWS denied some calls",
        &|| notices.calls(&summary, Some(Path::new("calls.jsonl"))),
    );
}
