//! Promises that are kept on a real Docker Engine, with moto or stand-ins for AWS.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod bad_input;
mod completion;
mod create_request;
mod doctor;
mod dry_run;
mod examples;
mod exec;
mod exit_status;
mod export;
mod freshness;
mod injection;
mod inspect_identity;
mod killed_runs;
mod man_pages;
mod mounts;
mod plugin;
mod real_aws_cli;
mod regions;
mod report;
mod role_template;
mod secrets;
mod signals;
mod stand_ins;
mod stderr;
mod streams;
mod terminal;
mod version;

use credrun_test_support as support;
