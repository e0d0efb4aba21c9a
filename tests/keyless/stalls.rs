//! Large bodies that are held do not hold up other calls.

use crate::client::Client;
use crate::support::verifying_aws::VerifyingAws;

/// On a busy machine. Looked into on the thread that serves all calls, they take longer.
const MOST: f64 = 1.0;

#[test]
fn a_small_call_does_not_wait_while_large_bodies_are_looked_into() {
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(&caller, "keyless-stalls", &[]);
    let ran = client.run(&["stalls.py"]).success();
    println!("{}{}", ran.out(), ran.stderr);
    let out = ran.out();
    let longest = out.lines().map(|line| {
        let longest = line.rsplit(' ').next().and_then(|word| word.parse().ok());
        longest.unwrap_or_else(|| panic!("{line}"))
    });
    let longest: Vec<f64> = longest.collect();
    assert_eq!(longest.len(), 4, "{out}");
    assert!(longest.iter().all(|one| *one < MOST), "{out}");
}
