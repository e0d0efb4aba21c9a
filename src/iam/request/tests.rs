use super::*;
use crate::iam::sample::{form, json, signed};

fn refused(service: &'static str, target: &str) -> Option<Refusal> {
    signed(service, "GET", target).request().err()
}

#[test]
fn a_target_is_a_path_in_ascii_with_sound_escapes() {
    assert_eq!(refused("s3", "/bucket/k%C3%A9y?a=%20"), None);
    assert_eq!(
        refused("s3", "http://169.254.169.254/"),
        Some(Refusal::Target)
    );
    assert_eq!(refused("s3", "*"), Some(Refusal::Target));
    assert_eq!(refused("s3", "example.com:443"), Some(Refusal::Target));
    assert_eq!(refused("s3", "/a#b"), Some(Refusal::Target));
    for target in [
        "/%", "/%2", "/%zz", "/a b", "/é", "/a\r\nb", "/?a=%G0", "/?a=%FF",
    ] {
        assert_eq!(refused("s3", target), Some(Refusal::Encoding), "{target:?}");
    }
}

#[test]
fn a_path_that_upstream_would_read_in_another_way_is_refused_outside_s3() {
    for path in [
        "/a/../b",
        "/a/./b",
        "/a//b",
        "/a/%2e%2E/b",
        "/a%00",
        "/a%0d%0ab",
        "/a%5cb",
        "/a\\b",
    ] {
        assert_eq!(refused("lambda", path), Some(Refusal::Path), "{path}");
        let of_s3 = path.contains("%2e").then_some(Refusal::Path);
        assert_eq!(refused("s3", path), of_s3, "{path}");
    }
}

#[test]
fn a_header_that_overrides_the_method_is_refused() {
    let request = signed("lambda", "GET", "/").header("x-http-method-override", "DELETE");
    assert_eq!(request.request().err(), Some(Refusal::MethodOverride));
}

#[test]
fn a_second_name_of_the_operation_is_refused_wherever_it_hides() {
    let target = |query: &str| {
        let request = signed("kms", "POST", &format!("/{query}"))
            .header("x-amz-target", "TrentService.DescribeKey")
            .header("content-type", "application/x-amz-json-1.1");
        request.request().err()
    };
    assert_eq!(target(""), None);
    for query in [
        "?Action=ScheduleKeyDeletion",
        "?action=x",
        "?X-Amz-Target=y",
    ] {
        assert_eq!(target(query), Some(Refusal::TwoOperations), "{query}");
    }
    let typed = |content_type: &str| {
        let request = signed("iam", "POST", "/").header("content-type", content_type);
        request.body("Action=ListUsers").request().err()
    };
    let form = "application/x-www-form-urlencoded";
    assert_eq!(typed(&format!("{form}; charset=UTF-8")), None);
    let utf16 = format!("{form}; charset=utf-16");
    assert_eq!(typed(&utf16), Some(Refusal::ContentType));
    let two = form_of("X=1;Action=DeleteUser&Action=ListUsers");
    assert_eq!(two, Some(Refusal::Encoding));
    assert_eq!(
        form_of(&"a&".repeat(20_000)),
        Some(Refusal::TooManyParameters)
    );
}

fn form_of(body: &str) -> Option<Refusal> {
    let sample = form("iam", body);
    sample.request().expect("sound").form().err()
}

#[test]
fn a_plus_is_a_blank_in_a_form_and_itself_in_a_query() {
    let sample = form("sts", "a=b+c%2B");
    let request = sample.request().expect("sound");
    assert_eq!(request.form().expect("sound")[0].1, "b c+");
    let sample = signed("sts", "GET", "/?a=b+c");
    assert_eq!(sample.request().expect("sound").query[0].1, "b+c");
}

#[test]
fn a_module_before_the_path_is_taken_off() {
    let sample = signed("ses", "POST", "/~sesv2/v2/email?x");
    let request = sample.request().expect("sound");
    assert_eq!((request.module, request.path), (Some("sesv2"), "/v2/email"));
    let sample = json("ses", "X.Y");
    assert_eq!(sample.request().expect("sound").module, None);
    assert_eq!(without_module("/~sesv2"), (Some("sesv2"), "/"));
}

#[test]
fn bodies_are_wanted_that_say_what_a_call_is() {
    let wants = |sample: crate::iam::sample::Sample| sample.request().expect("sound").wants_body();
    assert!(wants(form("sts", "Action=X")));
    assert!(wants(json(
        "dynamodb",
        "DynamoDB_20120810.ExecuteStatement"
    )));
    assert!(wants(signed("s3", "POST", "/bucket?delete")));
    assert!(wants(signed("sts", "POST", "/?Action=X")));
    let object = signed("s3", "PUT", "/bucket/key")
        .header("content-type", "application/x-www-form-urlencoded");
    assert!(!wants(object));
    assert!(!wants(signed(
        "lambda",
        "POST",
        "/2015-03-31/functions/f/invocations"
    )));
}
