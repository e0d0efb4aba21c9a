//! Calls over HTTP/2 have places. A call keeps its own until its answer has gone.

use crate::client::Client;
use crate::support::verifying_aws::VerifyingAws;

#[test]
fn answers_over_http2_that_nobody_reads_take_their_places_and_no_others() {
    let aws = VerifyingAws::shared();
    aws.bucket("places", 0);
    let caller = aws.caller();
    let mut client = Client::new(&caller, "keyless-places", &[]);
    let ran = client.run(&["places.py", "places"]).success();
    assert_eq!(
        ran.out(),
        "256 of 320\n1000000 bytes for another\n32 of 32 later\n32 connections of 40\n"
    );
}
