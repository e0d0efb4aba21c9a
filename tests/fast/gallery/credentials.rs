//! Where credentials are looked for, and what is wrong with those that are there.

use std::time::Duration;

use credrun::credentials::CredentialsError;

use super::{Page, Scene, by_hand};
use crate::support::credential_endpoint::{Behaviour, CredentialEndpoint};
use crate::support::metadata_service::MetadataService;
use crate::support::sts::Sts;

const TEMPORARY: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "x"),
    ("AWS_SESSION_TOKEN", "x"),
];

fn temporary(line: &str) -> Scene {
    TEMPORARY.iter().fold(
        Scene::new(line).where_("with temporary credentials in the environment"),
        |scene, (name, value)| scene.quietly(name, value),
    )
}

#[test]
fn credentials() {
    let mut page = Page::new("credentials", "No credentials, or none that can be used.");
    page.show(
        &["CredentialsError::NotFound"],
        Scene::new("credrun export"),
    );
    let others = Scene::new("credrun export")
        .config("[profile dev]\nregion = eu-west-1\n[profile prod]\nregion = eu-west-1");
    page.show(&["CredentialsError::NotFound"], others);
    let empty =
        Scene::new("credrun export --profile dev").config("[profile dev]\nregion = eu-west-1");
    page.show(&["CredentialsError::NotFound"], empty);
    let half = Scene::new("credrun export").env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    page.show(&["CredentialsError::HalfAPair"], half);
    let windows = Scene::new("credrun export")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .quietly("AWS_SECRET_ACCESS_KEY", "x\r")
        .where_("with AWS_SECRET_ACCESS_KEY from a file with Windows line endings");
    page.show(&["CredentialsError::Variable"], windows);
    for (value, what) in [
        ("x y", "a space"),
        ("x\ny", "a line break"),
        ("é", "an é"),
        ("\u{1}", "a control character"),
    ] {
        let flawed = Scene::new("credrun export")
            .quietly("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .quietly("AWS_SECRET_ACCESS_KEY", value)
            .where_(&format!("with {what} in AWS_SECRET_ACCESS_KEY"));
        page.show(&["CredentialsError::Variable"], flawed);
    }
    let time = temporary("credrun export").env("AWS_CREDENTIAL_EXPIRATION", "tomorrow");
    page.show(&["CredentialsError::Variable"], time);
    let metadata = Scene::new("credrun export --credential-source Ec2InstanceMetadata")
        .without("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://a b");
    page.show(&["CredentialsError::Variable"], metadata);
    let region = temporary("credrun export").env("AWS_REGION", "eu west 1");
    page.show(&["CredentialsError::Region"], region);
    let expired =
        temporary("credrun export").env("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z");
    page.show(&["CredentialsError::Expired"], Ago::steady(expired));
    let endpoint = CredentialEndpoint::behaving(Behaviour::Expired(Duration::from_secs(7500)));
    page.show(
        &["CredentialsError::Expired"],
        in_cloudshell("credrun export", &endpoint),
    );
    let code = temporary(
        "credrun export --token-code 123456 --serial-number arn:aws:iam::123456789012:mfa/me",
    );
    page.show(&["CredentialsError::MfaNeedsLongLivedKeys"], code);
    page.show(
        &["CredentialsError::NoDevice"],
        temporary("credrun export --token-code 123456"),
    );
    let metadata = MetadataService::without_a_role();
    let no_role = Scene::new("credrun export --credential-source Ec2InstanceMetadata")
        .without("AWS_EC2_METADATA_DISABLED")
        .quietly("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata.url())
        .where_("on an EC2 instance without a role");
    page.show(&[], no_role);
    page.show(
        &["CredentialsError::InstanceMetadata"],
        by_hand(
            "the instance metadata service fails with a role in it, after half a minute of attempts",
            CredentialsError::InstanceMetadata("request has timed out".into()),
        ),
    );
    config_files(&mut page);
    web_identity(&mut page);
    lifetimes(&mut page);
    page.check();
}

/// `expired 6y …` grows.
struct Ago;

impl Ago {
    fn steady(scene: Scene) -> super::page::Seen {
        let mut seen = super::page::Seen::from(scene);
        if let (Some(from), Some(to)) = (seen.text.find(" expired "), seen.text.find(" ago")) {
            seen.text
                .replace_range(from + " expired ".len()..to, "2h 5m");
        }
        seen
    }
}

fn in_cloudshell(line: &str, endpoint: &CredentialEndpoint) -> Scene {
    endpoint.session().iter().fold(
        Scene::new(line).where_("in AWS CloudShell"),
        |scene, (name, value)| scene.quietly(name, value),
    )
}

fn config_files(page: &mut Page) {
    let export = || Scene::new("credrun export");
    let binary = export()
        .bytes(".aws/config", b"\xff\xfe")
        .where_("~/.aws/config is binary");
    page.show(
        &["CredentialsError::ConfigFile", "ConfigFileError::NotUtf8"],
        binary,
    );
    let malformed = export().config("[default]\nregion");
    page.show(&["ConfigFileError::Malformed"], malformed);
    let directory = export()
        .bytes(".aws/config/x", b"")
        .where_("~/.aws/config is a directory");
    page.show(&["ConfigFileError::Unreadable"], directory);
}

fn web_identity(page: &mut Page) {
    let identity = |arn: &str| {
        Scene::new("credrun export")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token")
            .env("AWS_ROLE_ARN", arn)
            .quietly("AWS_REGION", "eu-west-1")
    };
    let arn = "arn:aws:iam::123456789012:role/deploy";
    page.show(&["CredentialsError::WebIdentityToken"], identity(arn));
    page.show(&["CredentialsError::Variable"], identity("deploy"));
    page.show(
        &["CredentialsError::Variable"],
        identity("").where_("AWS_ROLE_ARN is empty"),
    );
}

fn lifetimes(page: &mut Page) {
    let never_longer = temporary("credrun export --min-ttl 1h");
    page.show(
        &[
            "CredentialsError::TooShort",
            "too_short::TooShort",
            "NoHope::NoEnd",
        ],
        never_longer,
    );
    let sts = Sts::start();
    let short = Scene::new("credrun export --min-ttl 3h --duration-seconds 3600").user_of(&sts);
    page.show(
        &["NoHope::NeverLonger"],
        short.showing("59m 59s left", "1h left"),
    );
    page.show(
        &["NoHope::NotReplaced"],
        by_hand(
            "the source would have to be asked for as long as a set lives",
            too_short(),
        ),
    );
    let endpoint = CredentialEndpoint::behaving(Behaviour::Expired(Duration::ZERO));
    endpoint.set_clock(-3600);
    page.show(
        &["CredentialsError::Clock"],
        in_cloudshell("credrun export", &endpoint),
    );
}

fn too_short() -> CredentialsError {
    use credrun::credentials::{NoHope, Origin, TooShort};
    CredentialsError::TooShort {
        origin: Origin::CloudShell,
        source: TooShort {
            left: Duration::from_secs(280),
            wanted: Duration::from_secs(600),
            why: NoHope::NotReplaced,
        },
    }
}
