//! A stand-in for EC2's instance metadata service, version 2.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::http_server::{HttpServer, Reply, Request};

const TOKEN: &str = "imds-session-token";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
/// The region that the instance is in.
pub const REGION: &str = "sa-east-1";
/// The secret of the instance's set.
pub const SECRET: &str = "instanceSecret/KEEP";

/// The service. It ends when dropped.
pub struct MetadataService(HttpServer);

impl MetadataService {
    /// On an instance with the role `web`.
    pub fn start() -> Self {
        Self(HttpServer::start(|request| reply(&request, true)))
    }

    /// On an instance without a role.
    pub fn without_a_role() -> Self {
        Self(HttpServer::start(|request| reply(&request, false)))
    }

    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }
}

fn reply(request: &Request, has_role: bool) -> Reply {
    if request.method == "PUT" && request.target == "/latest/api/token" {
        let ttl = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds");
        let headers = vec![(
            "x-aws-ec2-metadata-token-ttl-seconds".to_owned(),
            ttl.cloned().unwrap_or_default(),
        )];
        return answer(200, headers, TOKEN.to_owned());
    }
    let token = request.headers.get("x-aws-ec2-metadata-token");
    if token.map(String::as_str) != Some(TOKEN) {
        return answer(401, Vec::new(), String::new());
    }
    if request.target == "/latest/meta-data/placement/region" {
        return answer(200, Vec::new(), REGION.to_owned());
    }
    match request.target.strip_prefix(ROLES) {
        Some("") if has_role => answer(200, Vec::new(), "web".to_owned()),
        Some("web") if has_role => answer(200, Vec::new(), set()),
        _ => answer(404, Vec::new(), String::new()),
    }
}

fn answer(status: u16, headers: Vec<(String, String)>, body: String) -> Reply {
    Reply::Answer {
        status,
        headers,
        body,
    }
}

fn set() -> String {
    let end = DateTime::from(SystemTime::now() + Duration::from_secs(6 * 3600));
    let end = DateTime::from_secs(end.secs()).fmt(Format::DateTime);
    serde_json::json!({
        "Code": "Success",
        "LastUpdated": "2026-11-24T08:00:00Z",
        "Type": "AWS-HMAC",
        "AccessKeyId": "ASIAINSTANCE",
        "SecretAccessKey": SECRET,
        "Token": "instanceToken",
        "Expiration": end.expect("a time"),
    })
    .to_string()
}
