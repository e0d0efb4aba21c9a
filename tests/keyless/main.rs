//! Promises of `--keyless` on a real Docker Engine: real clients of AWS and hostile ones in
//! containers, and behind credrun an AWS that checks every signature.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod bodies;
mod bulk;
mod client;
mod clock;
mod cross_talk;
mod denials;
mod deputy;
mod elsewhere;
mod hostile;
mod lists;
mod places;
mod record;
mod renewal;
mod roles;
mod run;
mod sdks;
mod secrets;
mod stalls;
mod stand_in;
mod trailers;
mod upstream;

use credrun_test_support as support;
