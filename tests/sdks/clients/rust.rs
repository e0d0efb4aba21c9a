//! Says which version it is, calls once a second for `DURATION` seconds, and says what came of it.

use std::error::Error;
use std::time::{Duration, Instant};

use aws_config::BehaviorVersion;
use aws_sdk_sts::error::DisplayErrorContext;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = aws_config::defaults(BehaviorVersion::latest())
        .http_client(
            Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build_https(),
        )
        .endpoint_url(std::env::var("ENDPOINT")?)
        .load()
        .await;
    let sts = aws_sdk_sts::Client::new(&settings);
    println!("version {}", aws_sdk_sts::meta::PKG_VERSION);
    let end = Instant::now() + Duration::from_secs(std::env::var("DURATION")?.parse()?);
    while Instant::now() < end {
        let next = Instant::now() + Duration::from_secs(1);
        match sts.get_caller_identity().send().await {
            Ok(_) => println!("ok"),
            Err(why) => println!("failed: {}", DisplayErrorContext(why)),
        }
        tokio::time::sleep_until(next.into()).await;
    }
    Ok(())
}
