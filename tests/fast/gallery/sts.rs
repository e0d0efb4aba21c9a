//! STS: its refusals, and what answers for it.

use credrun::credentials::{CredentialsError, StsError};

use super::{Page, Scene, by_hand};
use crate::support::http_server::{HttpServer, Reply, refused_address};
use crate::support::sts::Sts;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// What STS says, where it refuses.
const REFUSALS: [(u16, &str, &str); 14] = [
    (
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole",
    ),
    (
        403,
        "AccessDenied",
        "MultiFactorAuthentication failed with invalid MFA one time pass code.",
    ),
    (
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    ),
    (
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    ),
    (
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match",
    ),
    (
        403,
        "RegionDisabledException",
        "STS is not activated in this region",
    ),
    (
        400,
        "MalformedPolicyDocument",
        "The policy is not in the valid JSON format.",
    ),
    (
        400,
        "PackedPolicyTooLarge",
        "Packed size of session tags consumes 120% of the allotted space.",
    ),
    (
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    ),
    (
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    (
        400,
        "IDPCommunicationError",
        "An error occurred during the communication with the identity provider",
    ),
    (
        400,
        "InvalidIdentityToken",
        "No OpenIDConnect provider found",
    ),
    (400, "ValidationError", "1 validation error detected"),
    (400, "Throttling", "Rate exceeded"),
];

fn role() -> Scene {
    Scene::new(&format!(
        "credrun export --role-arn {ROLE} --region eu-west-1"
    ))
}

fn asking(server: &HttpServer) -> Scene {
    let url = format!("http://{}", server.address());
    role()
        .with_keys()
        .quietly("AWS_ENDPOINT_URL_STS", &url)
        .showing(&url, "http://127.0.0.1:4566")
}

#[test]
fn sts() {
    let mut page = Page::new("sts", "AWS STS.");
    for (status, code, message) in REFUSALS {
        let sts = Sts::start();
        sts.refuse_all(status, code, message);
        let refused = role()
            .user_of(&sts)
            .where_(&format!("STS refuses with {code}"));
        page.show(&["CredentialsError::Sts", "StsError::Refused"], refused);
    }
    let silent = CredentialsError::Sts {
        call: format!("AssumeRole of {ROLE}"),
        source: StsError::Silent { endpoint: None },
    };
    page.show(
        &["StsError::Silent"],
        by_hand("STS does not respond, which takes half a minute", silent),
    );
    let no_url = role()
        .with_keys()
        .env("AWS_ENDPOINT_URL", "localhost:5000")
        .where_("AWS_ENDPOINT_URL has no scheme");
    page.show(&["StsError::Address"], no_url);
    let away = refused_address().to_string();
    let away = role()
        .with_keys()
        .quietly("AWS_ENDPOINT_URL_STS", &format!("http://{away}"))
        .showing(&away, "127.0.0.1:4566")
        .where_("nothing listens at AWS_ENDPOINT_URL_STS");
    page.show(&["StsError::Unreachable"], away);
    let web = HttpServer::start(|_| Reply::Answer {
        status: 200,
        headers: Vec::new(),
        body: "<html>".to_owned(),
    });
    page.show(
        &["StsError::Answer"],
        asking(&web).where_("a web server answers for STS"),
    );
    let busy = HttpServer::start(|_| Reply::Answer {
        status: 503,
        headers: Vec::new(),
        body: "<html>".to_owned(),
    });
    page.show(
        &["StsError::Answer"],
        asking(&busy).where_("a proxy answers for STS: HTTP 503"),
    );
    let sts = Sts::start();
    sts.slip(" ");
    page.show(
        &["StsError::Unusable"],
        role()
            .user_of(&sts)
            .where_("STS returns a key with a space in it"),
    );
    page.check();
}
