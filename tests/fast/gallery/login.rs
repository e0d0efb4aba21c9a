//! `credrun login`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::{Page, Scene};

const PROFILES: &str = "\
[profile a]
sso_session = dev
sso_account_id = 123456789012
sso_role_name = Deploy
[profile b]
login_session = arn:aws:iam::123456789012:user/me
[profile c]
credential_process = get-credentials
[profile d]
region = eu-west-1
[sso-session dev]
sso_region = eu-west-1
sso_start_url = https://portal.example/start
";

fn login(profile: &str) -> Scene {
    Scene::new(&format!("credrun login --profile {profile}")).config(PROFILES)
}

#[test]
fn login_of_profiles() {
    let mut page = Page::new("login", "credrun login.");
    let absent = |profile| {
        login(profile)
            .quietly("PATH", "/nonexistent")
            .where_("there is no AWS CLI")
    };
    page.show(&["Error::NoAwsCli"], absent("a"));
    page.show(&["Error::NoAwsCli"], absent("b"));
    page.show(&["Notices::no_login_needed"], login("c"));
    page.show(&["ProfileError::NoSettings"], login("d"));
    page.show(&["ProfileError::Missing"], login("e"));
    let nobody =
        Scene::new("credrun login").where_("no profile is named, and none is called default");
    page.show(&["ProfileError::Missing"], nobody);
    for profile in ["a", "b"] {
        let fails = login(profile);
        let bin = fails.home().join("bin");
        let aws = b"#!/bin/sh\n[ \"$1\" != --version ] || exec echo aws-cli/2.31.0\nexit 255\n";
        let fails = fails.bytes("bin/aws", aws);
        fs::set_permissions(bin.join("aws"), Permissions::from_mode(0o755)).expect("set");
        let path = format!("{}:/usr/bin:/bin", bin.display());
        let fails = fails
            .quietly("PATH", &path)
            .where_("an AWS CLI of version 2.31 fails, and has said why");
        page.show(&["messages::error::Error::Login", "Notices::runs"], fails);
    }
    page.check();
}
