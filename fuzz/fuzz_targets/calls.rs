//! The bytes of one connection of a client that makes AWS calls.
#![no_main]

#[path = "../properties/calls.rs"]
mod calls;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| drop(calls::holds(input)));
