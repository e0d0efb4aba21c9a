//! Promises of `--live` on a real Docker Engine.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod bulk;
mod config_files;
mod denials;
mod detached;
mod engine;
mod flags;
mod hostile;
mod logs;
mod outcomes;
mod ps;
mod relay_image;
mod run;
mod sdks;
mod secrets;
mod unanswering_file;

use credrun_test_support as support;
