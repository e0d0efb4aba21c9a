//! The bytes of one connection.
#![no_main]

#[path = "../properties/endpoint.rs"]
mod endpoint;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| drop(endpoint::holds(input)));
