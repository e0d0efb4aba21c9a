//! `--help` of every command.

use super::{Page, Scene};

#[test]
fn help() {
    let mut page = Page::new("help", "--help of every command.");
    for command in [
        "",
        "exec ",
        "env ",
        "export ",
        "whoami ",
        "ps ",
        "stop ",
        "logs ",
        "login ",
        "role-template ",
        "doctor ",
    ] {
        page.show(&[], Scene::new(&format!("credrun {command}--help")));
    }
    page.check();
}
