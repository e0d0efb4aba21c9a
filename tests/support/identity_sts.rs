//! Stands in for STS where containers reach it: answers GetCallerIdentity to who signed with a
//! set that has not ended, and hands each request on.

use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Starts it: its port on every address, and each request as it comes.
pub async fn sts() -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let request = sts_request(&mut client).await;
            let answer = sts_answer(has_ended(&request));
            let _ = seen.send(request);
            let _ = client.write_all(answer.as_bytes()).await;
        }
    });
    (port, requests)
}

async fn sts_request(client: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"Version=2011-06-15") {
        match client.read_buf(&mut request).await {
            Ok(count) if count > 0 => {}
            _ => break,
        }
    }
    String::from_utf8_lossy(&request).into_owned()
}

fn has_ended(request: &str) -> bool {
    let (_, key) = request.split_once("Credential=ASIALIVE").expect("a set");
    let (end, _) = key.split_once('/').expect("a scope");
    let end = Duration::from_secs(end.parse().expect("a time"));
    SystemTime::UNIX_EPOCH + end <= SystemTime::now()
}

fn sts_answer(ended: bool) -> String {
    let (status, body) = if ended {
        (
            "403 Forbidden",
            "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>",
        )
    } else {
        (
            "200 OK",
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn>\
             <UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult>\
             </GetCallerIdentityResponse>",
        )
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}
