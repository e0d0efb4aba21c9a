//! Promises of credrun as a provider of Docker Compose, with the real Compose on a real Engine.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod asks;
mod devcontainers;
mod ends;
mod env;
mod examples;
mod features;
mod hostile;
mod keyless;
mod left_out;
mod live;
mod mfa;
mod older;
mod podman;
mod python;
mod refusals;
mod shared_networks;

use credrun_test_support as support;
