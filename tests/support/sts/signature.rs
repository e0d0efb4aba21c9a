//! Whose call it is: the signature, the session token and the time of a request.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as SigningKeys;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{Identity, Refusal, Request, State, refuse};

impl State {
    /// Whose call it is, after checking its signature, its token and its end.
    pub(super) fn caller(&self, request: &Request) -> Result<Identity, Refusal> {
        let Some(scope) = credential(request) else {
            return refuse(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            );
        };
        let signed_at = request.headers.get("x-amz-date").map(String::as_str);
        let Some(signed_at) = signed_at.and_then(compact_time) else {
            return refuse(403, "IncompleteSignature", "no X-Amz-Date");
        };
        let off = match self.now().duration_since(signed_at) {
            Ok(off) => off,
            Err(error) => error.duration(),
        };
        if off > Duration::from_secs(300) {
            return refuse(
                403,
                "SignatureDoesNotMatch",
                "Signature expired: it is not within 5 minutes of now",
            );
        }
        let Some(identity) = self.identities.get(&scope.access_key_id) else {
            return refuse(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            );
        };
        if request.headers.get("x-amz-security-token") != identity.token.as_ref() {
            return refuse(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            );
        }
        if identity.end.is_some_and(|end| end <= self.now()) {
            return refuse(
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
            );
        }
        if signature(request, &scope, identity, signed_at) != scope.signature {
            let token = identity.token.clone().unwrap_or_default();
            let message = format!(
                "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:{token}'"
            );
            return refuse(403, "SignatureDoesNotMatch", &message);
        }
        Ok(identity.clone())
    }
}

/// What `Authorization` says.
pub(super) struct Scope {
    pub(super) access_key_id: String,
    region: String,
    signed_headers: Vec<String>,
    signature: String,
}

pub(super) fn credential(request: &Request) -> Option<Scope> {
    let header = request.headers.get("authorization")?;
    let part = |name: &str| {
        let (_, rest) = header.split_once(&format!("{name}="))?;
        Some(rest.split([',', ' ']).next()?.to_owned())
    };
    let scope = part("Credential")?;
    let mut scope = scope.split('/');
    Some(Scope {
        access_key_id: scope.next()?.to_owned(),
        region: scope.nth(1)?.to_owned(),
        signed_headers: part("SignedHeaders")?
            .split(';')
            .map(str::to_owned)
            .collect(),
        signature: part("Signature")?,
    })
}

/// The signature that the request should have.
fn signature(request: &Request, scope: &Scope, identity: &Identity, at: SystemTime) -> String {
    let keys = SigningKeys::new(
        &scope.access_key_id,
        &identity.secret,
        identity.token.clone(),
        None,
        "stand-in",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&keys)
        .region(&scope.region)
        .name("sts")
        .time(at)
        .settings(SigningSettings::default())
        .build()
        .expect("whole parameters")
        .into();
    let url = format!("http://{}{}", request.headers["host"], request.target);
    // The signer adds these two itself.
    let own = ["x-amz-date", "x-amz-security-token"];
    let headers = scope
        .signed_headers
        .iter()
        .filter(|name| !own.contains(&name.as_str()))
        .filter_map(|name| Some((name.as_str(), request.headers.get(name)?.as_str())));
    let body = SignableBody::Bytes(&request.body);
    let signable =
        SignableRequest::new(&request.method, url, headers, body).expect("a request to sign");
    sign(signable, &parameters)
        .expect("a signature")
        .signature()
        .to_owned()
}

/// `20261124T081500Z`.
fn compact_time(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let part = |text: &str, at: usize, length: usize| text.get(at..at + length).map(str::to_owned);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(date, 0, 4)?,
        part(date, 4, 2)?,
        part(date, 6, 2)?,
        part(time, 0, 2)?,
        part(time, 2, 2)?,
        part(time, 4, 2)?
    );
    let time = DateTime::from_str(&text, Format::DateTime).ok()?;
    time.try_into().ok()
}
