//! What `make dist` makes: packages that install on bare systems and do the main job there, binaries
//! for another architecture, and the same bytes each time.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod arm64;
mod contents;
mod crate_file;
mod installed;
mod same_bytes;
mod zsh;

use credrun_test_support as support;
