//! `credrun whoami`: which identity a run would use, from which source, and for how long.

use std::time::SystemTime;

use serde::Serialize;

use crate::cli::output::OutputFormat;
use crate::cli::whoami::WhoamiArgs;
use crate::credentials::{CallerIdentity, Fetched, Region, Source, Span, iso8601};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::vars::Environment;
use crate::waits::Waits;

/// Fetches a set, asks STS for its identity, and prints both.
///
/// # Errors
/// [`Error`], with nothing printed.
pub async fn whoami(args: &WhoamiArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let WhoamiArgs {
        aws,
        output,
        quiet,
        log: _,
    } = args;
    let (notices, waits) = (Notices::new(quiet.quiet), Waits::default());
    let ask = async {
        let source = Source::of_args(aws, environment, &waits).await?;
        notices.policy(source.remarks());
        let set = source.fetch().await?;
        let identity = source.caller_identity(&set).await?;
        Ok::<_, Error>((source, set, identity))
    };
    let (source, set, identity) = notices.telling(&waits, ask).await?;
    let answer = Answer::new(&identity, &set, source.region(), SystemTime::now());
    crate::stdout::print(&match output {
        OutputFormat::Text => answer.text(),
        OutputFormat::Json => crate::stdout::json(&answer),
    })
}

/// The output. The first three fields are those of `aws sts get-caller-identity`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    user_id: &'a str,
    account: &'a str,
    arn: &'a str,
    /// Where the set comes from.
    source: String,
    region: Option<&'a str>,
    /// Where the region is configured.
    region_from: Option<String>,
    /// RFC 3339; null if no expiration is known.
    expiration: Option<String>,
    seconds_left: Option<u64>,
}

impl<'a> Answer<'a> {
    fn new(
        identity: &'a CallerIdentity,
        set: &Fetched,
        region: Option<&'a Region>,
        now: SystemTime,
    ) -> Self {
        Self {
            user_id: &identity.user_id,
            account: &identity.account,
            arn: &identity.arn,
            source: set.origin.to_string(),
            region: region.map(|region| region.name.as_str()),
            region_from: region.map(|region| region.from.to_string()),
            expiration: set.credentials.expiration.map(iso8601),
            seconds_left: set.left(now).map(|left| left.as_secs()),
        }
    }

    fn text(&self) -> String {
        let region = match (self.region, &self.region_from) {
            (Some(region), Some(from)) => format!("{region} ({from})"),
            _ => "none".to_owned(),
        };
        let expiration = match (&self.expiration, self.seconds_left) {
            (Some(end), Some(seconds)) => {
                let left = Span(std::time::Duration::from_secs(seconds));
                format!("{end} ({left} left)")
            }
            _ => "none".to_owned(),
        };
        [
            ("Account", self.account),
            ("ARN", self.arn),
            ("User ID", self.user_id),
            ("Source", &self.source),
            ("Region", &region),
            ("Expiration", &expiration),
        ]
        .map(|(name, value)| format!("{name:<12}{value}\n"))
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::credentials::{CredentialValues, Credentials, Origin, RegionFrom};

    fn text(expiration: Option<SystemTime>, region: Option<&Region>) -> String {
        let identity = CallerIdentity {
            account: "123456789012".to_owned(),
            arn: "arn:aws:iam::123456789012:user/me".to_owned(),
            user_id: "AIDAEXAMPLE".to_owned(),
        };
        let set = Fetched {
            credentials: Credentials::new(CredentialValues {
                access_key_id: "ASIAEXAMPLE".to_owned(),
                secret_access_key: "KEEP-OUT".into(),
                session_token: None,
                expiration,
                account_id: None,
            })
            .expect("a set"),
            origin: Origin::CloudShell,
            identity: None,
            fetched_at: UNIX_EPOCH,
            clock: None,
        };
        let now = UNIX_EPOCH + Duration::from_secs(1_728_549_000);
        Answer::new(&identity, &set, region, now).text()
    }

    #[test]
    fn people_read_a_line_for_each_fact() {
        let region = Region {
            name: "eu-west-1".to_owned(),
            from: RegionFrom::Variable("AWS_REGION"),
        };
        let end = UNIX_EPOCH + Duration::from_secs(1_728_549_858);
        assert_eq!(
            text(Some(end), Some(&region)),
            "\
Account     123456789012
ARN         arn:aws:iam::123456789012:user/me
User ID     AIDAEXAMPLE
Source      CloudShell
Region      eu-west-1 (AWS_REGION)
Expiration  2024-10-10T08:44:18Z (14m left)
"
        );
    }

    #[test]
    fn what_there_is_not_is_said() {
        let text = text(None, None);
        assert!(
            text.ends_with("Region      none\nExpiration  none\n"),
            "{text}"
        );
    }
}
