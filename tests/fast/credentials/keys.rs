//! Keys in the environment: temporary ones, long-lived ones, half a pair.

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
        report.contains("the credentials from environment expired"),
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
        report.starts_with("credrun: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"),
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
