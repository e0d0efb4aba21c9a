//! credrun runs a container with fresh, temporary AWS credentials.
//!
//! [`run`] carries out one run, step by step:
//!
//! ```text
//! argv → Cli → RunPlan → Credentials → Injection → container id → ExitStatus
//! ```
//!
//! | module | what it owns |
//! |---|---|
//! | [`cli`] | what the user may type; no IO |
//! | [`plan`] | what it means; refuses all that can be refused without a network |
//! | [`run`] | one run, and its steps |
//! | [`commands`] | the other commands |
//! | [`credentials`] | where credentials come from; roles and sessions made from them |
//! | [`container`] | docker's options → the create request |
//! | [`engine`] | the Docker Engine API: which Engine, each step of a container's life, logins for pulls |
//! | [`environment`] | the container's environment, for each way to deliver credentials |
//! | [`relay`] | the relay of `--live` and `--keyless`, seen from outside |
//! | [`iam`] | which operation of AWS a request is, where it goes, which IAM actions it needs, and on what |
//! | [`keyless`] | the proxy behind the relay that signs the container's calls |
//! | [`live`] | the credential endpoint behind the relay, what SDKs tell of their calls, and renewal |
//! | [`record`] | what is noted of a container's AWS calls: `--record`, and the summary at the end |
//! | [`policy`] | policies from recorded calls |
//! | [`messages`] | what the user reads on stderr |
//! | [`terminal`], [`streams`], [`signals`], [`exit`], [`vars`], … | one subject each |
//!
//! No module imports itself through others; a test checks this.
//!
//! # Secrets
//!
//! Secrets live in types of `secrecy`, which hide them from `Debug` and wipe them. Apart from their
//! own tests, only these files take a secret out of its type; a test checks this, too.
//!
//! | file | what for |
//! |---|---|
//! | `commands/project/key.rs` | tells the dev containers of a folder from others by their token |
//! | `commands/export.rs` | prints the credentials to stdout, as its users ask |
//! | `credentials/from/container_endpoint/token.rs` | the `Authorization` header of the request to the endpoint |
//! | `credentials/from/credential_process.rs` | the words of the command, to start it |
//! | `credentials/set.rs` | checks that values are usable; the SDK's type, which signs; finds and removes secrets in AWS's messages |
//! | `credentials/sts/mfa.rs` | checks the form of an MFA code; passes it to STS |
//! | `credentials/sts/mfa/session_cache.rs` | the file of `--mfa-session-cache` |
//! | `engine/registry/auth.rs` | `X-Registry-Auth` of a pull |
//! | `environment/injection.rs` | the container's variables |
//! | `environment/keyless.rs` | the key for the proxy, variables of the container |
//! | `environment/live.rs` | the token for the endpoint, a variable of the container |
//! | `keyless/answer/sets.rs` | the keys that an answer has in the place of real ones |
//! | `keyless/signature/secrets.rs` | derives signing keys; compares tokens; the header of a session token |
//! | `live/endpoint.rs` | compares the token; answers with the credentials |
//! | `live/monitoring/mod.rs` | reads what an SDK tells of a call, and drops the token in it |

pub mod architecture;
pub mod causes;
pub(crate) mod cbor;
pub mod cli;
pub mod commands;
pub mod container;
pub mod credentials;
pub(crate) mod digest;
pub mod engine;
pub mod environment;
pub mod exit;
pub(crate) mod files;
pub mod iam;
pub(crate) mod json;
pub mod keyless;
pub mod live;
pub mod messages;
pub mod panics;
pub mod plan;
pub mod plugin;
pub mod policy;
pub mod record;
pub mod relay;
pub mod run;
pub(crate) mod secret_json;
pub mod signals;
pub(crate) mod sinks;
pub(crate) mod stdout;
pub(crate) mod streams;
pub(crate) mod terminal;
pub(crate) mod timestamp;
pub mod vars;
pub mod waits;
pub(crate) mod xml;
