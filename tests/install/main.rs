//! Promises of what puts credrun on a machine: `install.sh`, the GitHub Action, the release workflow,
//! and what Homebrew and `cargo binstall` read.
//!
//! The releases here are stand-ins: archives of the real names and the real layout, with a small shell
//! script as `credrun`. What `make dist` makes is tried in `tests/dist/`.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod action;
mod from_where;
mod nothing_is_left;
mod other_installers;
mod script;
mod stand_in;
mod workflows;

use credrun_test_support as support;
