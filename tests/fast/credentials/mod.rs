//! Every source of credentials, asked over the wire: what it gives, what it is called, and what
//! is said when it gives nothing.

use std::error::Error as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use credrun::cli::aws::{AwsArgs, CredentialSource};
use credrun::credentials::{
    Answer, CredentialsError, Fetched, LimitedBy, Renewable, Source, SourcePlan, TokenCodePrompt,
    fetch_fitting,
};
use credrun::messages::error::Error;
use credrun::vars::{self, Environment};
use secrecy::ExposeSecret;

mod assume_role;
mod chain;
mod container_endpoint;
mod keys;
mod mfa;
mod mfa_session_cache;
mod profiles;
mod sso;
mod values;

use crate::support::credential_endpoint::{self, Behaviour, CredentialEndpoint};
use crate::support::http_server::refused_address;
use crate::support::metadata_service::{self, MetadataService};
use crate::support::sts::{self, Sts};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const OTHER_ROLE: &str = "arn:aws:iam::210987654321:role/spoke";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/me";
/// Nothing here may take longer, whatever hangs.
const DEADLINE: Duration = Duration::from_secs(30);

fn open(args: &AwsArgs, environment: &Environment) -> Result<Source, CredentialsError> {
    Source::open(&SourcePlan::resolve(args, environment)?, environment)
        .map(|source| source.with_prompt(TokenCodePrompt::at("/nonexistent/tty")))
}

async fn fetch(args: &AwsArgs, environment: &Environment) -> Result<Fetched, CredentialsError> {
    let source = open(args, environment)?;
    tokio::time::timeout(DEADLINE, source.fetch())
        .await
        .expect("an answer in time")
}

/// The whole message, as a user reads it, and with `Debug` for good measure: neither may hold a
/// secret.
async fn refusal(args: &AwsArgs, environment: &Environment) -> String {
    let error = fetch(args, environment).await.expect_err("refused");
    let debug = format!("{error:?}");
    let report = Error::from(error).report();
    for secret in [
        credential_endpoint::SECRET,
        credential_endpoint::SESSION_TOKEN,
        sts::SECRET,
        sts::SESSION_TOKEN,
        Sts::USER_SECRET,
        "0tTwAuthorizationToken",
        metadata_service::SECRET,
    ] {
        assert!(!report.contains(secret), "{report}");
        assert!(!debug.contains(secret), "{debug}");
    }
    report
}

fn nothing() -> AwsArgs {
    AwsArgs::default()
}

fn role() -> AwsArgs {
    AwsArgs {
        role_arn: vec![ROLE.to_owned()],
        ..AwsArgs::default()
    }
}

fn profile(name: &str) -> AwsArgs {
    AwsArgs {
        profile: Some(name.to_owned()),
        ..AwsArgs::default()
    }
}

fn endpoint_environment(endpoint: &CredentialEndpoint) -> Environment {
    Environment::fixed([
        (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
        (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
        (vars::AWS_EXECUTION_ENV, "CloudShell"),
    ])
}

fn user_environment(sts: &Sts) -> Environment {
    Environment::fixed([
        (vars::AWS_ACCESS_KEY_ID, Sts::USER),
        (vars::AWS_SECRET_ACCESS_KEY, Sts::USER_SECRET),
        (vars::AWS_ENDPOINT_URL_STS, &sts.url()),
    ])
}

/// Runs the test `name` of this folder once more, in a process that has `variables` in its environment: for what
/// aws-config and reqwest read from there and nowhere else. True in that process.
fn in_a_process_of_its_own(name: &str, variables: &[(&str, &str)]) -> bool {
    const MARK: &str = "CREDRUN_TEST_CHILD";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let output = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", &format!("credentials::{name}"), "--nocapture"])
        .env_clear()
        .env(MARK, "1")
        .envs(variables.iter().copied())
        .output()
        .expect("a process");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

/// A home directory with a config file and a credentials file.
struct Home(tempfile::TempDir);

impl Home {
    fn new(config: &str, credentials: &str) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(home.path().join(".aws")).expect("made");
        std::fs::write(home.path().join(".aws/config"), config).expect("written");
        std::fs::write(home.path().join(".aws/credentials"), credentials).expect("written");
        Self(home)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn environment(&self, sts: &str) -> Environment {
        Environment::fixed([
            (vars::HOME, self.path().to_str().expect("UTF-8")),
            (vars::AWS_ENDPOINT_URL_STS, sts),
            (vars::AWS_EC2_METADATA_DISABLED, "true"),
        ])
    }
}
