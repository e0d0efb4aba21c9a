//! `--help` of every command.

use super::{Page, Scene};

#[test]
fn help() {
    let mut page = Page::new("help", "--help of every command.");
    for command in [
        "",
        "run ",
        "exec ",
        "env ",
        "export ",
        "whoami ",
        "ps ",
        "stop ",
        "logs ",
        "login ",
        "policy ",
        "role-template ",
        "doctor ",
        "devcontainer ",
        "compose ",
        "compose-env ",
        "compose-file ",
        "completion ",
        "man ",
        "version ",
    ] {
        page.show(&[], Scene::new(&format!("credrun {command}--help")));
    }
    page.check();
}
