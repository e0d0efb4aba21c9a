//! A run with `--keyless` on an Engine that is reached in another way, or is not docker's.

use crate::client::Client;
use crate::sdks::all_are_verified;
use crate::support::engine::IMAGE;
use crate::support::engines_elsewhere::engines_elsewhere;
use crate::support::verifying_aws::VerifyingAws;

const CALL: &str = "
import boto3
print(boto3.client('sts').get_caller_identity()['Account'])
boto3.client('s3').list_buckets()
";

#[test]
fn a_container_calls_through_tls_through_ssh_and_on_podman() {
    for (name, point_at) in engines_elsewhere(IMAGE) {
        let caller = VerifyingAws::shared().caller();
        let mut client = Client::new(&caller, "keyless-elsewhere", &[]);
        point_at(client.command());
        let ran = client.run(&["-c", CALL]).success();
        assert_eq!(ran.out(), "123456789012\n", "{name}: {}", ran.stderr);
        let calls = caller.calls();
        all_are_verified(&calls, &caller);
        assert_eq!(calls.len(), 2, "{name}");
        client.has_received();
    }
}
