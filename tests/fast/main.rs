//! Promises that need no Engine, no root and no network: they run on any machine with cargo.
//!
//! Stand-ins on the wire take the Engine's and AWS's place: see `support`. Where a promise stands on
//! Linux's `/proc`, or on a relay that runs, its module is for Linux.

mod any_bytes;
mod build_script;
#[cfg(target_os = "linux")]
mod call_order;
#[cfg(target_os = "linux")]
mod compose_by_hand;
mod credentials;
mod docs;
#[cfg(target_os = "linux")]
mod dumb_terminal;
mod engine_faults;
mod engine_trust;
mod env;
mod gallery;
mod golden_requests;
mod import_circles;
mod interruption;
mod keyless_requests;
mod live_frames;
mod live_networks;
#[cfg(target_os = "linux")]
mod live_relay;
mod log_lines;
mod login;
mod logs;
mod mistyped;
#[cfg(target_os = "linux")]
mod nohup;
#[cfg(target_os = "linux")]
mod panic;
mod policy;
mod policy_check;
mod proxies;
mod refusals;
mod secrets_in_code;
mod silence;
mod stop_all;
mod unanswering_files;
mod whoami;

use credrun_test_support as support;
