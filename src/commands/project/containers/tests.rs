use super::*;

fn project(delivery: ComposeDelivery) -> Project {
    Project {
        whose: Whose::Project("p".to_owned()),
        delivery,
        port: 21776,
    }
}

fn container(project_label: &str, env: &[&str]) -> RunningContainer {
    let labels = [(LABEL_PROJECT, project_label), (LABEL_SERVICE, "app")];
    RunningContainer {
        id: "c0ffee".to_owned(),
        image: "sha256:c0ffee".to_owned(),
        name: "p-app-1".to_owned(),
        env: env.iter().map(|&entry| entry.to_owned()).collect(),
        labels: labels
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        on_host_network: false,
        shares_network_of: None,
        process: None,
    }
}

fn read_in(project: &Project, container: RunningContainer) -> Option<Dependent> {
    let (service, key) = project.expected_by(&container)?;
    let network = Network::brought_by(&container);
    Some(project.dependent(container, service, key, network))
}

#[test]
fn a_container_depends_on_the_provider_by_composes_label() {
    for (listed, expected) in [
        ("aws:service_started:false", true),
        ("db:service_healthy:false,aws:service_started:true", true),
        (
            "aws-proxy:service_started:false,my.aws:service_started:false",
            false,
        ),
        ("", false),
    ] {
        let labels = [(LABEL_DEPENDS_ON.to_owned(), listed.to_owned())];
        assert_eq!(depends_on_provider(&labels.into()), expected, "{listed}");
    }
    assert!(!depends_on_provider(&HashMap::new()));
}

#[test]
fn a_container_expects_the_endpoint_by_its_project_address_and_token() {
    let project = project(ComposeDelivery::Live);
    let read = |label: &str, url: &str, token: &str| {
        read_in(
            &project,
            container(
                label,
                &[
                    &format!("AWS_CONTAINER_CREDENTIALS_FULL_URI={url}"),
                    &format!("AWS_CONTAINER_AUTHORIZATION_TOKEN={token}"),
                    "AWS_PROFILE=dev",
                ],
            ),
        )
    };
    let (url, token) = ("http://127.0.0.1:21776/credentials", "0123456789abcdef");
    let found = read("p", url, token).expect("a dependent");
    assert_eq!(
        (found.service.as_str(), found.name.as_str()),
        ("app", "p-app-1")
    );
    assert_eq!(
        found.warnings(),
        [Warning::OwnVariables {
            name: "p-app-1".to_owned(),
            variables: vec!["AWS_PROFILE".to_owned()],
        }]
    );
    assert!(read("q", url, token).is_none());
    assert!(read("p", "http://127.0.0.1:21777/credentials", token).is_none());
    assert!(read("p", "http://127.0.0.1:21776/other", token).is_none());
    assert!(read("p", url, "short").is_none());
}

#[test]
fn a_container_expects_the_proxy_by_its_address_and_a_set_of_credruns() {
    let project = project(ComposeDelivery::Keyless);
    let Ok(key) = Key::random(ComposeDelivery::Keyless) else {
        panic!("no key");
    };
    let entries = variables::behind_relay(21776, key.as_relay_key(), Some("eu-west-1"));
    let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
    let read = |entries: &[String]| {
        let entries: Vec<_> = entries.iter().map(String::as_str).collect();
        read_in(&project, container("p", &entries))
    };
    let found = read(&entries).expect("a dependent");
    assert!(found.warnings().is_empty());
    let (Key::Set(made), Key::Set(kept)) = (key, found.key) else {
        panic!("no set");
    };
    assert_eq!(made.access_key_id, kept.access_key_id);
    for name in [
        "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
        "AWS_SESSION_TOKEN=real",
        "AWS_ENDPOINT_URL=http://127.0.0.1:21777",
    ] {
        assert!(read(&[&entries[..], &[name.to_owned()]].concat()).is_none());
    }
}

#[test]
fn a_dev_container_is_known_by_its_label_and_the_key_that_it_was_given() {
    for delivery in [ComposeDelivery::Live, ComposeDelivery::Keyless] {
        let (Ok(key), Ok(other)) = (Key::random(delivery), Key::random(delivery)) else {
            panic!("no key");
        };
        let given = |key: &Key| {
            let entries = variables::behind_relay(21776, key.as_relay_key(), None);
            let env: Vec<String> = entries.iter().map(ToString::to_string).collect();
            let mut container = container("p", &[]);
            container.env = env;
            container
        };
        let project = Project {
            whose: Whose::DevContainer(key.clone()),
            ..project(delivery)
        };
        let dev_container = |mut container: RunningContainer| {
            let label = (LABEL_DEV_CONTAINER.to_owned(), "/anywhere".to_owned());
            container.labels.extend([label]);
            container
        };
        assert!(read_in(&project, given(&key)).is_none());
        assert!(read_in(&project, dev_container(given(&key))).is_some());
        assert!(read_in(&project, dev_container(given(&other))).is_none());
    }
}
