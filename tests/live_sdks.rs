//! Real AWS clients in containers of `--live`, beside sets that live for seconds. `make test-sdks`
//! is the same with more clients, longer lives and an STS of its own.

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use support::credential_endpoint::{Behaviour, CredentialEndpoint};
use support::engine::engine;
use support::process::{Finished, credrun, finish, start};
use support::sts::Sts;

const LIFE: Duration = Duration::from_secs(9);
/// What is left of a set when the next one is there. A slow machine's CLI takes two seconds from
/// fetching a set to signing with it.
const SPARE: Duration = Duration::from_secs(5);
/// In this time the first set ends, and others are replaced.
const CALLING: Duration = Duration::from_secs(18);
/// The sets that are seen meanwhile at least.
const SETS: usize = 3;

/// Calls for [`CALLING`]; the client stays one process, with the SDK's own cache of credentials.
const BOTOCORE: &str = r#"
import os, time
from awscli.botocore import session
sts = session.Session().create_client("sts", endpoint_url=os.environ["ENDPOINT"])
end = time.monotonic() + float(os.environ["DURATION"])
while time.monotonic() < end:
    sts.get_caller_identity()
    time.sleep(0.2)
"#;

/// Calls for [`CALLING`], each call a process.
const AWS_CLI: &str = r#"
end=$(($(date +%s) + DURATION))
while [ "$(date +%s)" -lt "$end" ]; do
    aws --endpoint-url "$ENDPOINT" sts get-caller-identity || exit
done
"#;

/// Runs the clients at the same time, in one network namespace, on sets that the STS refuses once they have ended. Gives
/// what came of each, and how many sets signed its calls.
fn call_with(clients: &[&[&str]]) -> Vec<(Finished, usize)> {
    engine();
    let endpoint = CredentialEndpoint::behaving(Behaviour::Rotate {
        life: LIFE,
        spare: SPARE,
    });
    let running: Vec<_> = clients
        .iter()
        .map(|client| {
            let sts = Sts::start();
            for set in endpoint.sets(LIFE, SPARE, 32) {
                sts.know_until(&set);
            }
            let mut command = credrun();
            command
                .envs(endpoint.session())
                .env("AWS_REGION", "eu-central-1")
                .args(["--live", "--network", "host"])
                .args(["-e", &format!("ENDPOINT={}", sts.url())])
                .args(["-e", &format!("DURATION={}", CALLING.as_secs())])
                .args(*client);
            (start(&mut command), sts)
        })
        .collect();
    running
        .into_iter()
        .map(|(child, sts)| {
            let finished = finish(child);
            let calls = sts.calls();
            let sets: BTreeSet<_> = calls.iter().map(|call| &call.signed_by).collect();
            (finished, sets.len())
        })
        .collect()
}

#[test]
fn no_call_fails_while_sets_are_replaced_and_end() {
    const IMAGE: &str = "amazon/aws-cli:latest";
    let clients: [&[&str]; 2] = [
        &["--entrypoint", "python3", IMAGE, "-c", BOTOCORE],
        &["--entrypoint", "sh", IMAGE, "-c", AWS_CLI],
    ];
    for (finished, sets) in call_with(&clients) {
        let stderr = finished.success().stderr;
        assert!(sets >= SETS, "{sets} sets: {stderr}");
    }
}
