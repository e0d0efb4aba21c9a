//! What is said of `--keyless`.

use std::path::Path;

use credrun::environment::variables::WayIn;
use credrun::keyless::event::Event;
use credrun::messages::notices::Notices;
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
        notices.calls(&summary)
    });
    say(
        "calls",
        "the end of a --keyless run, whose program does not know AWS_ENDPOINT_URL",
        &|| notices.calls(&Summary::default()),
    );
    say("calls_missing", "--record, and the disk is full", &|| {
        let missing = Missing {
            lines: 12,
            why: "No space left on device (os error 28)".to_owned(),
        };
        notices.calls_missing(Path::new("calls.jsonl"), &missing);
    });
    say("keyless", "see the page events", &|| {
        notices.keyless(&Event::TokenPassed {
            operation: "ecr:GetAuthorizationToken".to_owned(),
        })
    });
}
