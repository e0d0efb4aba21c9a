//! What profiles come to.

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
        Refused("its source_profile leads back to itself: a -> b -> a"),
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
        Refused("its credential_source \"Moon\" is not Environment"),
    ),
    (
        "a credential_source that has nothing",
        "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = EcsContainer",
        Refused("its credential_source EcsContainer has no credentials: neither"),
    ),
    (
        "a credential_source that is switched off",
        "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Ec2InstanceMetadata",
        Refused("has no credentials: AWS_EC2_METADATA_DISABLED is true"),
    ),
    (
        "a source that has no settings for credentials",
        "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\n[profile b]\nregion = x",
        Refused("profile \"b\""),
    ),
    (
        "half a pair",
        "[profile a]\naws_access_key_id = AKIA",
        Refused("it has aws_access_key_id in the config file, but no aws_secret_access_key there"),
    ),
    (
        "a malformed role",
        "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nKEYS",
        Refused("its role_arn is invalid"),
    ),
    (
        "a duration that is no number",
        "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\nduration_seconds = 1h\n[profile b]\nKEYS",
        Refused("its duration_seconds is invalid: \"1h\" is not a number"),
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
        Refused("its sso_session is \"s\", but there is no section [sso-session s]"),
    ),
    (
        "an SSO profile that lacks its role",
        "[profile a]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 1",
        Refused("it has sso_account_id, but no sso_role_name"),
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
        "[profile a]\ncredential_process = sh -c 'echo \"please log in\" >&2; exit 7'",
        Refused("caused by: exit status: 7: please log in"),
    ),
    (
        "a command that does not exist",
        "[profile a]\ncredential_process = /nonexistent/command --secret hush",
        Refused("hint: no shell runs it, as with the AWS CLI"),
    ),
    (
        "a command that prints garbage",
        "[profile a]\ncredential_process = echo userSecret/KEEP/OUT",
        Refused("caused by: its output is not JSON"),
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
async fn the_flags_about_a_role_are_about_the_profiles_role_too() {
    let config = format!(
        "[profile a]\nrole_arn = {ROLE}\nsource_profile = b\nexternal_id = kept\nduration_seconds = 900\n[profile b]\n{KEYS}"
    );
    let sts = Sts::start();
    let home = Home::new(&config, "");
    let args = AwsArgs {
        policy: Some(r#"{"Statement":[]}"#.to_owned()),
        duration_seconds: Some(1800),
        role_session_name: Some("me".to_owned()),
        ..profile("a")
    };
    fetch(&args, &home.environment(&sts.url()))
        .await
        .expect("a set");
    let call = &sts.calls()[0];
    for (name, value) in [
        ("Policy", r#"{"Statement":[]}"#),
        ("DurationSeconds", "1800"),
        ("RoleSessionName", "me"),
        ("ExternalId", "kept"),
    ] {
        assert_eq!(call.get(name), Some(value), "{name}");
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
    assert!(
        report.contains("hint: the profiles are: dev, prod"),
        "{report}"
    );

    let environment = Environment::fixed([
        (vars::HOME, home.path().to_str().expect("UTF-8")),
        (vars::AWS_PROFILE, "deev"),
    ]);
    let report = refusal(&nothing(), &environment).await;
    assert!(
        report.contains("hint: AWS_PROFILE names it; the profiles are: dev, prod"),
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
