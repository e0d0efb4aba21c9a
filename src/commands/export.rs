//! `credrun export`: prints a set.
//!
//! The formats are those of `aws configure export-credentials` (AWS CLI v2, `exportcreds.py`), so
//! that either can replace the other. There are two differences. The region, which that command
//! lacks, is added as both of its variables (never to `process`, whose schema has no field for it).
//! And the expiration is written with `Z`, where the AWS CLI writes `+00:00`, which the JS and Rust
//! SDKs refuse.
//!
//! This file is one of those that write secrets out; the table in `lib.rs` lists them.

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::cli::export::{ExportArgs, ExportFormat};
use crate::credentials::{CredentialValues, Credentials, Region, Source, fetch_fitting, iso8601};
use crate::exit::ExitStatus;
use crate::messages::error::Error;
use crate::messages::notices::Notices;
use crate::secret_json;
use crate::vars::{self, Environment};
use crate::waits::Waits;

/// Fetches a set and prints it.
///
/// # Errors
/// [`Error`], with nothing printed.
pub async fn export(args: &ExportArgs, environment: &Environment) -> Result<ExitStatus, Error> {
    let ExportArgs {
        aws,
        format,
        min_ttl,
        quiet,
        log: _,
    } = args;
    let (notices, waits) = (Notices::new(quiet.quiet), Waits::default());
    let fetch = async {
        let source = Source::of_args(aws, environment, &waits).await?;
        notices.policy(source.remarks());
        let set = fetch_fitting(&source, *min_ttl, |wait| notices.waiting(wait)).await?;
        Ok::<_, Error>((source, set))
    };
    let (source, set) = notices.telling(&waits, fetch).await?;
    let text = render(*format, &set.credentials, source.region());
    crate::stdout::print(&text)
}

/// `credentials` in `format`, including the last line break.
#[must_use]
pub fn render(
    format: ExportFormat,
    credentials: &Credentials,
    region: Option<&Region>,
) -> Zeroizing<String> {
    let variables = Variables::of(credentials, region);
    match format {
        ExportFormat::Process => process(credentials),
        ExportFormat::Env => variables.lines("export ", "=", ""),
        // No quotes: `docker run --env-file` would take them as part of the value.
        ExportFormat::EnvNoExport => variables.lines("", "=", ""),
        ExportFormat::Powershell => variables.lines("$Env:", "=\"", "\""),
        ExportFormat::WindowsCmd => variables.lines("set ", "=", ""),
        ExportFormat::Fish => variables.lines("set -gx ", " \"", "\""),
    }
}

/// The variables to set, in the AWS CLI's order.
struct Variables<'a>(Vec<(&'static str, Value<'a>)>);

enum Value<'a> {
    Borrowed(&'a str),
    Made(String),
}

impl<'a> Variables<'a> {
    fn of(credentials: &'a Credentials, region: Option<&'a Region>) -> Self {
        let CredentialValues {
            access_key_id,
            secret_access_key,
            session_token,
            expiration,
            account_id: _,
        } = &**credentials;
        let secret = secret_access_key.expose_secret();
        let mut all = vec![
            (vars::AWS_ACCESS_KEY_ID, Value::Borrowed(access_key_id)),
            (vars::AWS_SECRET_ACCESS_KEY, Value::Borrowed(secret)),
        ];
        if let Some(token) = session_token {
            all.push((
                vars::AWS_SESSION_TOKEN,
                Value::Borrowed(token.expose_secret()),
            ));
        }
        if let Some(end) = expiration {
            all.push((vars::AWS_CREDENTIAL_EXPIRATION, Value::Made(iso8601(*end))));
        }
        if let Some(region) = region {
            all.push((vars::AWS_REGION, Value::Borrowed(&region.name)));
            all.push((vars::AWS_DEFAULT_REGION, Value::Borrowed(&region.name)));
        }
        Self(all)
    }

    fn lines(&self, before: &str, between: &str, after: &str) -> Zeroizing<String> {
        // Large enough that the text is never moved, which would leave a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(self.size()));
        for (name, value) in &self.0 {
            for part in [before, name, between, value.text(), after, "\n"] {
                text.push_str(part);
            }
        }
        text
    }

    fn size(&self) -> usize {
        let longest_frame = 16;
        let size = |(name, value): &(&str, Value<'_>)| name.len() + value.text().len();
        self.0.iter().map(|one| size(one) + longest_frame).sum()
    }
}

impl Value<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// The JSON of `credential_process`, formatted like Python's `json.dumps(…, indent=2)`.
fn process(credentials: &Credentials) -> Zeroizing<String> {
    let token = credentials.session_token.as_ref();
    let expiration = credentials.expiration.map(iso8601);
    let fields = [
        ("AccessKeyId", Some(credentials.access_key_id.as_str())),
        (
            "SecretAccessKey",
            Some(credentials.secret_access_key.expose_secret()),
        ),
        ("SessionToken", token.map(ExposeSecret::expose_secret)),
        ("Expiration", expiration.as_deref()),
    ];
    let size: usize = fields
        .iter()
        .flat_map(|(_, value)| value)
        .map(|text| text.len())
        .sum();
    let mut text = Zeroizing::new(String::with_capacity(2 * size + 256));
    text.push_str("{\n  \"Version\": 1");
    for (name, value) in fields {
        let Some(value) = value else {
            continue;
        };
        text.push_str(",\n  \"");
        text.push_str(name);
        text.push_str("\": ");
        text.push_str(&json_string(value));
    }
    text.push_str("\n}\n");
    text
}

fn json_string(text: &str) -> Zeroizing<String> {
    // A string can always be written as JSON, and is UTF-8.
    let mut json = secret_json::to_vec(&text).unwrap_or_default();
    Zeroizing::new(String::from_utf8(std::mem::take(&mut *json)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::credentials::RegionFrom;

    fn temporary() -> CredentialValues {
        CredentialValues {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: "se/cret+".into(),
            session_token: Some("IQoJ//token==".into()),
            expiration: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_728_549_858)),
            account_id: Some("123456789012".to_owned()),
        }
    }

    fn long_lived() -> CredentialValues {
        CredentialValues {
            session_token: None,
            expiration: None,
            ..temporary()
        }
    }

    fn set(values: CredentialValues) -> Credentials {
        Credentials::new(values).expect("a set")
    }

    fn region() -> Region {
        Region {
            name: "eu-west-1".to_owned(),
            from: RegionFrom::Flag,
        }
    }

    #[test]
    fn each_format_has_the_aws_clis_bytes_and_the_region() {
        let cases = [
            (
                ExportFormat::Env,
                "export AWS_ACCESS_KEY_ID=ASIAEXAMPLE
export AWS_SECRET_ACCESS_KEY=se/cret+
export AWS_SESSION_TOKEN=IQoJ//token==
export AWS_CREDENTIAL_EXPIRATION=2024-10-10T08:44:18Z
export AWS_REGION=eu-west-1
export AWS_DEFAULT_REGION=eu-west-1
",
            ),
            (
                ExportFormat::EnvNoExport,
                "AWS_ACCESS_KEY_ID=ASIAEXAMPLE
AWS_SECRET_ACCESS_KEY=se/cret+
AWS_SESSION_TOKEN=IQoJ//token==
AWS_CREDENTIAL_EXPIRATION=2024-10-10T08:44:18Z
AWS_REGION=eu-west-1
AWS_DEFAULT_REGION=eu-west-1
",
            ),
            (
                ExportFormat::Powershell,
                "$Env:AWS_ACCESS_KEY_ID=\"ASIAEXAMPLE\"
$Env:AWS_SECRET_ACCESS_KEY=\"se/cret+\"
$Env:AWS_SESSION_TOKEN=\"IQoJ//token==\"
$Env:AWS_CREDENTIAL_EXPIRATION=\"2024-10-10T08:44:18Z\"
$Env:AWS_REGION=\"eu-west-1\"
$Env:AWS_DEFAULT_REGION=\"eu-west-1\"
",
            ),
            (
                ExportFormat::WindowsCmd,
                "set AWS_ACCESS_KEY_ID=ASIAEXAMPLE
set AWS_SECRET_ACCESS_KEY=se/cret+
set AWS_SESSION_TOKEN=IQoJ//token==
set AWS_CREDENTIAL_EXPIRATION=2024-10-10T08:44:18Z
set AWS_REGION=eu-west-1
set AWS_DEFAULT_REGION=eu-west-1
",
            ),
            (
                ExportFormat::Fish,
                "set -gx AWS_ACCESS_KEY_ID \"ASIAEXAMPLE\"
set -gx AWS_SECRET_ACCESS_KEY \"se/cret+\"
set -gx AWS_SESSION_TOKEN \"IQoJ//token==\"
set -gx AWS_CREDENTIAL_EXPIRATION \"2024-10-10T08:44:18Z\"
set -gx AWS_REGION \"eu-west-1\"
set -gx AWS_DEFAULT_REGION \"eu-west-1\"
",
            ),
            (
                ExportFormat::Process,
                "{
  \"Version\": 1,
  \"AccessKeyId\": \"ASIAEXAMPLE\",
  \"SecretAccessKey\": \"se/cret+\",
  \"SessionToken\": \"IQoJ//token==\",
  \"Expiration\": \"2024-10-10T08:44:18Z\"
}
",
            ),
        ];
        for (format, expected) in cases {
            let text = render(format, &set(temporary()), Some(&region()));
            assert_eq!(*text, expected, "{format:?}");
        }
    }

    #[test]
    fn what_long_lived_keys_lack_is_left_out() {
        assert_eq!(
            *render(ExportFormat::Env, &set(long_lived()), None),
            "export AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nexport AWS_SECRET_ACCESS_KEY=se/cret+\n"
        );
        assert_eq!(
            *render(ExportFormat::Process, &set(long_lived()), Some(&region())),
            "{\n  \"Version\": 1,\n  \"AccessKeyId\": \"ASIAEXAMPLE\",\n  \"SecretAccessKey\": \"se/cret+\"\n}\n"
        );
    }

    #[test]
    fn the_text_is_never_moved_while_it_is_made() {
        for format in [
            ExportFormat::Env,
            ExportFormat::Powershell,
            ExportFormat::Fish,
        ] {
            let set = set(temporary());
            let region = region();
            let expected = Variables::of(&set, Some(&region)).size();
            let text = render(format, &set, Some(&region));
            assert!(text.len() <= expected, "{format:?}");
        }
    }
}
