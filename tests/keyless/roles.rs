//! Sets that AWS hands out to the container: it gets others in their place.

use std::collections::BTreeSet;

use crate::client::Client;
use crate::support::verifying_aws::VerifyingAws;

#[test]
fn roles_and_sessions_made_inside_work_and_stay_keyless() {
    let aws = VerifyingAws::shared();
    let caller = aws.caller();
    let bucket = "express--use1-az4--x-s3";
    aws.bucket(bucket, 0);
    let name = format!("EXPRESS_BUCKET={bucket}");
    let mut client = Client::new(&caller, "keyless-roles", &["-e", &name]);
    let ran = client.run(&["roles.py"]).success();
    let said = "\
assumed assumed-role/assumed/first
chained assumed-role/assumed-2/second
session user/moto
federated user/moto
profile assumed-role/assumed/by-profile
mixed InvalidClientTokenId
mixed SignatureDoesNotMatch
express ok
";
    assert_eq!(ran.out(), said, "{}", ran.stderr);
    let calls = caller.calls();
    let refused: Vec<_> = calls
        .iter()
        .filter_map(|call| call.refused.as_ref())
        .collect();
    assert_eq!(refused, [""; 0]);
    // The caller's own set, two roles, the profile's role, the session of S3 Express, and one key for
    // the session and the federated user: moto always has the same for them.
    let signed_by: BTreeSet<_> = calls.iter().map(|call| &call.signed_by).collect();
    assert_eq!(signed_by.len(), 6, "{signed_by:?}");
    // Each set has a secret and a token.
    assert_eq!(caller.secrets().len(), 12);
    client.has_received();
}
