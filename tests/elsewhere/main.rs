//! Promises on Engines that are not this machine's: other daemons, TLS, ssh, Podman, a registry,
//! and clocks that jump.

mod ecr;
mod endpoints;
mod live_engine_restart;
mod live_remote;
mod live_sleep;
mod podman;
mod registry;

use credrun_test_support as support;
