//! AWS by `scripts/aws-stand-in`, which takes web identity tokens as well: moto answers no unsigned call
//! where it checks policies. Everything else goes on to it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::aws::AwsStandIn;
use super::http_server::{HttpServer, Reply, Request};

/// Exchanges `token` for a set of the session's role.
///
/// # Panics
///
/// Where the stand-in gives no set.
pub fn start(stand_in: &AwsStandIn, token: &'static str) -> HttpServer {
    let answer = answer(&stand_in.temporary(stand_in.session_role_arn()));
    let behind = stand_in.endpoint_url().trim_start_matches("http://");
    let behind = behind.trim_end_matches('/').to_owned();
    HttpServer::start(move |request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if !body.contains("Action=AssumeRoleWithWebIdentity") {
            return forward(&behind, &request);
        }
        let is_trusted = body.contains(&format!("WebIdentityToken={token}"));
        Reply::Answer {
            status: if is_trusted { 200 } else { 403 },
            headers: Vec::new(),
            body: if is_trusted {
                answer.clone()
            } else {
                String::new()
            },
        }
    })
}

fn answer(set: &[(&str, String)]) -> String {
    let variable = |name: &str| {
        let found = set.iter().find(|(variable, _)| *variable == name);
        &found.expect("a variable").1
    };
    format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleWithWebIdentityResult><Credentials>\
         <AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
         <SessionToken>{}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>\
         </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
        variable("AWS_SESSION_TOKEN"),
    )
}

/// With the headers as they were: they are signed.
fn forward(behind: &str, request: &Request) -> Reply {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    for (name, value) in &request.headers {
        if name != "connection" {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(behind).expect("the stand-in");
    stream
        .write_all(&[head.as_bytes(), &request.body].concat())
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Reply::Answer {
        status: status.expect("a status"),
        headers: Vec::new(),
        body: body.to_owned(),
    }
}
