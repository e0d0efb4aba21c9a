//! Promises on Engines that are not this machine's: other daemons, TLS, ssh, Podman, a registry,
//! and clocks that jump.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod ecr;
mod endpoints;
mod engine_restart;
mod live_remote;
mod live_sleep;
mod podman;
mod registry;

use credrun_test_support as support;
