//! Real AWS clients in containers of `--live`, beside sets that live for seconds. `make test-sdks`
//! is the same with more clients, longer lives and an STS of its own.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use crate::support::credential_endpoint::{Behaviour, CredentialEndpoint};
use crate::support::engine::engine;
use crate::support::engines_elsewhere::engines_elsewhere;
use crate::support::process::{Finished, credrun, finish, start};
use crate::support::sts::Sts;

const IMAGE: &str = "amazon/aws-cli:latest";

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

/// Points a client of the Engine at one.
type Engine<'a> = &'a (dyn Fn(&mut Command) + Sync);

/// Runs the clients on an Engine at the same time, in one network namespace, on sets that the STS
/// refuses once they have ended. Gives what came of each, and how many sets signed its calls.
fn call_with(clients: &[&[&str]], on: Engine) -> Vec<(Finished, usize)> {
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
            on(&mut command);
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

fn no_call_fails(clients: &[&[&str]], on: Engine) {
    for (finished, sets) in call_with(clients, on) {
        let stderr = finished.success().stderr;
        assert!(sets >= SETS, "{sets} sets: {stderr}");
    }
}

const ONE_PROCESS: &[&str] = &["--entrypoint", "python3", IMAGE, "-c", BOTOCORE];

#[test]
fn no_call_fails_while_sets_are_replaced_and_end() {
    engine();
    let many: &[&str] = &["--entrypoint", "sh", IMAGE, "-c", AWS_CLI];
    no_call_fails(&[ONE_PROCESS, many], &|_| {});
}

#[test]
fn nor_does_one_through_tls_ssh_or_on_podman() {
    let engines = engines_elsewhere(IMAGE);
    std::thread::scope(|scope| {
        for (_, point_at) in engines {
            scope.spawn(move || no_call_fails(&[ONE_PROCESS], &point_at));
        }
    });
}
