//! `credrun compose-env` and `credrun compose-file`.

use super::{Page, Scene};

#[test]
fn compose_env() {
    let mut page = Page::new(
        "compose-env",
        "credrun compose-env and credrun compose-file. What credrun says as a provider is on another page.",
    );
    for line in [
        "credrun compose-env",
        "credrun compose-env --delivery live -- docker-compose up",
        "credrun compose-env -p shop --service-option worker -- docker-compose up",
        "credrun compose-env -p shop --service-option worker.role=x -- docker-compose up",
        "credrun compose-env -p shop --service-option worker.profile=x -- docker-compose up",
        "credrun compose-env -p shop --delivery live --allow s3:GetObject -- docker-compose up",
        "credrun compose-env -p shop --delivery ever -- docker-compose up",
        "credrun compose-env -p shop --delivery live -- docker-compose -p store up",
        "credrun compose-file",
        "credrun compose-file app/web",
    ] {
        page.show(&["FlagError"], Scene::new(line).with_keys());
    }
    let none = Scene::new("credrun compose-file --file none.yml app");
    page.show(&["Error::Local"], none);
    let file =
        Scene::new("credrun compose-file app worker").file("compose.yaml", "version: '3.8'\n");
    page.show(&[], file.where_("compose.yaml is of version 3.8"));
    page.check();
}
