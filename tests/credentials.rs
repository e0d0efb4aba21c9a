//! Every source of credentials, asked over the wire: what it gives, what it is called, and what
//! is said when it gives nothing.

use std::error::Error as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use credrun::cli::aws::{AwsArgs, CredentialSource};
use credrun::credentials::{
    Answer, CredentialsError, Fetched, Source, SourcePlan, TokenCodePrompt, fetch_fitting,
};
use credrun::error::Error;
use credrun::vars::{self, Environment};
use secrecy::ExposeSecret;

mod support {
    pub mod credential_endpoint;
    pub mod http_server;
    pub mod sts;
}

use support::credential_endpoint::{self, Behaviour, CredentialEndpoint};
use support::http_server::refused_address;
use support::sts::{self, Sts};

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

mod container_endpoint {
    use super::*;

    #[tokio::test]
    async fn cloudshell_gives_its_set_for_the_token() {
        let endpoint = CredentialEndpoint::start();
        let before = SystemTime::now();
        let set = fetch(&nothing(), &endpoint_environment(&endpoint))
            .await
            .expect("a set");
        assert_eq!(set.origin.to_string(), "CloudShell");
        assert_eq!(set.credentials.access_key_id, "ASIATURN00000000");
        assert_eq!(
            set.credentials.secret_access_key.expose_secret(),
            credential_endpoint::SECRET
        );
        let left = set.left(before).expect("an end");
        assert!(left > Duration::from_secs(14 * 60) && left < Duration::from_secs(16 * 60));
        let requests = endpoint.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].method, "GET");
        assert_eq!(requests[0].target, credential_endpoint::PATH);
        assert_eq!(requests[0].headers["authorization"], endpoint.token());
        assert_eq!(requests[0].headers["accept"], "application/json");
    }

    #[tokio::test]
    async fn each_fetch_is_a_request_of_its_own() {
        let endpoint = CredentialEndpoint::behaving(Behaviour::Rotate {
            life: Duration::from_secs(60),
            spare: Duration::from_millis(59_999),
        });
        let source = open(&nothing(), &endpoint_environment(&endpoint)).expect("a source");
        let first = source.fetch().await.expect("a set");
        tokio::time::sleep(Duration::from_millis(5)).await;
        let second = source.fetch().await.expect("a set");
        assert_ne!(
            first.credentials.access_key_id,
            second.credentials.access_key_id
        );
        assert_eq!(endpoint.requests().len(), 2);
    }

    #[tokio::test]
    async fn localhost_is_asked_on_loopback_whatever_the_proxy() {
        let endpoint = CredentialEndpoint::start();
        let url = endpoint.url().replace("127.0.0.1", "localhost");
        let environment = Environment::fixed([
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, url.as_str()),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
        ]);
        let set = fetch(&nothing(), &environment).await.expect("a set");
        assert_eq!(set.origin.to_string(), format!("container endpoint {url}"));
    }

    #[tokio::test]
    async fn the_token_file_is_read_again_at_each_fetch() {
        let endpoint = CredentialEndpoint::start();
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), endpoint.token()).expect("written");
        let environment = Environment::fixed([
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, "outranked"),
            (
                vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
                file.path().to_str().expect("UTF-8"),
            ),
        ]);
        let source = open(&nothing(), &environment).expect("a source");
        source.fetch().await.expect("a set");
        endpoint.set_token("rotated");
        std::fs::write(file.path(), "rotated").expect("written");
        source.fetch().await.expect("a set for the new token");
    }

    #[tokio::test]
    async fn a_failure_that_passes_is_asked_again() {
        for status in [500, 503, 429] {
            let endpoint = CredentialEndpoint::behaving(Behaviour::FailFirst { times: 2, status });
            fetch(&nothing(), &endpoint_environment(&endpoint))
                .await
                .expect("a set in the end");
            assert_eq!(endpoint.requests().len(), 3, "{status}");
        }
    }

    #[tokio::test]
    async fn a_refusal_is_not_asked_again() {
        let endpoint = CredentialEndpoint::behaving(Behaviour::Status(404, String::new()));
        refusal(&nothing(), &endpoint_environment(&endpoint)).await;
        assert_eq!(endpoint.requests().len(), 1);
    }

    #[tokio::test]
    async fn everything_that_can_be_wrong_has_a_message_and_a_hint() {
        let cases = [
            (
                Behaviour::Status(
                    403,
                    r#"{"code":"AccessDenied","message":"not you"}"#.to_owned(),
                ),
                "answered 403: AccessDenied: not you",
            ),
            (
                Behaviour::Status(500, "<html>".to_owned()),
                "answered 500\n",
            ),
            (
                Behaviour::Redirect("http://127.0.0.1:1/steal".to_owned()),
                "answered 302, a redirect, which is not followed",
            ),
            (Behaviour::Html, "it answered HTML, not JSON"),
            (Behaviour::HalfJson, "its JSON ends in the middle"),
            (Behaviour::NoExpiration, "its answer has no Expiration"),
            (
                Behaviour::Expired(Duration::from_secs(90)),
                "the credentials of CloudShell expired 1m 3",
            ),
            (Behaviour::Close, "no connection to http://127.0.0.1:"),
        ];
        for (behaviour, expected) in cases {
            let endpoint = CredentialEndpoint::behaving(behaviour.clone());
            let report = refusal(&nothing(), &endpoint_environment(&endpoint)).await;
            assert!(report.contains(expected), "{behaviour:?}: {report}");
            assert!(report.contains("\nhint: "), "{behaviour:?}: {report}");
        }
    }

    #[tokio::test]
    async fn a_wrong_token_is_told_from_a_wrong_address() {
        let endpoint = CredentialEndpoint::start();
        let environment = endpoint_environment(&endpoint);
        endpoint.set_token("another");
        let report = refusal(&nothing(), &environment).await;
        assert!(report.contains("answered 403: Unauthorized"), "{report}");
        assert!(
            report.contains("hint: AWS_CONTAINER_AUTHORIZATION_TOKEN"),
            "{report}"
        );
    }

    #[tokio::test]
    async fn an_endpoint_that_refuses_is_given_up_soon() {
        let url = format!("http://{}/creds?secret=hush", refused_address());
        let environment =
            Environment::fixed([(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, url.as_str())]);
        let begin = Instant::now();
        let report = refusal(&nothing(), &environment).await;
        assert!(report.contains("Connection refused"), "{report}");
        assert!(!report.contains("hush"), "{report}");
        assert!(begin.elapsed() < Duration::from_secs(2));
    }

    #[tokio::test]
    async fn an_endpoint_that_hangs_is_given_up() {
        let endpoint = CredentialEndpoint::behaving(Behaviour::Hang);
        let report = refusal(&nothing(), &endpoint_environment(&endpoint)).await;
        assert!(report.contains("did not answer within 3 s"), "{report}");
        assert_eq!(endpoint.requests().len(), 3);
    }

    #[tokio::test]
    async fn a_wrong_clock_is_named_as_the_cause_of_an_expired_set() {
        let endpoint = CredentialEndpoint::start();
        let environment = endpoint_environment(&endpoint);
        // Seen from a clock that is right, this machine is an hour ahead.
        endpoint.set_clock(-3600);
        endpoint.behave(Behaviour::Expired(Duration::ZERO));
        let report = refusal(&nothing(), &environment).await;
        assert!(
            report.starts_with("credrun: the clock of this machine is 1h ahead of AWS's"),
            "{report}"
        );
        assert!(
            report.contains("caused by: the credentials of CloudShell expired"),
            "{report}"
        );
    }

    #[tokio::test]
    async fn a_short_set_is_waited_out_for_min_ttl() {
        let endpoint = CredentialEndpoint::start();
        let source = open(&nothing(), &endpoint_environment(&endpoint)).expect("a source");
        let mut waited = 0;
        let set = fetch_fitting(&source, Some(Duration::from_secs(600)), |_| waited += 1).await;
        assert!(set.is_ok());
        let error = fetch_fitting(&source, Some(Duration::from_secs(3600)), |_| waited += 1)
            .await
            .expect_err("refused");
        let report = Error::from(error).report();
        assert!(report.contains("1h asked for"), "{report}");
        assert!(report.contains("--live"), "{report}");
        assert_eq!(waited, 0);
    }
}

mod keys {
    use super::*;

    #[tokio::test]
    async fn a_temporary_set_in_the_environment_is_taken_as_it_is() {
        let environment = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, "ASIAENV"),
            (vars::AWS_SECRET_ACCESS_KEY, "secret"),
            (vars::AWS_SESSION_TOKEN, "token"),
        ]);
        let set = fetch(&nothing(), &environment).await.expect("a set");
        assert_eq!(set.origin.to_string(), "environment");
        assert_eq!(set.credentials.access_key_id, "ASIAENV");
    }

    #[tokio::test]
    async fn long_lived_keys_are_exchanged_for_a_session() {
        let sts = Sts::start();
        let args = AwsArgs {
            duration_seconds: Some(7200),
            ..AwsArgs::default()
        };
        let set = fetch(&args, &user_environment(&sts)).await.expect("a set");
        assert_eq!(set.origin.to_string(), "session of environment");
        assert!(set.credentials.session_token.is_some());
        let calls = sts.calls();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].action, "GetSessionToken");
        assert_eq!(calls[0].get("DurationSeconds"), Some("7200"));
        assert_eq!(calls[0].signed_by.as_deref(), Some(Sts::USER));
    }

    #[tokio::test]
    async fn long_lived_is_the_loud_way_to_pass_them_on() {
        let sts = Sts::start();
        let args = AwsArgs {
            long_lived: true,
            ..AwsArgs::default()
        };
        let set = fetch(&args, &user_environment(&sts)).await.expect("a set");
        assert_eq!(set.credentials.access_key_id, Sts::USER);
        assert!(set.credentials.session_token.is_none());
        assert!(sts.calls().is_empty());
    }

    #[tokio::test]
    async fn an_expired_set_in_the_environment_is_refused_before_it_is_used() {
        let sts = Sts::start();
        let environment = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, "ASIAENV"),
            (vars::AWS_SECRET_ACCESS_KEY, "secret"),
            (vars::AWS_SESSION_TOKEN, "token"),
            (vars::AWS_CREDENTIAL_EXPIRATION, "2020-01-01T00:00:00Z"),
            (vars::AWS_ENDPOINT_URL_STS, &sts.url()),
        ]);
        let report = refusal(&role(), &environment).await;
        assert!(
            report.contains("the credentials of environment expired"),
            "{report}"
        );
        assert!(sts.calls().is_empty());
    }

    #[tokio::test]
    async fn half_a_pair_is_refused_although_another_source_follows() {
        let endpoint = CredentialEndpoint::start();
        let environment = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, "AKIA"),
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
        ]);
        let report = refusal(&nothing(), &environment).await;
        assert!(
            report
                .starts_with("credrun: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"),
            "{report}"
        );
    }

    #[tokio::test]
    async fn a_wrong_secret_is_told_without_the_canonical_request() {
        let sts = Sts::start();
        let environment = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, Sts::USER),
            (vars::AWS_SECRET_ACCESS_KEY, "mistyped"),
            (vars::AWS_ENDPOINT_URL_STS, &sts.url()),
        ]);
        let report = refusal(&nothing(), &environment).await;
        assert!(
            report.contains("caused by: SignatureDoesNotMatch: "),
            "{report}"
        );
        assert!(!report.contains("x-amz-security-token"), "{report}");
        assert!(
            report.contains("hint: the secret access key does not belong"),
            "{report}"
        );
    }
}

mod assume_role {
    use super::*;

    #[tokio::test]
    async fn a_role_is_assumed_from_whichever_source_was_found() {
        let (sts, endpoint) = (Sts::start(), CredentialEndpoint::start());
        sts.know(
            "ASIATURN00000000",
            credential_endpoint::SECRET,
            Some(&format!(
                "{}TURN00000000",
                credential_endpoint::SESSION_TOKEN
            )),
            "arn:aws:sts::123456789012:assumed-role/console/me",
        );
        let environment = Environment::fixed([
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
            (vars::AWS_EXECUTION_ENV, "CloudShell"),
            (vars::AWS_ENDPOINT_URL, &sts.url()),
        ]);
        let set = fetch(&role(), &environment).await.expect("a set");
        assert_eq!(
            set.origin.to_string(),
            format!("role {ROLE} via CloudShell")
        );
        let call = &sts.calls()[0];
        let name = call.get("RoleSessionName").expect("a name");
        let digits = name.strip_prefix("credrun-").expect("the prefix");
        assert!(
            digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit()),
            "{name}"
        );
        let identity = format!("arn:aws:sts::123456789012:assumed-role/deploy/{name}");
        assert_eq!(set.identity.as_deref(), Some(identity.as_str()));
        assert_eq!(set.credentials.account_id.as_deref(), Some("123456789012"));
    }

    #[tokio::test]
    async fn every_parameter_reaches_sts() {
        let sts = Sts::start();
        sts.want_external_id(ROLE, "ticket-7");
        let args = AwsArgs {
            role_session_name: Some("me@example.com".to_owned()),
            external_id: Some("ticket-7".to_owned()),
            duration_seconds: Some(900),
            policy: Some(r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned()),
            policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
            tags: vec![
                "Key=team,Value=blue".to_owned(),
                "Key=cost,Value=7".to_owned(),
            ],
            transitive_tag_keys: vec!["team".to_owned()],
            source_identity: Some("me".to_owned()),
            ..role()
        };
        fetch(&args, &user_environment(&sts)).await.expect("a set");
        let calls = sts.calls();
        assert_eq!(calls.len(), 1);
        for (name, value) in [
            ("RoleArn", ROLE),
            ("RoleSessionName", "me@example.com"),
            ("ExternalId", "ticket-7"),
            ("DurationSeconds", "900"),
            ("Policy", r#"{"Version":"2012-10-17","Statement":[]}"#),
            (
                "PolicyArns.member.1.arn",
                "arn:aws:iam::aws:policy/ReadOnlyAccess",
            ),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "blue"),
            ("Tags.member.2.Key", "cost"),
            ("TransitiveTagKeys.member.1", "team"),
            ("SourceIdentity", "me"),
        ] {
            assert_eq!(calls[0].get(name), Some(value), "{name}");
        }
    }

    #[tokio::test]
    async fn roles_given_again_are_a_chain_in_order() {
        let sts = Sts::start();
        let args = AwsArgs {
            role_arn: vec![ROLE.to_owned(), OTHER_ROLE.to_owned()],
            external_id: Some("for-the-last".to_owned()),
            ..AwsArgs::default()
        };
        let set = fetch(&args, &user_environment(&sts)).await.expect("a set");
        let calls = sts.calls();
        assert_eq!(calls[0].get("RoleArn"), Some(ROLE));
        assert_eq!(calls[0].get("ExternalId"), None);
        assert_eq!(calls[1].get("RoleArn"), Some(OTHER_ROLE));
        assert_eq!(calls[1].get("ExternalId"), Some("for-the-last"));
        assert_eq!(calls[1].signed_by.as_deref(), Some("ASIASTS000000001"));
        assert_eq!(
            set.origin.to_string(),
            format!("role {OTHER_ROLE} via role {ROLE} via environment")
        );
    }

    #[tokio::test]
    async fn each_refusal_of_sts_has_its_hint() {
        for (code, message, expected) in [
            ("AccessDenied", "User: x is not authorized", "trust policy"),
            (
                "ExpiredToken",
                "The security token is expired",
                "log in again",
            ),
            (
                "InvalidClientTokenId",
                "invalid",
                "does not exist or is switched off",
            ),
            ("MalformedPolicyDocument", "syntax", "see --policy"),
            ("RegionDisabledException", "off", "--region"),
            (
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                "its maximum is a setting of the role",
            ),
        ] {
            let sts = Sts::start();
            sts.refuse_all(400, code, message);
            let report = refusal(&role(), &user_environment(&sts)).await;
            assert!(
                report.starts_with(&format!("credrun: AssumeRole of {ROLE} failed\n")),
                "{report}"
            );
            assert!(
                report.contains(&format!("caused by: {code}: {message}")),
                "{report}"
            );
            assert!(report.contains(expected), "{report}");
        }
    }

    #[tokio::test]
    async fn a_role_that_trusts_somebody_else_is_explained() {
        let sts = Sts::start();
        sts.deny(ROLE);
        let report = refusal(&role(), &user_environment(&sts)).await;
        assert!(
            report.contains("caused by: AccessDenied: User: arn:aws:iam"),
            "{report}"
        );
        assert!(
            report.contains("trust policy must name the caller"),
            "{report}"
        );
    }

    #[tokio::test]
    async fn a_wrong_clock_is_named_as_the_cause_of_a_refused_signature() {
        let sts = Sts::start();
        sts.refuse_all(403, "SignatureDoesNotMatch", "Signature expired");
        sts.advance(Duration::from_secs(7200));
        let report = refusal(&role(), &user_environment(&sts)).await;
        assert!(
            report.starts_with("credrun: the clock of this machine is 2h behind AWS's"),
            "{report}"
        );
        assert!(
            report.contains("caused by: SignatureDoesNotMatch"),
            "{report}"
        );
    }

    #[tokio::test]
    async fn a_wrong_clock_that_the_sdk_corrects_is_known_from_the_set() {
        let sts = Sts::start();
        sts.advance(Duration::from_secs(7200));
        let set = fetch(&role(), &user_environment(&sts))
            .await
            .expect("a set");
        let clock = set.clock.expect("a date");
        assert!(clock.matters() && !clock.is_ahead());
    }

    #[tokio::test]
    async fn a_set_that_seems_to_have_ended_before_it_began_is_the_clocks_fault() {
        let sts = Sts::start();
        sts.set_back(Duration::from_secs(7200));
        let report = refusal(&role(), &user_environment(&sts)).await;
        assert!(
            report.starts_with("credrun: the clock of this machine is 2h ahead of AWS's"),
            "{report}"
        );
    }

    #[tokio::test]
    async fn an_sts_that_cannot_be_reached_is_named() {
        let environment = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, Sts::USER),
            (vars::AWS_SECRET_ACCESS_KEY, Sts::USER_SECRET),
            (
                vars::AWS_ENDPOINT_URL_STS,
                &format!("http://{}", refused_address()),
            ),
        ]);
        let report = refusal(&role(), &environment).await;
        assert!(
            report.contains("caused by: STS could not be reached at http://127"),
            "{report}"
        );
        assert!(report.contains("AWS_ENDPOINT_URL_STS"), "{report}");
    }

    #[tokio::test]
    async fn whose_a_set_is_can_be_asked() {
        let sts = Sts::start();
        let source = open(&role(), &user_environment(&sts)).expect("a source");
        let set = source.fetch().await.expect("a set");
        let identity = source.caller_identity(&set).await.expect("an identity");
        assert_eq!(identity.account, sts::ACCOUNT);
        assert_eq!(Some(identity.arn), set.identity);
    }

    #[tokio::test]
    async fn what_aws_would_refuse_is_refused_before_the_call() {
        let many: Vec<String> = (0..51).map(|n| format!("Key=k{n},Value=v")).collect();
        let chain = vec![ROLE.to_owned(), OTHER_ROLE.to_owned()];
        let text = |text: &str| Some(text.to_owned());
        let cases: [(AwsArgs, &str); 14] = [
            (
                AwsArgs {
                    role_arn: vec!["deploy".to_owned()],
                    ..nothing()
                },
                "--role-arn: ",
            ),
            (
                AwsArgs {
                    duration_seconds: Some(60),
                    ..role()
                },
                "--duration-seconds: 60 s",
            ),
            (
                AwsArgs {
                    duration_seconds: Some(43_201),
                    ..role()
                },
                "--duration-seconds: 43201 s",
            ),
            (
                AwsArgs {
                    duration_seconds: Some(3601),
                    role_arn: chain,
                    ..nothing()
                },
                "--duration-seconds: 3601 s is more than a chained role may live",
            ),
            (
                AwsArgs {
                    policy: text("not json"),
                    ..role()
                },
                "--policy: the policy is not JSON",
            ),
            (
                AwsArgs {
                    policy: text("file:///nonexistent"),
                    ..role()
                },
                "--policy: /nonexistent",
            ),
            (
                AwsArgs {
                    tags: many,
                    ..role()
                },
                "--tags: 51 tags",
            ),
            (
                AwsArgs {
                    transitive_tag_keys: vec!["x".to_owned()],
                    ..role()
                },
                "--transitive-tag-keys: ",
            ),
            (
                AwsArgs {
                    role_session_name: text("a b"),
                    ..role()
                },
                "--role-session-name: ",
            ),
            (
                AwsArgs {
                    external_id: text("x"),
                    ..role()
                },
                "--external-id: ",
            ),
            (
                AwsArgs {
                    external_id: text("ticket"),
                    ..nothing()
                },
                "--external-id: it says",
            ),
            (
                AwsArgs {
                    serial_number: text("x"),
                    ..nothing()
                },
                "--serial-number: ",
            ),
            (
                AwsArgs {
                    token_code: Some("12".into()),
                    ..role()
                },
                "--token-code: it is not six digits",
            ),
            (
                AwsArgs {
                    token_code: Some("123456".into()),
                    ..role()
                },
                "--token-code: no MFA device is named",
            ),
        ];
        let sts = Sts::start();
        for (args, expected) in cases {
            let report = refusal(&args, &user_environment(&sts)).await;
            assert!(
                report.starts_with(&format!("credrun: {expected}")),
                "{report}"
            );
        }
        assert!(sts.calls().is_empty());
    }
}

mod mfa {
    use super::*;

    fn with_code(code: &str) -> AwsArgs {
        AwsArgs {
            serial_number: Some(DEVICE.to_owned()),
            token_code: Some(code.into()),
            ..role()
        }
    }

    #[tokio::test]
    async fn one_code_serves_every_later_fetch() {
        let sts = Sts::start();
        sts.device(DEVICE, &["123456"]);
        sts.want_mfa(ROLE);
        let source = open(&with_code("123456"), &user_environment(&sts)).expect("a source");
        let first = source.fetch().await.expect("a set");
        let second = source.fetch().await.expect("a set without another code");
        assert_ne!(
            first.credentials.access_key_id,
            second.credentials.access_key_id
        );
        assert_eq!(
            first.origin.to_string(),
            format!("role {ROLE} via environment")
        );
        assert_eq!(
            sts.actions(),
            ["GetSessionToken", "AssumeRole", "AssumeRole"]
        );
        let calls = sts.calls();
        assert_eq!(calls[0].get("SerialNumber"), Some(DEVICE));
        assert_eq!(calls[1].get("TokenCode"), None);
    }

    #[tokio::test]
    async fn the_code_goes_with_assume_role_itself_where_that_is_asked_for() {
        let sts = Sts::start();
        sts.device(DEVICE, &["123456"]);
        sts.want_mfa(ROLE);
        let args = AwsArgs {
            mfa_in_assume_role: true,
            ..with_code("123456")
        };
        let source = open(&args, &user_environment(&sts)).expect("a source");
        let first = source.fetch().await.expect("a set");
        let second = source
            .fetch()
            .await
            .expect("the same set, since the code is used up");
        assert_eq!(
            first.credentials.access_key_id,
            second.credentials.access_key_id
        );
        assert_eq!(first.origin, second.origin);
        assert_eq!(sts.actions(), ["AssumeRole"]);
        assert_eq!(sts.calls()[0].get("TokenCode"), Some("123456"));
    }

    #[tokio::test]
    async fn a_code_without_a_role_buys_the_session_itself() {
        let sts = Sts::start();
        sts.device(DEVICE, &["123456"]);
        let args = AwsArgs {
            role_arn: Vec::new(),
            ..with_code("123456")
        };
        let source = open(&args, &user_environment(&sts)).expect("a source");
        source.fetch().await.expect("a set");
        source.fetch().await.expect("the same set");
        assert_eq!(sts.actions(), ["GetSessionToken"]);
    }

    #[tokio::test]
    async fn a_wrong_code_is_told() {
        let sts = Sts::start();
        sts.device(DEVICE, &["123456"]);
        let report = refusal(&with_code("000000"), &user_environment(&sts)).await;
        assert!(report.contains("GetSessionToken failed"), "{report}");
        assert!(report.contains("each works once"), "{report}");
    }

    #[tokio::test]
    async fn a_device_without_code_asks_at_the_terminal_and_says_so_where_there_is_none() {
        let sts = Sts::start();
        let args = AwsArgs {
            token_code: None,
            ..with_code("")
        };
        let report = refusal(&args, &user_environment(&sts)).await;
        assert!(
            report.contains("no terminal to ask for the code of"),
            "{report}"
        );
        assert!(report.contains("--token-code"), "{report}");
        assert!(sts.calls().is_empty());
    }

    #[tokio::test]
    async fn a_profiles_mfa_serial_and_duration_are_honoured() {
        let sts = Sts::start();
        sts.device(DEVICE, &["654321"]);
        sts.want_mfa(ROLE);
        let config = format!(
            "[profile deploy]\nrole_arn = {ROLE}\nsource_profile = me\nmfa_serial = {DEVICE}\nmfa_process = echo 654321\nduration_seconds = 1800\n[profile me]\nregion = eu-west-1\n"
        );
        let keys = format!(
            "[me]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            Sts::USER,
            Sts::USER_SECRET
        );
        let home = Home::new(&config, &keys);
        let set = fetch(&profile("deploy"), &home.environment(&sts.url()))
            .await
            .expect("a set");
        assert_eq!(
            set.origin.to_string(),
            format!("role {ROLE} via profile \"me\"")
        );
        assert_eq!(sts.actions(), ["GetSessionToken", "AssumeRole"]);
        assert_eq!(sts.calls()[1].get("DurationSeconds"), Some("1800"));
    }

    #[tokio::test]
    async fn temporary_credentials_cannot_use_a_code_without_a_role() {
        let environment = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, "ASIA"),
            (vars::AWS_SECRET_ACCESS_KEY, "secret"),
            (vars::AWS_SESSION_TOKEN, "token"),
        ]);
        let args = AwsArgs {
            role_arn: Vec::new(),
            ..with_code("123456")
        };
        let report = refusal(&args, &environment).await;
        assert!(report.contains("temporary already"), "{report}");
    }
}

mod profiles {
    use super::*;

    /// What a profile comes to: the calls that STS got, or the message.
    enum Expected {
        Origin(&'static str),
        Error(&'static str),
    }
    use Expected::{Error as Refused, Origin};

    const KEYS: &str =
        "aws_access_key_id = AKIAUSEREXAMPLE\naws_secret_access_key = userSecret/KEEP/OUT\n";

    /// The behaviour that smithy-rs's `assume-role-tests.json` and botocore's assume-role tests
    /// describe, in cases of our own. `KEYS` stands for the user's keys.
    const CASES: &[(&str, &str, Expected)] = &[
        (
            "a role of another profile's keys",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\n[profile b]\nKEYS",
            Origin("role arn:aws:iam::123456789012:role/r via profile \"b\""),
        ),
        (
            "a chain of two roles, assumed from the far end",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/last\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/first\nsource_profile = c\n[profile c]\nKEYS",
            Origin(
                "role arn:aws:iam::123456789012:role/last via role arn:aws:iam::123456789012:role/first via profile \"c\"",
            ),
        ),
        (
            "a profile may be its own source",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = a\nKEYS",
            Origin("role arn:aws:iam::123456789012:role/r via profile \"a\""),
        ),
        (
            "further down, keys win over a role",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/unused\nsource_profile = a\nKEYS",
            Origin("role arn:aws:iam::123456789012:role/r via profile \"b\""),
        ),
        (
            "in the profile itself, the role wins over keys",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\naws_access_key_id = AKIAUNUSED\naws_secret_access_key = x\n[profile b]\nKEYS",
            Origin("role arn:aws:iam::123456789012:role/r via profile \"b\""),
        ),
        (
            "a circle",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = a",
            Refused("its source_profile leads in a circle: a -> b -> a"),
        ),
        (
            "a source that does not exist",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = gone",
            Refused("its source_profile \"gone\" does not exist"),
        ),
        (
            "a role without a source",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r",
            Refused("neither source_profile nor credential_source"),
        ),
        (
            "a role with two sources",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\ncredential_source = Environment\n[profile b]\nKEYS",
            Refused("both source_profile and credential_source"),
        ),
        (
            "a credential_source that AWS does not know",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Moon",
            Refused("its credential_source \"Moon\" is none of"),
        ),
        (
            "a credential_source that has nothing",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = EcsContainer",
            Refused("its credential_source EcsContainer has no credentials: neither"),
        ),
        (
            "a source that says nothing about credentials",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\n[profile b]\nregion = x",
            Refused("profile \"b\""),
        ),
        (
            "half a pair",
            "[profile a]\naws_access_key_id = AKIA",
            Refused("it has aws_access_key_id, but no aws_secret_access_key"),
        ),
        (
            "a malformed role",
            "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nKEYS",
            Refused("its role_arn is wrong"),
        ),
        (
            "a duration that is no number",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\nduration_seconds = 1h\n[profile b]\nKEYS",
            Refused("its duration_seconds is wrong: \"1h\" is not a number"),
        ),
        (
            "more than an hour for a chained role",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\nduration_seconds = 7200\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/q\nsource_profile = c\n[profile c]\nKEYS",
            Refused("profile \"a\""),
        ),
        (
            "a web identity without a role",
            "[profile a]\nweb_identity_token_file = /run/token",
            Refused("it has web_identity_token_file, but no role_arn"),
        ),
        (
            "a web identity whose token file is gone",
            "[profile a]\nweb_identity_token_file = /nonexistent/token\nrole_arn = arn:aws:iam::123456789012:role/r",
            Refused("the web identity token file /nonexistent/token cannot be read"),
        ),
        (
            "an SSO session that is not defined",
            "[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r",
            Refused("its sso_session \"s\" has no section [sso-session s]"),
        ),
        (
            "an SSO profile that lacks its role",
            "[profile a]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 1",
            Refused("it has sso_start_url, but no sso_role_name"),
        ),
        (
            "an SSO session that nobody logged in to",
            "[profile a]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://never-logged-in.example/start",
            Refused("hint: aws sso login --profile a"),
        ),
        (
            "an older SSO profile that nobody logged in to",
            "[profile a]\nsso_account_id = 123456789012\nsso_role_name = r\nsso_region = us-east-1\nsso_start_url = https://never-logged-in.example/start",
            Refused("hint: aws sso login --profile a"),
        ),
        (
            "a login session that nobody logged in to",
            "[profile a]\nlogin_session = arn:aws:iam::123456789012:user/nobody",
            Refused("hint: aws login --profile a"),
        ),
        (
            "a command",
            "[profile a]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"2099-01-01T00:00:00Z\"}'",
            Origin("profile \"a\" (credential_process)"),
        ),
        (
            "a command that fails",
            "[profile a]\ncredential_process = echo 'please log in' >&2; exit 7",
            Refused("caused by: exit status: 7: please log in"),
        ),
        (
            "a command that does not exist",
            "[profile a]\ncredential_process = /nonexistent/command --secret hush",
            Refused("hint: the command was not found"),
        ),
        (
            "a command that prints garbage",
            "[profile a]\ncredential_process = echo userSecret/KEEP/OUT",
            Refused("caused by: it printed no JSON object of credentials"),
        ),
    ];

    #[tokio::test]
    async fn each_comes_to_what_the_sdks_make_of_it() {
        for (name, config, expected) in CASES {
            let sts = Sts::start();
            let home = Home::new(&config.replace("KEYS", KEYS), "");
            let environment = home.environment(&sts.url());
            match expected {
                Origin(origin) => {
                    let set = fetch(&profile("a"), &environment).await;
                    let set = set.unwrap_or_else(|error| panic!("{name}: {error:?}"));
                    assert_eq!(set.origin.to_string(), *origin, "{name}");
                }
                Refused(text) => {
                    let report = refusal(&profile("a"), &environment).await;
                    assert!(report.contains(text), "{name}: {report}");
                    assert!(sts.calls().is_empty(), "{name}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_message_names_the_file_and_the_line() {
        let home = Home::new(
            "[default]\nregion = x\n\n[profile a]\naws_access_key_id = A\n",
            "",
        );
        let report = refusal(&profile("a"), &home.environment("")).await;
        let place = format!("({}/.aws/config line 4)", home.path().display());
        assert!(report.contains(&place), "{report}");
    }

    #[tokio::test]
    async fn a_profile_that_does_not_exist_is_named_with_those_that_do() {
        let home = Home::new(
            "[profile dev]\nregion = x\n[profile prod]\nregion = x\n",
            "",
        );
        let report = refusal(&profile("deev"), &home.environment("")).await;
        assert!(
            report.contains("profile \"deev\" cannot be used"),
            "{report}"
        );
        assert!(report.contains("hint: there is dev, prod"), "{report}");

        let environment = Environment::fixed([
            (vars::HOME, home.path().to_str().expect("UTF-8")),
            (vars::AWS_PROFILE, "deev"),
        ]);
        let report = refusal(&nothing(), &environment).await;
        assert!(
            report.contains("hint: AWS_PROFILE names it; there is dev, prod"),
            "{report}"
        );
    }

    #[tokio::test]
    async fn a_file_that_another_tool_rewrites_is_read_again() {
        let keys = |key: &str| {
            format!(
                "[default]\naws_access_key_id = {key}\naws_secret_access_key = s\naws_session_token = t\n"
            )
        };
        let home = Home::new("", &keys("ASIAOLD"));
        let source = open(&nothing(), &home.environment("")).expect("a source");
        assert_eq!(
            source
                .fetch()
                .await
                .expect("a set")
                .credentials
                .access_key_id,
            "ASIAOLD"
        );
        std::fs::write(home.path().join(".aws/credentials"), keys("ASIANEW")).expect("written");
        assert_eq!(
            source
                .fetch()
                .await
                .expect("a set")
                .credentials
                .access_key_id,
            "ASIANEW"
        );
    }

    #[tokio::test]
    async fn the_region_is_the_profiles_where_nobody_else_names_one() {
        let home = Home::new(&format!("[profile a]\nregion = eu-central-1\n{KEYS}"), "");
        let environment = home.environment("");
        let source = open(&profile("a"), &environment).expect("a source");
        let region = source.region().expect("a region");
        assert_eq!(region.name, "eu-central-1");
        assert_eq!(region.from.to_string(), "profile \"a\"");

        let args = AwsArgs {
            region: Some("us-west-2".to_owned()),
            ..profile("a")
        };
        let source = open(&args, &environment).expect("a source");
        assert_eq!(
            source.region().expect("a region").from.to_string(),
            "--region"
        );
    }

    #[tokio::test]
    async fn a_web_identity_token_is_exchanged_for_the_role() {
        let sts = Sts::start();
        sts.trust_token("eyJ.token");
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "eyJ.token\n").expect("written");
        let environment = Environment::fixed([
            (
                vars::AWS_WEB_IDENTITY_TOKEN_FILE,
                file.path().to_str().expect("UTF-8"),
            ),
            (vars::AWS_ROLE_ARN, ROLE),
            (vars::AWS_ROLE_SESSION_NAME, "ci"),
            (vars::AWS_ENDPOINT_URL_STS, &sts.url()),
        ]);
        let set = fetch(&nothing(), &environment).await.expect("a set");
        assert_eq!(
            set.origin.to_string(),
            format!("role {ROLE} via web identity")
        );
        assert!(
            set.identity
                .expect("known")
                .ends_with("assumed-role/deploy/ci")
        );
        assert_eq!(sts.calls()[0].signed_by, None);

        std::fs::write(file.path(), "forged").expect("written");
        let report = refusal(&nothing(), &environment).await;
        assert!(
            report.contains("caused by: InvalidIdentityToken"),
            "{report}"
        );
        assert!(!report.contains("forged"), "{report}");
    }
}

mod chain {
    use super::*;

    #[tokio::test]
    async fn nothing_found_lists_each_source_and_why_not() {
        let environment = Environment::fixed([
            (vars::HOME, "/nonexistent"),
            (vars::AWS_EC2_METADATA_DISABLED, "true"),
        ]);
        let report = refusal(&nothing(), &environment).await;
        assert_eq!(
            report,
            "credrun: no AWS credentials found
  environment: AWS_ACCESS_KEY_ID is not set
  profile: no profile in /nonexistent/.aws/config or /nonexistent/.aws/credentials
  web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set
  container endpoint: neither AWS_CONTAINER_CREDENTIALS_FULL_URI nor AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set
  EC2 instance metadata: AWS_EC2_METADATA_DISABLED is true
hint: log in with `aws sso login` or `aws login`, set AWS_PROFILE, or run in AWS CloudShell
"
        );
    }

    #[tokio::test]
    async fn an_absent_metadata_service_is_the_last_of_the_list() {
        let environment = Environment::fixed([
            (vars::HOME, "/nonexistent"),
            (
                vars::AWS_EC2_METADATA_SERVICE_ENDPOINT,
                &format!("http://{}/", refused_address()),
            ),
        ]);
        let begin = Instant::now();
        let report = refusal(&nothing(), &environment).await;
        assert!(report.contains("\n  EC2 instance metadata: "), "{report}");
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn the_order_is_the_aws_clis() {
        let endpoint = CredentialEndpoint::start();
        let home = Home::new(
            "",
            "[default]\naws_access_key_id = ASIAPROFILE\naws_secret_access_key = s\naws_session_token = t\n",
        );
        let home = home.path().to_str().expect("UTF-8");
        let (url, token) = (endpoint.url(), endpoint.token());
        let all = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, "ASIAENV"),
            (vars::AWS_SECRET_ACCESS_KEY, "s"),
            (vars::AWS_SESSION_TOKEN, "t"),
            (vars::HOME, home),
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &url),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &token),
        ]);
        let key = |args: AwsArgs, environment: Environment| async move {
            let set = fetch(&args, &environment).await.expect("a set");
            set.credentials.access_key_id
        };
        assert_eq!(key(nothing(), all.clone()).await, "ASIAENV");
        // A profile by flag goes before the environment, one by variable does not.
        assert_eq!(key(profile("default"), all.clone()).await, "ASIAPROFILE");
        for (source, expected) in [
            (CredentialSource::Environment, "ASIAENV"),
            (CredentialSource::Profile, "ASIAPROFILE"),
            (CredentialSource::EcsContainer, "ASIATURN00000000"),
        ] {
            let args = AwsArgs {
                credential_source: Some(source),
                ..AwsArgs::default()
            };
            assert_eq!(key(args, all.clone()).await, expected);
        }
    }

    #[tokio::test]
    async fn each_source_answers_for_itself_to_the_doctor() {
        let endpoint = CredentialEndpoint::behaving(Behaviour::Html);
        let environment = Environment::fixed([
            (vars::AWS_ACCESS_KEY_ID, "ASIAENV"),
            (vars::AWS_SECRET_ACCESS_KEY, "s"),
            (vars::AWS_SESSION_TOKEN, "t"),
            (vars::HOME, "/nonexistent"),
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
            (vars::AWS_EC2_METADATA_DISABLED, "true"),
        ]);
        let source = open(&nothing(), &environment).expect("a source");
        let probes = source.probe().await;
        let answers: Vec<(&str, &str)> = probes
            .iter()
            .map(|probe| {
                let answer = match &probe.answer {
                    Answer::Absent(_) => "absent",
                    Answer::Failed(_) => "failed",
                    Answer::Found { .. } => "found",
                };
                (probe.source.as_str(), answer)
            })
            .collect();
        assert_eq!(
            answers,
            [
                ("environment", "found"),
                ("web identity", "absent"),
                ("profile \"default\"", "absent"),
                ("container endpoint", "failed"),
                ("EC2 instance metadata", "absent"),
            ]
        );
        let failed = probes.iter().find_map(|probe| match &probe.answer {
            Answer::Failed(error) => error.source().map(ToString::to_string),
            _ => None,
        });
        assert!(failed.expect("a failure").contains("HTML"));
    }
}
