mod cbor;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::keyless::keys::IssuedSet;
use crate::live::renewal::{FetchError, Renewal};

const ID: &str = "ASIAREALREALREALREAL";
const SECRET: &str = "re/alSecretAccessKeyOf40Characters+realx";
const TOKEN: &str = "FwoGZXIvYXdzEBYaDHqKsb/ZqJ8kL9sT0+abcdefghijklmnopqrstuvwx==";

/// The keys of a run, and what keeps its own set.
fn keys() -> (Keys, Renewal) {
    let set = Credentials::new(CredentialValues {
        access_key_id: "ASIARUN".to_owned(),
        secret_access_key: SecretString::from("run"),
        session_token: None,
        expiration: None,
        account_id: None,
    });
    let nobody = || std::future::pending::<Result<Credentials, FetchError>>();
    let renewal = Renewal::start(set.expect("a set"), nobody, Arc::new(|_| {}));
    let issued = IssuedSet::random().expect("randomness");
    (Keys::new(issued, renewal.current()), renewal)
}

fn replaced(module: &str, name: &str, body: &str) -> Result<String, NotReplaced> {
    let (keys, _renewal) = keys();
    let done = replace(&Operation::named(module, name), body.as_bytes(), &keys)?;
    Ok(String::from_utf8(done).expect("text"))
}

fn assume_role(credentials: &str) -> String {
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  \
         <AssumeRoleResult>\n    <AssumedRoleUser>\n      \
         <AssumedRoleId>AROAX:me</AssumedRoleId>\n      \
         <Arn>arn:aws:sts::123456789012:assumed-role/r/me</Arn>\n    </AssumedRoleUser>\n    \
         <Credentials>{credentials}</Credentials>\n    <PackedPolicySize>6</PackedPolicySize>\n  \
         </AssumeRoleResult>\n</AssumeRoleResponse>"
    )
}

fn xml() -> String {
    format!(
        "<AccessKeyId>{ID}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>\
         <SessionToken>{TOKEN}</SessionToken><Expiration>2999-01-15T08:00:00Z</Expiration>"
    )
}

/// The text between two others.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).expect(from);
    rest.split_once(to).expect(to).0
}

#[tokio::test]
async fn a_set_of_sts_is_kept_and_the_container_gets_one_that_stands_for_it() {
    let (keys, _renewal) = keys();
    let body = assume_role(&xml());
    let operation = Operation::named("sts", "AssumeRole");
    let done = replace(&operation, body.as_bytes(), &keys).expect("replaced");
    let done = String::from_utf8(done).expect("text");
    let id = between(&done, "<AccessKeyId>", "</");
    let secret = between(&done, "<SecretAccessKey>", "</");
    let token = between(&done, "<SessionToken>", "</");

    let key = keys.find(id).expect("a key of the run");
    assert_eq!(key.issued.secret_access_key.expose_secret(), secret);
    assert_eq!(key.issued.session_token.expose_secret(), token);
    assert!(!std::sync::Arc::ptr_eq(&key, &keys.of_the_run()));
    let real = key.real().await.expect("a set");
    assert_eq!(real.access_key_id, ID);
    assert_eq!(real.secret_access_key.expose_secret(), SECRET);
    let kept = real.session_token.as_ref().expect("a token");
    assert_eq!(kept.expose_secret(), TOKEN);
    let end = real.expiration.expect("an end");
    assert!(end > SystemTime::now() + Duration::from_secs(900 * 365 * 86_400));

    // All else is as it was.
    let back = done
        .replace(id, ID)
        .replace(secret, SECRET)
        .replace(token, TOKEN);
    assert_eq!(back, body);
}

#[tokio::test]
async fn sets_of_other_services_are_replaced_in_their_own_forms() {
    let set = |id: &str, secret: &str, token: &str, expiration: &str| {
        format!(
            "{{\"{id}\":\"{ID}\",\"{secret}\" : \"{}\",\"{token}\":\"{TOKEN}\"{expiration}}}",
            SECRET.replace('/', "\\/")
        )
    };
    let camel = |expiration| set("accessKeyId", "secretAccessKey", "sessionToken", expiration);
    let pascal = |expiration| set("AccessKeyId", "SecretAccessKey", "SessionToken", expiration);
    for (module, name, body) in [
        (
            "sso",
            "GetRoleCredentials",
            format!(
                "{{\"roleCredentials\":{}}}",
                camel(",\"expiration\":1800000000000")
            ),
        ),
        (
            "cognito-identity",
            "GetCredentialsForIdentity",
            format!(
                "{{\"Credentials\":{},\"IdentityId\":\"eu-west-1:x\"}}",
                set(
                    "AccessKeyId",
                    "SecretKey",
                    "SessionToken",
                    ",\"Expiration\":1.8E9"
                )
            ),
        ),
        (
            "lakeformation",
            "GetTemporaryGlueTableCredentials",
            pascal(",\"Expiration\":1800000000.5"),
        ),
        (
            "datazone",
            "GetEnvironmentCredentials",
            camel(",\"expiration\":\"2027-01-15T08:00:00Z\""),
        ),
        (
            "account-access-runtime",
            "GetRoleCredentials",
            format!(
                "{{\"credentialsDetails\":{{\"programmaticAccess\":{}}}}}",
                camel("")
            ),
        ),
        (
            "s3",
            "CreateSession",
            format!(
                "<CreateSessionResult><Credentials>{}</Credentials></CreateSessionResult>",
                xml()
            ),
        ),
        (
            "s3control",
            "GetDataAccess",
            format!(
                "<?xml version=\"1.0\"?>\n<GetDataAccessResult><Credentials>{}</Credentials>\
                 <MatchedGrantTarget>s3://b/*</MatchedGrantTarget></GetDataAccessResult>",
                xml()
            ),
        ),
    ] {
        let done = replaced(module, name, &body).expect(name);
        assert!(!done.contains(ID) && !done.contains(TOKEN), "{done}");
        assert!(!done.contains("alSecretAccessKey"), "{done}");
        assert!(done.contains("ASIA"), "{done}");
    }
}

#[tokio::test]
async fn each_of_several_sets_gets_one_of_its_own() {
    let (keys, _renewal) = keys();
    let job = |number: u8| {
        format!(
            r#"{{"id":"{number}","data":{{"artifactCredentials":{{"accessKeyId":"ASIAJOB{number}","secretAccessKey":"secret-number-{number}","sessionToken":"token-number-{number}"}}}}}}"#
        )
    };
    let body = format!(r#"{{"jobs":[{},{}]}}"#, job(1), job(2));
    let mut operation = Operation::named("codepipeline", "PollForJobs");
    operation.protocol = Protocol::Json;
    let done = replace(&operation, body.as_bytes(), &keys).expect("replaced");
    let done: serde_json::Value = serde_json::from_slice(&done).expect("JSON");
    for number in [1, 2] {
        let id = done["jobs"][number - 1]["data"]["artifactCredentials"]["accessKeyId"].as_str();
        let key = keys.find(id.expect("an ID")).expect("a key");
        let real = key.real().await.expect("a set");
        assert_eq!(real.access_key_id, format!("ASIAJOB{number}"));
    }
}

#[tokio::test]
async fn an_answer_without_a_set_passes_only_where_there_may_be_none() {
    let body = r#"{"connectionId":"c","expiresAt":"later"}"#;
    assert_eq!(
        replaced("datazone", "GetConnection", body).as_deref(),
        Ok(body)
    );
    assert_eq!(
        replaced("datazone", "GetEnvironmentCredentials", "{}"),
        Err(NotReplaced::NoSet("GetEnvironmentCredentials"))
    );
    assert_eq!(
        replaced("sts", "AssumeRole", "<AssumeRoleResponse/>"),
        Err(NotReplaced::NoSet("AssumeRole"))
    );
}

#[tokio::test]
async fn what_cannot_be_read_with_certainty_is_not_passed_on() {
    let unreadable = Err(NotReplaced::Unreadable("AssumeRole"));
    let id = format!("<AccessKeyId>{ID}</AccessKeyId>");
    for body in [
        String::new(),
        "{}".to_owned(),
        // Cut off.
        assume_role(&xml())[..400].to_owned(),
        // Not complete, or twice.
        assume_role(&id),
        assume_role(&(xml() + "<AccessKeyId>ASIAOTHER</AccessKeyId>")),
        assume_role(&(xml() + "<SessionToken>another</SessionToken>")),
        assume_role(
            &xml()
                .replace("Expiration>", "Later>")
                .replace("SessionToken", "Session"),
        ),
        // Values that are none.
        assume_role(&xml().replace(ID, "")),
        assume_role(&xml().replace(SECRET, "a b")),
        assume_role(&xml().replace(TOKEN, "&entity;")),
        assume_role(&xml().replace(TOKEN, "<![CDATA[t]]>")),
        assume_role(&xml().replace("2999", "soon")),
        // A real value remains.
        assume_role(&xml()).replace("AROAX", ID),
        assume_role(&xml()).replace("AROAX", TOKEN),
        // Another document before it.
        format!("<!DOCTYPE a>{}", assume_role(&xml())),
        assume_role(&xml()) + &" ".repeat(MOST),
    ] {
        assert_eq!(
            replaced("sts", "AssumeRole", &body),
            unreadable,
            "{body:.600}"
        );
    }
    let json = r#"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"B","sessionToken":7}}"#;
    assert_eq!(
        replaced("sso", "GetRoleCredentials", json),
        Err(NotReplaced::Unreadable("GetRoleCredentials"))
    );
    let deep = "[".repeat(100) + &"]".repeat(100);
    assert!(replaced("sso", "GetRoleCredentials", &deep).is_err());
    assert_eq!(
        replaced("sts", "AssumeRole", "\u{fffd}"),
        Err(NotReplaced::Unreadable("AssumeRole"))
    );
}
