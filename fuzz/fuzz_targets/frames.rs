//! The frames of a stream.
#![no_main]

#[path = "../properties/frames.rs"]
mod frames;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| frames::holds(input));
