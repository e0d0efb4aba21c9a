use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::iam::denial::PolicyKind;

const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKENthatNobodyMustSee//////////wEaCXVzLWVhc3QtMSJH";
/// It has the form of an ID, of a code and of a region.
const SHORT_TOKEN: &str = "token1795695696246398072x32429";
const KEY: &str = "ASIAIOSFODNN7EXAMPLE";

/// As botocore writes it.
fn attempt() -> Value {
    json!({
        "Version": 1, "ClientId": "credrun", "Type": "ApiCallAttempt",
        "Service": "S3", "Api": "ListObjectsV2", "Timestamp": 1_790_000_000_000_u64,
        "AttemptLatency": 42, "Fqdn": "b.s3.eu-west-1.amazonaws.com", "UserAgent": "Boto3/1.40.0",
        "AccessKey": KEY, "SessionToken": TOKEN, "Region": "eu-west-1",
        "HttpStatusCode": 403, "XAmzRequestId": "TX234S0F24A06C7E", "XAmzId2": "abc/def=",
        "AwsException": "AccessDenied", "AwsExceptionMessage": "Access Denied",
    })
}

fn with(changes: Value) -> Value {
    let mut value = attempt();
    for (name, changed) in changes.as_object().expect("an object") {
        value[name] = changed.clone();
    }
    value
}

fn read_bytes(bytes: &[u8]) -> Option<Call> {
    let is_secret = |text: &str| text.contains(SHORT_TOKEN);
    call(bytes, SystemTime::UNIX_EPOCH, &is_secret)
}

fn read(value: &Value) -> Option<Call> {
    read_bytes(value.to_string().as_bytes())
}

#[test]
fn an_attempt_is_a_call_with_its_action_and_without_resources() {
    let call = read(&attempt()).expect("a call");
    assert_eq!(
        (call.module, call.operation),
        (Some("s3"), Some("ListObjectsV2"))
    );
    let need = Need {
        action: "s3:ListBucket".to_owned(),
        resources: Vec::new(),
    };
    assert_eq!(call.needs, [need]);
    assert_eq!(call.verdict, Verdict::Observed);
    assert_eq!(
        (call.status, call.error.as_deref()),
        (403, Some("AccessDenied"))
    );
    assert_eq!(call.denial, Some(Denial::default()));
    assert_eq!(call.region.as_deref(), Some("eu-west-1"));
    assert_eq!(call.request_id.as_deref(), Some("TX234S0F24A06C7E"));
    assert_eq!(call.duration, Duration::from_millis(42));
}

#[test]
fn services_and_operations_are_found_by_the_names_of_all_sdks() {
    for (service, api, module, operation) in [
        ("DynamoDB", "PutItem", "dynamodb", "PutItem"),
        (
            "Secrets Manager",
            "GetSecretValue",
            "secretsmanager",
            "GetSecretValue",
        ),
        // JavaScript v2.
        ("S3", "getObject", "s3", "GetObject"),
        (
            "SecretsManager",
            "getSecretValue",
            "secretsmanager",
            "GetSecretValue",
        ),
        ("CloudWatch Logs", "PutLogEvents", "logs", "PutLogEvents"),
        ("SFN", "StartExecution", "stepfunctions", "StartExecution"),
    ] {
        let call = read(&with(json!({"Service": service, "Api": api}))).expect("a call");
        assert_eq!(
            (call.module, call.operation),
            (Some(module), Some(operation))
        );
        assert_eq!(call.needs.len(), 1, "{service}: {:?}", call.needs);
    }
    let unknown = read(&with(json!({"Service": "Nothing", "Api": "Do"}))).expect("a call");
    assert_eq!((unknown.module, unknown.operation), (None, None));
}

#[test]
fn a_call_of_which_attempts_told_is_not_counted_again() {
    let whole = |attempts: u64| json!({"Type": "ApiCall", "AttemptCount": attempts});
    assert!(read(&with(whole(1))).is_none());
    assert!(read(&with(json!({"Type": "ApiCall"}))).is_none());
    let unsent = json!({
        "Version": 1, "ClientId": "", "Type": "ApiCall", "Service": "STS", "Api": "GetCallerIdentity",
        "AttemptCount": 0, "FinalSdkException": "NoCredentialsError",
    });
    let unsent = read(&unsent).expect("a call");
    assert_eq!(
        (unsent.status, unsent.error.as_deref()),
        (0, Some("NoCredentialsError"))
    );
    assert_eq!(unsent.denial, None);
}

#[test]
fn a_denial_is_read_and_no_arn_of_a_message_that_was_cut() {
    let text = |filler: usize| {
        format!(
            "User: arn:aws:sts::111122223333:assumed-role/{}/me is not authorized to perform: \
             sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:111122223333:jobs",
            "x".repeat(filler)
        )
    };
    let denial = |message: String| {
        let message: String = message.chars().take(512).collect();
        let told = json!({"Service": "SQS", "Api": "SendMessage", "AwsExceptionMessage": message});
        read(&with(told)).expect("a call").denial.expect("a denial")
    };
    let whole =
        denial(text(4) + " because no identity-based policy allows the sqs:SendMessage action");
    assert_eq!(whole.policy, Some(PolicyKind::IdentityBased));
    assert_eq!(
        whole.resource.as_deref(),
        Some("arn:aws:sqs:eu-west-1:111122223333:jobs")
    );
    let cut = denial(text(512 - text(0).len() + 3));
    assert_eq!(cut.action.as_deref(), Some("sqs:SendMessage"));
    assert_eq!(cut.resource, None);
}

#[test]
fn neither_key_nor_token_is_kept_wherever_it_stands() {
    let names = attempt();
    let names = names.as_object().expect("an object").keys();
    let moved = names.filter(|name| *name != "Type").flat_map(|name| {
        // An SDK does not, but any process can.
        let text = |secret: &str| {
            format!("x is not authorized to perform: s3:{secret} on arn:aws:s3:::{secret}")
        };
        let (with_token, with_key) = (text(SHORT_TOKEN), text(KEY));
        let within = format!("a{KEY}b");
        [TOKEN, SHORT_TOKEN, KEY, &within, &with_token, &with_key]
            .map(|secret| with(json!({ name: secret })))
    });
    for value in [attempt()].into_iter().chain(moved) {
        let Some(call) = read(&value) else {
            continue;
        };
        let kept = format!("{call:?}");
        for secret in [TOKEN, SHORT_TOKEN, KEY, "IQoJb3JpZ2luX2Vj"] {
            assert!(!kept.contains(secret), "{secret} of {value} in {kept}");
        }
    }
}

#[test]
fn what_no_sdk_sends_is_no_call() {
    for bytes in [
        &b""[..],
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{\"Type\":\"ApiCallAttempt\"}",
        b"{\"Type\":1,\"Service\":\"S3\",\"Api\":\"X\"}",
        &b"[".repeat(8192),
    ] {
        assert!(read_bytes(bytes).is_none());
    }
    assert!(read(&with(json!({"HttpStatusCode": 70000}))).is_none());
    assert!(read(&with(json!({"AttemptLatency": -1}))).is_none());
    let long = read(&with(json!({"AttemptLatency": u64::MAX}))).expect("a call");
    assert_eq!(long.duration, LONGEST_CALL);
}

proptest! {
    #[test]
    fn no_datagram_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,100}") {
        let _ = read_bytes(&bytes);
        for name in ["Service", "Api", "Region", "AwsException", "AwsExceptionMessage"] {
            let _ = read(&with(json!({ name: text.clone() })));
        }
    }
}

#[test]
fn a_message_that_was_not_cut_keeps_its_last_word() {
    let message =
        "User is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:1:q";
    assert_eq!(whole_words(message), message);
}

#[test]
fn regions_and_ids_are_kept_in_their_form_only() {
    assert!(is_region("eu-west-1"));
    assert!(is_id("1f1b5f8c-9c3e-4f0e-a1cd-9d4f4d5e6f70"));
    for text in ["", "a b", "a/b", "\u{e9}"] {
        assert!(!is_region(text), "{text:?}");
        assert!(!is_id(text), "{text:?}");
    }
    assert!(!is_region(&"a".repeat(33)));
    assert!(!is_id(&"a".repeat(LONGEST_ID + 1)));
}
