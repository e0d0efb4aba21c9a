//! `credrun role-template`.

use super::{Page, Scene};

#[test]
fn role_template() {
    let mut page = Page::new("role-template", "credrun role-template.");
    let who = "--trusted-principal arn:aws:iam::123456789012:user/me";
    for (shows, arguments) in [
        ("RoleTemplateError::NoRights", who.to_owned()),
        (
            "RoleTemplateError::Action",
            format!("{who} --action GetObject"),
        ),
        (
            "RoleTemplateError::ManagedPolicy",
            format!("{who} --managed-policy ReadOnlyAccess"),
        ),
        (
            "RoleTemplateError::Principal",
            "--action s3:GetObject --trusted-principal me".to_owned(),
        ),
        (
            "RoleTemplateError::RoleName",
            format!("{who} --action s3:GetObject --role-name 'a b'"),
        ),
    ] {
        page.show(
            &[shows],
            Scene::new(&format!("credrun role-template {arguments}")),
        );
    }
    page.show(
        &["RoleTemplateError::Nobody"],
        Scene::new("credrun role-template --action s3:GetObject")
            .quietly("AWS_EC2_METADATA_DISABLED", "true")
            .where_("nobody is logged in"),
    );
    page.check();
}
