//! credrun runs a container with fresh, temporary AWS credentials.
//!
//! One run is one flow, told in [`run`]:
//!
//! ```text
//! argv → Cli → RunPlan → Credentials → Injection → container id → ExitStatus
//! ```
//!
//! | room | what it owns |
//! |---|---|
//! | [`cli`] | what may be typed; no IO |
//! | [`plan`] | what it means; whatever can be refused without a network is refused here |
//! | [`run`] | one run, and its steps |
//! | [`commands`] | the other commands |
//! | [`credentials`] | where credentials come from, and roles and sessions made of them |
//! | [`container`] | docker's options → the create request |
//! | [`engine`] | the Docker Engine API: which Engine, each step of a container's life, logins for pulls |
//! | [`environment`] | what goes into the container's environment, in each way in |
//! | [`relay`] | the relay of `--live`, from outside |
//! | [`live`] | what answers behind the relay: the credential endpoint, and renewal |
//! | [`messages`] | what a user reads on stderr |
//! | [`terminal`], [`streams`], [`signals`], [`exit`], [`vars`], … | one subject each |
//!
//! No module imports itself through others; a test holds that.
//!
//! # Secrets
//!
//! Secrets live in types of `secrecy`, which hide them from `Debug` and wipe them. These are the
//! only files that take one out of its type, apart from tests of their own; a test holds that, too.
//!
//! | file | what for |
//! |---|---|
//! | `commands/export.rs` | prints a set to stdout, which is what it is asked for |
//! | `credentials/from/container_endpoint/token.rs` | the `Authorization` header of the request to the endpoint |
//! | `credentials/from/credential_process.rs` | the words of the command, to start it |
//! | `credentials/set.rs` | checks that values are usable; the SDK's type, which signs; removes secrets from AWS's messages |
//! | `credentials/sts/mfa.rs` | checks that an MFA code is one; hands it to STS |
//! | `credentials/sts/mfa/session_cache.rs` | the file of `--mfa-session-cache` |
//! | `engine/registry/auth.rs` | `X-Registry-Auth` of a pull |
//! | `environment/injection.rs` | the container's variables |
//! | `environment/live.rs` | the token for the endpoint, a variable of the container |
//! | `live/endpoint.rs` | compares the token; answers with the set |

pub mod causes;
pub mod cli;
pub mod commands;
pub mod container;
pub mod credentials;
pub(crate) mod digest;
pub mod engine;
pub mod environment;
pub mod exit;
pub(crate) mod files;
pub mod live;
pub mod messages;
pub mod panics;
pub mod plan;
pub mod plugin;
pub mod relay;
pub mod run;
pub(crate) mod secret_json;
pub mod signals;
pub(crate) mod stdout;
pub(crate) mod streams;
pub(crate) mod terminal;
pub mod vars;
pub mod waits;
