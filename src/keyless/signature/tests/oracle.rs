//! Requests that `aws-sigv4` signs, whose code shares nothing with this one but its arithmetic.

use std::time::SystemTime;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as sign_otherwise,
};
use aws_sigv4::sign::v4;
use http::Uri;
use http::request::Parts;
use proptest::prelude::*;

use super::super::claim::Claim;
use super::super::sign::{Destination, sign};
use super::{issued, now, parts, real};
use crate::credentials::{CredentialValues, Credentials};
use crate::digest::sha256_hex;

fn settings(is_s3: bool) -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    if is_s3 {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    settings
}

/// The headers that `aws-sigv4` adds.
fn added(
    credentials: &Credentials,
    (method, uri, service): (&str, &str, &str),
    headers: &[(String, String)],
    body: &str,
    now: SystemTime,
) -> Vec<(String, String)> {
    let identity = credentials.for_sdk().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name(service)
        .time(now)
        .settings(settings(service == "s3"))
        .build()
        .expect("parameters")
        .into();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new(method, uri, headers, body).expect("a request");
    let (instructions, _) = sign_otherwise(request, &parameters)
        .expect("it signs")
        .into_parts();
    let headers = instructions.headers();
    headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn issued_credentials() -> Credentials {
    let set = issued();
    Credentials::new(CredentialValues {
        access_key_id: set.access_key_id,
        secret_access_key: set.secret_access_key,
        session_token: Some(set.session_token),
        expiration: None,
        account_id: None,
    })
    .expect("a set")
}

#[derive(Debug, Clone)]
struct Case {
    is_s3: bool,
    method: &'static str,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Case {
    fn service(&self) -> &'static str {
        if self.is_s3 { "s3" } else { "lambda" }
    }

    fn target(&self) -> String {
        format!("{}?{}", self.path, self.query)
    }

    /// The request as the container sends it.
    fn parts(&self) -> Parts {
        let uri = format!("http://127.0.0.1:4566{}", self.target());
        let mut headers = self.headers.clone();
        let what = (self.method, uri.as_str(), self.service());
        let added = added(&issued_credentials(), what, &headers, &self.body, now());
        headers.push(("host".to_owned(), "127.0.0.1:4566".to_owned()));
        headers.extend(added);
        parts(self.method, &self.target(), &headers)
    }
}

fn any_case() -> impl Strategy<Value = Case> {
    let segment = "([A-Za-z0-9~_.-]|%2F|%3A|%20|%C3%A9|%2B){1,8}";
    let path =
        prop::collection::vec(segment, 0..5).prop_map(|parts| format!("/{}", parts.join("/")));
    let text = "([A-Za-z0-9~_.-]|%2F|%3D|%26|%20|%C3%A9|%2B){0,6}";
    let pair = (text, text).prop_map(|(name, value)| format!("q{name}={value}"));
    let query = prop::collection::vec(pair, 0..5).prop_map(|pairs| pairs.join("&"));
    let header = ("x-amz-meta-[a-c]", "[!-~]([ -~]{0,12}[!-~])?");
    (
        any::<bool>(),
        prop::sample::select(["GET", "PUT", "POST", "DELETE", "HEAD"].as_slice()),
        path,
        query,
        prop::collection::vec(header, 0..4),
        "[ -~]{0,20}",
    )
        .prop_map(|(is_s3, method, path, query, headers, body)| Case {
            is_s3,
            method,
            path,
            query,
            headers,
            body,
        })
        // The libraries differ in dots at the end, which are refused outside S3.
        .prop_filter("dots", |case| {
            case.is_s3 || !case.path.split('/').any(|part| part == "." || part == "..")
        })
}

proptest! {
    #[test]
    fn what_aws_sigv4_signs_is_verified(case in any_case()) {
        let parts = case.parts();
        let claim = Claim::read(&parts).expect("a claim");
        let body = sha256_hex(&case.body);
        prop_assert_eq!(claim.verify(&parts, &issued(), Some(&body), now()), Ok(()));
        let other = sha256_hex(format!("{}x", case.body));
        prop_assert!(claim.verify(&parts, &issued(), Some(&other), now()).is_err());
    }

    #[test]
    fn a_request_is_signed_again_as_aws_sigv4_signs_it(case in any_case()) {
        let parts = case.parts();
        let claim = Claim::read(&parts).expect("a claim");
        let text = format!("https://upstream.amazonaws.com{}", case.target());
        let uri: Uri = text.parse().expect("a URI");
        let destination = Destination {
            uri: &uri,
            signing_name: case.service(),
            signing_region: "eu-west-1",
        };
        let body = sha256_hex(&case.body);
        let signed = sign(&parts, &claim, &destination, &real(), Some(&body), now());
        let request = signed.expect("a request").request;
        let what = (case.method, text.as_str(), case.service());
        for (name, value) in added(&real(), what, &case.headers, &case.body, now()) {
            let found = request.headers.get(&name).expect("a header");
            prop_assert_eq!(found.as_bytes(), value.as_bytes(), "{}", name);
        }
    }
}
