//! Promises that need no Engine, no root and no network: they run on any machine with cargo.
//!
//! Stand-ins on the wire take the Engine's and AWS's place: see `support`.

mod any_bytes;
mod build_script;
mod call_order;
mod credentials;
mod engine_faults;
mod engine_trust;
mod env;
mod gallery;
mod golden_requests;
mod import_circles;
mod interruption;
mod live_frames;
mod live_networks;
mod live_relay;
mod log_lines;
mod nohup;
mod panic;
mod proxies;
mod refusals;
mod silence;
mod unanswering_files;
mod whoami;

use credrun_test_support as support;
