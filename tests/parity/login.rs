//! `credrun login` with the real AWS CLI: a stand-in of IAM Identity Center on the wire lets it in,
//! and gives the set that is told at the end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::http_server::{HttpServer, Reply, Request};
use crate::support::process::{credrun, run};
use crate::{installed, root};

const CONFIG: &str = "\
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Deploy
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://portal.example/start
sso_registration_scopes = sso:account:access
";

/// The calls of a login with a device code, and the one for a set. The code is entered after the
/// AWS CLI has asked for a token once.
fn answer(request: &Request, was_asked: &AtomicBool) -> Reply {
    let (status, body) = match request.target.split('?').next() {
        Some("/client/register") => (
            200,
            r#"{"clientId":"client","clientSecret":"hush","clientIdIssuedAt":1700000000,"clientSecretExpiresAt":4070908800}"#,
        ),
        Some("/device_authorization") => (
            200,
            r#"{"deviceCode":"hush","userCode":"ABCD-EFGH","verificationUri":"https://portal.example/device","verificationUriComplete":"https://portal.example/device?user_code=ABCD-EFGH","expiresIn":600,"interval":1}"#,
        ),
        Some("/token") if !was_asked.swap(true, Ordering::SeqCst) => {
            (400, r#"{"error":"authorization_pending"}"#)
        }
        Some("/token") => (
            200,
            r#"{"accessToken":"hush","tokenType":"Bearer","expiresIn":28800,"refreshToken":"hush"}"#,
        ),
        Some("/federation/credentials") => (
            200,
            r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"hush","sessionToken":"hush","expiration":4070908800000}}"#,
        ),
        other => panic!("{other:?} is no part of a login"),
    };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![header("Content-Type", "application/json")];
    if status == 400 {
        headers.push(header("x-amzn-ErrorType", "AuthorizationPendingException"));
    }
    Reply::Answer {
        status,
        headers,
        body: body.to_owned(),
    }
}

#[test]
fn the_aws_cli_logs_in_and_credrun_has_credentials_then() {
    installed("python.sh");
    installed("aws-cli-v2.sh");
    let was_asked = AtomicBool::new(false);
    let identity_center = HttpServer::start(move |request| answer(&request, &was_asked));
    let url = format!("http://{}", identity_center.address());

    let home = tempfile::tempdir().expect("a directory");
    fs::create_dir(home.path().join(".aws")).expect("made");
    fs::write(home.path().join(".aws/config"), CONFIG).expect("written");
    let aws = home.path().join("aws");
    let program = format!(
        "#!/bin/sh\nPYTHONPATH='{}' exec '{}' -m awscli \"$@\"\n",
        root().join("target/aws-cli-v2/aws-cli").display(),
        root().join("target/python/bin/python").display(),
    );
    fs::write(&aws, program).expect("written");
    fs::set_permissions(&aws, fs::Permissions::from_mode(0o755)).expect("a mode");

    let mut login = credrun();
    login
        .env("HOME", home.path())
        .env("PATH", format!("{}:/usr/bin:/bin", home.path().display()))
        .env("AWS_ENDPOINT_URL_SSO_OIDC", &url)
        .env("AWS_ENDPOINT_URL_SSO", &url)
        .args(["login", "--profile", "dev"])
        .args(["--", "--no-browser", "--use-device-code"]);
    let done = run(&mut login).success();
    assert!(done.out().contains("ABCD-EFGH"), "{done:?}");
    let told = "credrun: credentials from profile \"dev\" (SSO), valid until 2099-01-01T00:00:00Z";
    assert!(done.stderr.contains(told), "{done:?}");
    assert!(!done.stderr.contains("hush"), "{done:?}");
}
