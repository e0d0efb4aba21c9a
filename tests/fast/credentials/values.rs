//! Values that no set can have: each source says which of its fields it is, and never what is in
//! it. The SDK would abort at the first of them.

use super::*;
use crate::support::http_server::{HttpServer, Reply};
use crate::support::process::{credrun, run};

const CARRIAGE_RETURN: &str =
    "contains a carriage return (was it copied from a file with Windows line endings?)";

/// A set as endpoints answer it, with this access key ID.
fn answer(access_key_id: &str) -> String {
    serde_json::json!({
        "Code": "Success",
        "AccessKeyId": access_key_id,
        "SecretAccessKey": credential_endpoint::SECRET,
        "Token": credential_endpoint::SESSION_TOKEN,
        "Expiration": "2099-01-01T00:00:00Z",
    })
    .to_string()
}

fn keys(sts: &Sts, secret: &str) -> Environment {
    Environment::fixed([
        (vars::AWS_ACCESS_KEY_ID, Sts::USER),
        (vars::AWS_SECRET_ACCESS_KEY, secret),
        (vars::AWS_ENDPOINT_URL_STS, &sts.url()),
    ])
}

#[tokio::test]
async fn of_the_environment() {
    let sts = Sts::start();
    let report = refusal(&nothing(), &keys(&sts, "hush\r")).await;
    assert_eq!(
        report,
        format!(
            "credrun: AWS_SECRET_ACCESS_KEY {CARRIAGE_RETURN}\n\
             hint: set it again without that, or unset it and the variables that belong to it to use another source\n"
        )
    );
    assert!(sts.calls().is_empty());
}

#[tokio::test]
async fn of_a_profile() {
    let sts = Sts::start();
    let file = "[default]\naws_access_key_id = ASIA\u{1}\naws_secret_access_key = hush\n";
    let home = Home::new("", file);
    let report = refusal(&role(), &home.environment(&sts.url())).await;
    assert!(
        report.contains("its aws_access_key_id contains a control character (U+0001)"),
        "{report}"
    );
    assert!(
        report.starts_with("credrun: profile \"default\" ("),
        "{report}"
    );
    assert!(!report.contains("hush"), "{report}");
}

#[tokio::test]
async fn of_a_credential_process() {
    let sts = Sts::start();
    let output =
        r#"{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"hush\\n","SessionToken":"t"}"#;
    let home = Home::new(
        &format!(
            "[default]\ncredential_process = printf '%s' '{}'\n",
            output.replace("\\\\", "\\")
        ),
        "",
    );
    let report = refusal(&role(), &home.environment(&sts.url())).await;
    assert!(
        report.contains("caused by: the SecretAccessKey in its output contains a line break"),
        "{report}"
    );
    assert!(!report.contains("hush"), "{report}");
}

#[tokio::test]
async fn of_a_container_endpoint() {
    let sts = Sts::start();
    let endpoint = CredentialEndpoint::behaving(Behaviour::Status(200, answer("ASIA\u{1}")));
    let environment = Environment::fixed([
        (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, &endpoint.url()),
        (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, &endpoint.token()),
        (vars::AWS_ENDPOINT_URL_STS, &sts.url()),
    ]);
    let report = refusal(&role(), &environment).await;
    assert!(
        report.contains(": the AccessKeyId in the response contains a control character (U+0001)"),
        "{report}"
    );
    assert!(sts.calls().is_empty());
}

#[tokio::test]
async fn of_the_instance_metadata_service() {
    let server = HttpServer::start(|request| Reply::Answer {
        status: 200,
        headers: vec![(
            "x-aws-ec2-metadata-token-ttl-seconds".to_owned(),
            "600".to_owned(),
        )],
        body: match request.target.as_str() {
            "/latest/api/token" => "token".to_owned(),
            "/latest/meta-data/iam/security-credentials/" => "web".to_owned(),
            _ => answer("ASIA X"),
        },
    });
    let url = format!("http://{}", server.address());
    let environment = Environment::fixed([(vars::AWS_EC2_METADATA_SERVICE_ENDPOINT, &url)]);
    let args = AwsArgs {
        credential_source: Some(CredentialSource::Ec2InstanceMetadata),
        ..AwsArgs::default()
    };
    let report = refusal(&args, &environment).await;
    assert!(
        report.contains("caused by: the AccessKeyId in the response contains a space or a tab"),
        "{report}"
    );
}

#[tokio::test]
async fn of_sts() {
    let sts = Sts::start();
    sts.slip("é");
    for args in [nothing(), role()] {
        let environment = keys(&sts, Sts::USER_SECRET);
        let report = refusal(&args, &environment).await;
        assert!(
            report.contains(
                "caused by: the AccessKeyId in the response contains a character that is not ASCII"
            ),
            "{report}"
        );
    }
}

#[test]
fn a_program_ends_with_a_message_and_prints_no_second_line_of_a_secret() {
    for (secret, said) in [
        ("hush\r", CARRIAGE_RETURN),
        ("hush\nAWS_REGION=us-east-1", "contains a line break"),
    ] {
        for format in ["env", "env-no-export", "process"] {
            let ended = run(credrun()
                .env("AWS_ACCESS_KEY_ID", "ASIA")
                .env("AWS_SECRET_ACCESS_KEY", secret)
                .env("AWS_SESSION_TOKEN", "token")
                .args(["export", "--format", format]));
            assert_eq!(ended.code(), 125, "{ended:?}");
            assert_eq!(ended.out(), "");
            assert!(ended.stderr.contains(said), "{ended:?}");
            assert!(!ended.stderr.contains("hush"), "{ended:?}");
        }
    }
    let endpoint = CredentialEndpoint::behaving(Behaviour::Status(200, answer("ASIA\u{1}")));
    let ended = run(credrun().envs(endpoint.session()).arg("whoami"));
    assert_eq!(ended.code(), 125, "{ended:?}");
    assert!(
        ended.stderr.contains("the AccessKeyId in the response"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn json_that_is_no_object_or_says_a_thing_twice_is_told_as_such() {
    for (body, said) in [
        ("[]", "the response is an array, not a JSON object"),
        (
            r#"{"AccessKeyId":"A","AccessKeyId":"B"}"#,
            "the response has AccessKeyId twice",
        ),
    ] {
        let endpoint = CredentialEndpoint::behaving(Behaviour::Status(200, body.to_owned()));
        let report = refusal(&nothing(), &endpoint_environment(&endpoint)).await;
        assert!(report.contains(said), "{report}");
        let said = said.replace("the response", "its output");
        let home = Home::new(
            &format!("[default]\ncredential_process = echo '{body}'\n"),
            "",
        );
        let report = refusal(&nothing(), &home.environment("http://127.0.0.1:1")).await;
        assert!(report.contains(&said), "{report}");
    }
}

#[test]
fn a_credrun_in_a_credential_process_is_heard_with_all_that_it_says() {
    let config = format!(
        "[profile outer]\ncredential_process = {} export --profile inner\n\
         [profile inner]\ncredential_process = echo no JSON\n",
        env!("CARGO_BIN_EXE_credrun")
    );
    let home = Home::new(&config, "");
    let ended = run(credrun()
        .env("HOME", home.path())
        .args(["export", "--profile", "outer"]));
    let place = home.path().join(".aws/config");
    let place = place.display();
    assert_eq!(
        ended.stderr,
        format!(
            r#"credrun: could not get credentials from the credential_process of profile "outer" ({place} line 1)
caused by: exit status: 125
  credrun: could not get credentials from the credential_process of profile "inner" ({place} line 3)
  caused by: its output is not JSON
  hint: it must print JSON as `credrun export` does, and nothing else on stdout
hint: run the command by itself to see what it does
"#
        )
    );
}
