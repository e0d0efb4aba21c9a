//! A relay's stream, from its frames to what is answered.
#![no_main]

#[path = "../properties/endpoint.rs"]
mod endpoint;
#[path = "../properties/relay.rs"]
mod relay;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| drop(relay::holds(input)));
