//! The flags that say which credentials, named as in `aws sts assume-role`.
//!
//! The AWS CLI takes several words after `--tags`; next to an IMAGE that would be ambiguous, so
//! here a list is a flag given again. What the values mean is [`crate::credentials`]' to say.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use secrecy::SecretString;

/// Which AWS credentials, and for which region.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "AWS credentials")]
pub struct AwsArgs {
    /// Use this profile of the shared config files
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// Use this source only, instead of the AWS CLI's order
    #[arg(long, value_name = "SOURCE", ignore_case = true)]
    pub credential_source: Option<CredentialSource>,

    /// The region; containers and commands get it as AWS_REGION and AWS_DEFAULT_REGION
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,

    /// Assume this role; given again, each role is assumed from the one before
    #[arg(long, value_name = "ARN")]
    pub role_arn: Vec<String>,

    /// Name of the role session [default: credrun- and the time in UTC]
    #[arg(long, value_name = "NAME")]
    pub role_session_name: Option<String>,

    /// External ID that the last role's trust policy requires
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,

    /// Lifetime of the credentials, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub duration_seconds: Option<u32>,

    /// Session policy for the last role: JSON, or file://PATH
    #[arg(long, value_name = "JSON")]
    pub policy: Option<String>,

    /// Use the policy for these records as the session policy for the last role;
    /// may be given again
    #[arg(long, value_name = "FILE", conflicts_with = "policy")]
    pub policy_from: Vec<PathBuf>,

    /// Managed policy as session policy for the last role; may be given again
    #[arg(long, value_name = "ARN")]
    pub policy_arns: Vec<String>,

    /// Session tag for the last role: Key=K,Value=V; may be given again
    #[arg(long, value_name = "TAG")]
    pub tags: Vec<String>,

    /// Session tag that later roles inherit; may be given again
    #[arg(long, value_name = "KEY")]
    pub transitive_tag_keys: Vec<String>,

    /// Source identity of the role sessions
    #[arg(long, value_name = "NAME")]
    pub source_identity: Option<String>,

    /// The MFA device: its serial number or ARN
    #[arg(long, value_name = "SERIAL")]
    pub serial_number: Option<String>,

    /// The MFA device's code [default: ask at the terminal]
    #[arg(long, value_name = "CODE", value_parser = secret)]
    pub token_code: Option<SecretString>,

    /// Save the MFA session for later runs, up to 36 hours, in a file that
    /// only you can read
    #[arg(long, conflicts_with = "mfa_in_assume_role")]
    pub mfa_session_cache: bool,

    /// Send the MFA code with AssumeRole itself, for trust policies that require it there
    #[arg(long)]
    pub mfa_in_assume_role: bool,

    /// Pass on long-lived keys as they are, instead of a session made with them
    #[arg(long)]
    pub long_lived: bool,
}

/// One source, by its name in `credential_source` of AWS's config file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CredentialSource {
    /// `AWS_ACCESS_KEY_ID` and its companions.
    #[value(name = "Environment")]
    Environment,
    /// The container endpoint: CloudShell, ECS, EKS.
    #[value(name = "EcsContainer")]
    EcsContainer,
    /// The instance metadata service of EC2.
    #[value(name = "Ec2InstanceMetadata")]
    Ec2InstanceMetadata,
    /// The shared config files.
    #[value(name = "profile")]
    Profile,
}

fn secret(value: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(value))
}
