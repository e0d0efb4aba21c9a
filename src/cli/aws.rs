//! The flags that say which credentials, named as in `aws sts assume-role`.

use clap::Args;

/// Which AWS credentials, and for which region.
#[derive(Debug, Args)]
#[command(next_help_heading = "AWS credentials")]
pub struct AwsArgs {
    /// Use this profile of the shared config files
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// The region, injected as AWS_REGION and AWS_DEFAULT_REGION
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,

    /// Assume this role
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,

    /// Name of the role session [default: credrun-<UTC timestamp>]
    #[arg(long, value_name = "NAME")]
    pub role_session_name: Option<String>,
}
