//! `credrun compose`. Compose shows the `message` of each line.

use credrun::commands::project::{NeverServed, Warning};
use credrun::messages::error::Error;

use super::page::Seen;
use super::scene::by_hand;
use super::{Page, Scene};

fn up(options: &str) -> Scene {
    Scene::new(&format!("credrun compose --project-name=p up {options}"))
}

fn said(when: &str, warning: &Warning) -> Seen {
    Seen {
        provoked_by: format!("({when})"),
        text: warning.to_string(),
    }
}

#[test]
fn compose() {
    let mut page = Page::new(
        "compose",
        "credrun compose, as Docker Compose calls it: lines of JSON on stdout. At a terminal, errors go to stderr in words; so do those of a call that is none of Compose's, wherever stdout goes.",
    );
    page.show(&[], Scene::new("credrun compose metadata"));
    for options in [
        "--rolearn=x aws",
        "--delivery=liv aws",
        "--port=0 --delivery=live aws",
        "--port=http --delivery=live aws",
        "--long-lived=yes aws",
        "--delivery=live --app.delivery=env aws",
        "--app.profile=dev aws",
        "--delivery=live --allow=s3:* aws",
        "--delivery=keyless --deny=s3:GetObjekt aws",
        "--record=calls.jsonl aws",
        "--delivery=keyless --record=/dev/stdout aws",
        "creds",
    ] {
        page.show(&["FlagError"], up(options));
    }
    page.show(&["FlagError"], Scene::new("credrun compose up"));
    page.show(&["FlagError"], Scene::new("credrun compose up aws"));
    page.show(&["FlagError"], Scene::new("credrun compose uq aws"));
    page.show(
        &["ProfileError::Missing"],
        up("--profile=nope aws").config("[profile dev]\nregion = eu-west-1"),
    );
    let name = "p/aws".to_owned();
    let served = by_hand(
        "two docker compose up at the same time, with other options",
        Error::ServedByAnother { name },
    );
    page.show(&["Error::ServedByAnother"], served);
    show_warnings(&mut page);
    show_that_nothing_was_served(&mut page);
    page.check();
}

fn show_that_nothing_was_served(page: &mut Page) {
    let project = || "p".to_owned();
    for (when, never) in [
        (
            "docker compose up has failed before it has created a container",
            NeverServed::Provider { project: project() },
        ),
        (
            "credrun compose-env -p p -- make up, where Compose calls the project otherwise",
            NeverServed::ComposeEnv { project: project() },
        ),
        (
            "credrun devcontainer, and runArgs has no --env-file",
            NeverServed::DevContainer,
        ),
    ] {
        page.show(
            &["Warning::NeverServed"],
            said(when, &Warning::NeverServed(never)),
        );
    }
}

fn show_warnings(page: &mut Page) {
    let name = || "p-app-1".to_owned();
    let variables = ["AWS_PROFILE", "AWS_ACCESS_KEY_ID"]
        .map(str::to_owned)
        .into();
    for (shows, when, warning) in [
        (
            "Warning::HostNetwork",
            "network_mode: host",
            Warning::HostNetwork { name: name() },
        ),
        (
            "Warning::KeyOfImage",
            "the image has AWS_CONTAINER_AUTHORIZATION_TOKEN, and the service does not depend on aws",
            Warning::KeyOfImage { name: name() },
        ),
        (
            "Warning::NoImage",
            "the image was removed by force while the container was stopped",
            Warning::NoImage { name: name() },
        ),
        (
            "Warning::NoRelay",
            "another program of the container listens on the port",
            Warning::NoRelay {
                name: name(),
                why: "the relay's port in the container is in use".to_owned(),
            },
        ),
        (
            "Warning::OfRun",
            "docker compose run app",
            Warning::OfRun { name: name() },
        ),
        (
            "Warning::OtherVariables",
            "another port in compose.yaml, and docker compose up -d of another service",
            Warning::OtherVariables {
                name: name(),
                service: "app".to_owned(),
            },
        ),
        (
            "Warning::SharedNetwork",
            "network_mode: service:app, and options of its own",
            Warning::SharedNetwork {
                name: "p-sidecar-1".to_owned(),
                other: name(),
            },
        ),
        (
            "Warning::OwnVariables",
            "environment: or the image has them",
            Warning::OwnVariables {
                name: name(),
                variables,
            },
        ),
        (
            "Warning::Proxy",
            "config.json of docker has a proxy",
            Warning::Proxy { name: name() },
        ),
        (
            "Warning::UnusedOptions",
            "an option of wroker in compose.yaml, where the service is called worker; at the project's end",
            Warning::UnusedOptions {
                service: "wroker".to_owned(),
            },
        ),
    ] {
        page.show(&[shows], said(when, &warning));
    }
}
