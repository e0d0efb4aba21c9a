//! The way from a program with all rights to the same program with the fewest: what it calls is
//! recorded, a policy is written from that, and the program runs with nothing else.
//!
//! The account is moto's. Each call's rights are judged as `aws/rights.py` says, and denied in AWS's
//! own words.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod circle;
mod no_rights;
mod policy;
mod program;
mod stage;

use credrun_test_support as support;
