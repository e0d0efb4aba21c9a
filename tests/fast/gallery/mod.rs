//! Every message that a user can see, as it appears, with what provokes it. `pages/` is to be read;
//! the files beside this one make it, and fail where a word of it has changed.
//!
//! Nearly all of it is provoked: the program runs, in a world of stand-ins. What would take a fault
//! that no test can make soon is made by hand, and its entry says so.
//!
//! To change a message, change it, run `INSTA_UPDATE=always cargo test --test fast gallery`, and
//! read what git says has changed. Without that variable nothing is written: see
//! `.config/insta.yaml`.

mod compose;
mod container_endpoint;
mod coverage;
mod credential_process;
mod credentials;
mod doctor;
mod engine;
mod engine_address;
mod events;
mod flags;
mod help;
mod http;
mod interruption;
mod login;
mod logs;
mod mfa;
mod notices;
mod page;
mod policy;
mod policy_check;
mod profile;
mod ps;
mod registry;
mod relay;
mod role_template;
mod run;
mod scene;
mod sso;
mod sts;

use page::Page;
use scene::{Scene, by_hand};
