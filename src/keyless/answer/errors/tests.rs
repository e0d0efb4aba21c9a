use http::HeaderValue;
use secrecy::SecretString;

use super::*;
use crate::credentials::CredentialValues;

const TOKEN: &str = "IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJHMEUCIQD/abc+def==";

fn real() -> Credentials {
    Credentials::new(CredentialValues {
        access_key_id: "ASIAREALREALREALREAL".to_owned(),
        secret_access_key: SecretString::from("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYxx"),
        session_token: Some(SecretString::from(TOKEN)),
        expiration: None,
        account_id: None,
    })
    .expect("a set")
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    headers
}

/// What is found, and the own body as text.
fn examined(form: Form, head: &HeaderMap, body: Option<&[u8]>) -> (Found, Option<String>) {
    let answer = ErrorAnswer {
        form,
        status: StatusCode::FORBIDDEN,
        headers: head,
        body,
        request_id: "AWSID",
    };
    let (found, own) = answer.examine(&real());
    let own = own.map(|own| String::from_utf8(own.body.to_vec()).expect("text"));
    (found, own)
}

fn plain(form: Form, body: &str) -> (Found, Option<String>) {
    examined(form, &HeaderMap::new(), Some(body.as_bytes()))
}

fn code_and_message(found: &Found) -> (Option<&str>, Option<&str>) {
    (found.code.as_deref(), found.message.as_deref())
}

#[test]
fn code_and_message_are_found_in_each_form() {
    for (form, body) in [
        (
            Form::Json,
            r#"{"__type":"com.amazon#NoSuchThing","message":"gone & over"}"#,
        ),
        (
            Form::RestJson,
            r#"{"code":"NoSuchThing:http://x/","Message":"gone & over"}"#,
        ),
        (
            Form::S3,
            "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchThing</Code><Message>gone &amp; over</Message></Error>",
        ),
        (
            Form::Xml,
            "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchThing</Code><Message>gone &amp; over</Message></Error></ErrorResponse>",
        ),
        (
            Form::Ec2,
            "<Response><Errors><Error><Code>NoSuchThing</Code><Message>gone &amp; over</Message></Error></Errors></Response>",
        ),
    ] {
        let (found, own) = plain(form, body);
        assert_eq!(
            code_and_message(&found),
            (Some("NoSuchThing"), Some("gone & over")),
            "{body}"
        );
        assert_eq!(own, None, "{body}");
    }
}

#[test]
fn an_error_in_cbor_is_read_and_written() {
    let body = b"\xa2\x66__type\x6ca#NotFounded\x67message\x64gone";
    let (found, own) = examined(Form::Cbor, &HeaderMap::new(), Some(body));
    assert_eq!(code_and_message(&found), (Some("NotFounded"), Some("gone")));
    assert_eq!(own, None);
    let body = b"\xbf\x66__type\x6cExpiredToken\x67message\x64gone\xff";
    let answer = ErrorAnswer {
        form: Form::Cbor,
        status: StatusCode::FORBIDDEN,
        headers: &HeaderMap::new(),
        body: Some(body),
        request_id: "AWSID",
    };
    let own = answer.examine(&real()).1.expect("an own body");
    let texts = cbor::texts(&own.body).expect("a map");
    assert_eq!(texts[0], ("__type", "ExpiredToken"));
}

#[test]
fn the_code_is_the_headers_where_there_is_one() {
    let head = headers(&[("x-amzn-errortype", "ThrottlingException:http://internal/")]);
    let (found, own) = examined(Form::RestJson, &head, Some(b"{\"message\":\"slow\"}"));
    assert_eq!(
        code_and_message(&found),
        (Some("ThrottlingException"), Some("slow"))
    );
    assert_eq!(own, None);
}

#[test]
fn a_body_that_is_of_no_form_is_kept_and_has_no_code() {
    for body in [
        "",
        "Bad Gateway",
        "<html><br></html>",
        "{",
        "[]",
        "{\"__type\":1}",
    ] {
        let (found, own) = plain(Form::Json, body);
        assert_eq!(code_and_message(&found), (None, None), "{body}");
        assert_eq!(own, None, "{body}");
    }
}

#[test]
fn an_error_about_the_key_gets_a_text_of_credruns() {
    let body = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message>\
         <AWSAccessKeyId>ASIAREALREALREALREAL</AWSAccessKeyId>\
         <CanonicalRequest>x-amz-security-token:{TOKEN}</CanonicalRequest></Error>"
    );
    let (found, own) = plain(Form::S3, &body);
    let own = own.expect("an own body");
    assert_eq!(found.code.as_deref(), Some("SignatureDoesNotMatch"));
    assert!(own.contains("<Code>SignatureDoesNotMatch</Code>"), "{own}");
    assert!(own.contains("<RequestId>AWSID</RequestId>"), "{own}");
    assert!(!own.contains("ASIAREAL") && !own.contains("IQoJ"), "{own}");
    for code in ABOUT_THE_KEY.iter().chain(&EXPIRED) {
        let body = format!(r#"{{"__type":"a#{code}","message":"says key ASIAREALREALREALREAL"}}"#);
        let (found, own) = plain(Form::Json, &body);
        let own = own.expect(code);
        assert_eq!(found.code.as_deref(), Some(*code));
        assert!(own.contains(code) && !own.contains("ASIAREAL"), "{own}");
        assert!(!found.message.expect("a message").contains("ASIAREAL"));
    }
}

#[test]
fn a_body_with_a_secret_in_it_gets_a_text_of_credruns_whatever_the_code() {
    let encoded = TOKEN
        .replace('/', "%2F")
        .replace('+', "%2B")
        .replace('=', "%3D");
    for leak in [TOKEN, &encoded, "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYxx"] {
        let body = format!(r#"{{"__type":"Odd","message":"m","detail":"{leak}"}}"#);
        let (found, own) = plain(Form::Json, &body);
        let own = own.expect("an own body");
        assert!(own.contains("\"Odd\"") && !own.contains(leak), "{own}");
        assert!(!found.message.expect("a message").contains(leak));
    }
    // In the code itself.
    let (found, own) = plain(Form::Json, &format!(r#"{{"__type":"{TOKEN}"}}"#));
    assert_eq!(found.code, None);
    assert!(own.expect("an own body").contains("\"AccessDenied\""));
    // Where nothing can be read.
    let (_, own) = plain(Form::Json, &format!("\u{0}{TOKEN}"));
    assert!(own.is_some());
}

#[test]
fn a_body_that_is_too_long_or_compressed_is_not_passed_on() {
    let (_, own) = examined(Form::Xml, &HeaderMap::new(), None);
    assert!(own.expect("an own body").contains("too long"));
    let head = headers(&[("content-encoding", "gzip")]);
    let (_, own) = examined(Form::Xml, &head, Some(b"\x1f\x8b"));
    assert!(own.expect("an own body").contains("compressed"));
    let (_, own) = examined(Form::Xml, &head, Some(b""));
    assert_eq!(own, None);
}

#[test]
fn the_region_of_a_bucket_stays_in_the_answer() {
    let body = |region: &str| {
        format!(
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>{region}</Region></Error>"
        )
    };
    let own = plain(Form::S3, &body("eu-west-1")).1.expect("an own body");
    assert!(own.ends_with("<Region>eu-west-1</Region></Error>"), "{own}");
    let own = plain(Form::S3, &body("a&lt;b")).1.expect("an own body");
    assert!(!own.contains("Region"), "{own}");
}

#[test]
fn headers_that_describe_the_old_body_go_with_it() {
    let mut head = headers(&[
        ("content-length", "9"),
        ("content-encoding", "gzip"),
        ("content-type", "x/y"),
        ("x-amz-crc32", "1"),
        ("date", "now"),
    ]);
    let answer = ErrorAnswer {
        form: Form::Json,
        status: StatusCode::BAD_REQUEST,
        headers: &head,
        body: Some(b"x"),
        request_id: "AWSID",
    };
    let (_, own) = answer.examine(&real());
    own.expect("an own body").describe(&mut head);
    let mut names: Vec<_> = head.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "content-type",
            "date",
            "x-amzn-errortype",
            "x-amzn-requestid"
        ]
    );
    assert_eq!(head["content-type"], "application/x-amz-json-1.1");
}

#[test]
fn an_expired_set_is_worth_one_repeat() {
    for code in ["ExpiredToken", "ExpiredTokenException", "RequestExpired"] {
        assert!(is_expired(code), "{code}");
    }
    for code in ["AccessDenied", "InvalidToken", "RequestTimeTooSkewed"] {
        assert!(!is_expired(code), "{code}");
    }
}
