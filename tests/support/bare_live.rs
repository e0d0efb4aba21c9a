//! `--live` from credrun's own parts, without the program: a relay, a target, and a set that
//! the target can ask for.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bollard::models::{ContainerCreateBody, HostConfig};
use bytes::Bytes;
use credrun::container::grammar::env::{EnvEntry, EnvOrigin};
use credrun::credentials::{CredentialValues, Credentials};
use credrun::environment::live::{EndpointAddress, live_environment};
use credrun::environment::shared_files::Found;
use credrun::live::endpoint::{Endpoint, random_token};
use credrun::live::renewal::Renewal;
use credrun::relay::image::relay_image;
use credrun::relay::mux::Mux;
use credrun::relay::network::split;
use credrun::relay::request::{UsedImage, random_user, relay_request};
use http::Method;
use secrecy::SecretString;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::raw_engine;

/// An image with the AWS CLI, a shell and Python.
const IMAGE: &str = "amazon/aws-cli:latest";
const DEADLINE: Duration = Duration::from_secs(60);

/// A `--live` run, as far as it goes before credrun's own story.
pub struct Live {
    /// The ID of the relay.
    pub relay: String,
    /// The ID of the target.
    pub target: String,
    _renewal: Renewal,
    serving: JoinHandle<()>,
}

/// Starts the relay and creates the target beside it, which gets a set of an hour.
pub async fn live(name: Option<&str>, target: ContainerCreateBody) -> Live {
    live_with_sets_of(Duration::from_secs(3600), name, target).await
}

/// The same with sets of another life.
pub async fn live_with_sets_of(
    life: Duration,
    name: Option<&str>,
    target: ContainerCreateBody,
) -> Live {
    let info = raw_engine::get("/info").await;
    let architecture = info["Architecture"].as_str().expect("an architecture");
    let image = relay_image(architecture).expect("a relay for this engine");
    let id = raw_engine::load(&image.ids, image.archive).await;

    let divided = split(target, name, &[]);
    let request = relay_request(
        &UsedImage::Own(id),
        name.unwrap_or("test"),
        &random_user().expect("randomness"),
        divided.relay.clone(),
    );
    let relay = raw_engine::create(&request, None).await;
    let attached = raw_engine::attach(&relay).await;
    raw_engine::start(&relay).await;
    let mux = Mux::connect(attached.stdout, attached.stdin)
        .await
        .expect("the relay listens");

    let port = mux.port();
    let token = random_token().expect("randomness");
    let report = Arc::new(|event| eprintln!("{event}"));
    let renewal = Renewal::start(
        set(life),
        move || std::future::ready(Ok(set(life))),
        report.clone(),
    );
    let endpoint = Endpoint::new(token.clone(), renewal.current(), report);
    let serving = tokio::spawn(async move {
        let served = Arc::new(endpoint).serve(mux).await;
        served.expect("a relay that keeps to its protocol");
    });

    let mut target = divided.target(&relay);
    let user = target.env.take().unwrap_or_default();
    let user: Vec<_> = user
        .iter()
        .map(|entry| EnvEntry::parse(entry, EnvOrigin::Flag))
        .collect();
    let address = EndpointAddress {
        port,
        token: &token,
    };
    let region = Some("eu-west-1");
    let env = live_environment(address, region, &user, &[], &Found::default());
    target.env = Some(env.iter().map(ToString::to_string).collect());
    let target = raw_engine::create(&target, name).await;
    Live {
        relay,
        target,
        _renewal: renewal,
        serving,
    }
}

impl Live {
    /// Runs the target to its end and gives what it wrote; then ends as credrun does.
    pub async fn run(self) -> String {
        raw_engine::start(&self.target).await;
        let (status, log) = raw_engine::finish(&self.target).await;
        raw_engine::remove(&self.target).await;
        self.end().await;
        assert_eq!(status, 0, "{log}");
        log
    }

    /// Ends as credrun does; the relay must go.
    pub async fn end(self) {
        self.serving.abort();
        timeout(DEADLINE, raw_engine::gone(&self.relay))
            .await
            .expect("the relay ends with credrun");
    }
}

/// A set that ends after `life`; its access key ID says when, in seconds since 1970.
fn set(life: Duration) -> Credentials {
    let end = SystemTime::now() + life;
    let seconds = end.duration_since(SystemTime::UNIX_EPOCH).expect("a time");
    Credentials::new(CredentialValues {
        access_key_id: format!("ASIALIVE{}", seconds.as_secs()),
        secret_access_key: SecretString::from("live-secret"),
        session_token: Some(SecretString::from("live-session")),
        expiration: Some(end),
        account_id: None,
    })
    .expect("a set")
}

/// A target that runs this Python program in this network.
pub fn python(network: &str, program: &str) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(IMAGE.to_owned()),
        entrypoint: Some(vec!["python3".to_owned(), "-c".to_owned()]),
        cmd: Some(vec![program.to_owned()]),
        host_config: Some(HostConfig {
            network_mode: Some(network.to_owned()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

/// A network of the test's own; what an earlier run left is replaced.
pub struct Network(pub &'static str);

impl Network {
    pub async fn create(name: &'static str) -> Self {
        let network = Self(name);
        network.remove().await;
        raw_engine::post("/networks/create", &json!({ "Name": name })).await;
        network
    }

    pub async fn remove(&self) {
        let path = format!("/networks/{}", self.0);
        raw_engine::call(Method::DELETE, &path, "application/json", Bytes::new()).await;
    }
}
