//! Profiles of the AWS config files.

use super::{Page, Scene};

const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/deploy";

#[test]
fn profiles() {
    let mut page = Page::new(
        "profile",
        "Profiles of the AWS config files that cannot be used.",
    );
    let none = Scene::new("credrun export --profile nope");
    page.show(
        &["CredentialsError::Profile", "ProfileError::Missing"],
        none,
    );
    let other = Scene::new("credrun export")
        .env("AWS_PROFILE", "nope")
        .config("[profile dev]\nregion = eu-west-1");
    page.show(&["ProfileError::Missing"], other);
    for (shows, config) in [
        (
            "ProfileError::MissingSource",
            format!("[profile a]\n{ROLE}\nsource_profile = b"),
        ),
        (
            "ProfileError::Loop",
            format!(
                "[profile a]\n{ROLE}\nsource_profile = b\n[profile b]\n{ROLE}\nsource_profile = a"
            ),
        ),
        ("ProfileError::NoSource", format!("[profile a]\n{ROLE}")),
        (
            "ProfileError::TwoSources",
            format!("[profile a]\n{ROLE}\nsource_profile = b\ncredential_source = Environment"),
        ),
        (
            "ProfileError::UnknownSource",
            format!("[profile a]\n{ROLE}\ncredential_source = Vault"),
        ),
        (
            "ProfileError::EmptySource",
            format!("[profile a]\n{ROLE}\ncredential_source = Environment"),
        ),
        (
            "ProfileError::NothingInSource",
            format!("[profile a]\n{ROLE}\nsource_profile = b\n[profile b]\nregion = eu-west-1"),
        ),
        (
            "ProfileError::Half",
            "[profile a]\nweb_identity_token_file = token".to_owned(),
        ),
        (
            "ProfileError::HalfInFile",
            "[profile a]\naws_access_key_id = AKIAEXAMPLE".to_owned(),
        ),
        (
            "ProfileError::NoSsoSession",
            "[profile a]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = Dev"
                .to_owned(),
        ),
        (
            "ProfileError::Contradiction",
            "[profile a]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = Dev\n\
             sso_region = eu-west-1\nsso_start_url = https://a.example/start\n\
             [sso-session work]\nsso_region = us-east-1\nsso_start_url = https://a.example/start"
                .to_owned(),
        ),
        (
            "ProfileError::NoServices",
            "[profile a]\nservices = local\ncredential_process = true".to_owned(),
        ),
        (
            "ProfileError::Value",
            format!("[profile a]\n{ROLE}\nsource_profile = a\nduration_seconds = 1h"),
        ),
        (
            "ProfileError::Value",
            "[profile a]\nrole_arn = deploy\nsource_profile = a".to_owned(),
        ),
    ] {
        let scene = Scene::new("credrun export --profile a --region eu-west-1").config(&config);
        page.show(&[shows], scene);
    }
    let windows = Scene::new("credrun export --profile a")
        .bytes(
            ".aws/credentials",
            b"[a]\naws_access_key_id = AKIA EXAMPLE\naws_secret_access_key = x\n",
        )
        .where_("~/.aws/credentials:\n    [a]\n    aws_access_key_id = AKIA EXAMPLE");
    page.show(&["ProfileError::Unusable"], windows);
    page.check();
}
