use std::error::Error as _;
use std::fs;
use std::path::Path;

use super::*;

/// docker's configuration directory, with what a test puts there.
struct Directory(tempfile::TempDir);

impl Directory {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
        self
    }

    /// A context called `build`.
    fn with_context(&self, endpoint: &str) -> &Self {
        self.write(
            &format!("contexts/meta/{BUILD}/meta.json"),
            &format!(r#"{{"Name":"build","Metadata":{{}},"Endpoints":{{"docker":{endpoint}}}}}"#),
        )
    }

    fn resolve<const N: usize>(
        &self,
        arguments: &EngineArgs,
        variables: [(&str, &str); N],
    ) -> Result<Endpoint, EndpointError> {
        let arguments = EngineArgs {
            config: Some(self.0.path().to_owned()),
            ..arguments.clone()
        };
        let environment = Environment::fixed(variables);
        let (config, warnings) = DockerConfig::load(&arguments, &environment);
        assert_eq!(warnings, []);
        Endpoint::resolve(&arguments, &environment, &config)
    }
}

/// SHA-256 of `build`.
const BUILD: &str = "44575cf5b28512d75644bf54a517dcef304ff809fd511747621b4d64f19aac66";

fn host(host: &str) -> EngineArgs {
    EngineArgs {
        host: Some(host.to_owned()),
        ..EngineArgs::default()
    }
}

fn context(name: &str) -> EngineArgs {
    EngineArgs {
        context: Some(name.to_owned()),
        ..EngineArgs::default()
    }
}

/// The address, and what chose it.
fn chosen(endpoint: &Endpoint) -> (&str, &str) {
    (&endpoint.address, &endpoint.chosen_by)
}

/// The address is one with TLS: its CA file is read, and is none.
fn assert_reads_the_ca(error: &EndpointError) {
    let source = match error {
        EndpointError::Tls { source, .. } => source,
        other => panic!("{other}"),
    };
    assert!(matches!(source, TlsError::Ca), "{source}");
}

#[test]
fn without_a_word_it_is_the_local_socket() {
    let endpoint = Directory::new()
        .resolve(&EngineArgs::default(), [("DOCKER_HOST", "")])
        .expect("an endpoint");
    assert_eq!(
        chosen(&endpoint),
        ("unix:///var/run/docker.sock", "default")
    );
    assert!(matches!(endpoint.connector, Connector::Unix(path)
        if path == Path::new("/var/run/docker.sock")));
    assert_eq!(endpoint.api_version, None);
    assert!(endpoint.headers.is_empty());
}

#[test]
fn flags_outrank_variables_and_a_host_outranks_a_context() {
    let directory = Directory::new();
    directory
        .with_context(r#"{"Host":"tcp://of-context:1"}"#)
        .write("config.json", r#"{"currentContext":"build"}"#);
    let none = EngineArgs::default();
    let of_context = "tcp://of-context:1";
    let both = [("DOCKER_HOST", "tcp://h:1"), ("DOCKER_CONTEXT", "missing")];
    for (arguments, variables, expected) in [
        (&host("tcp://f:1"), both, ("tcp://f:1", "--host")),
        (&context("build"), both, (of_context, "context \"build\"")),
        (&none, both, ("tcp://h:1", "DOCKER_HOST")),
        (
            &none,
            [("DOCKER_HOST", ""), ("DOCKER_CONTEXT", "build")],
            (of_context, "context \"build\""),
        ),
        (
            &none,
            [("DOCKER_HOST", ""), ("DOCKER_CONTEXT", "")],
            (of_context, "context \"build\""),
        ),
        (
            &none,
            [("DOCKER_HOST", ""), ("DOCKER_CONTEXT", "default")],
            ("unix:///var/run/docker.sock", "default"),
        ),
        (&context("default"), both, ("tcp://h:1", "DOCKER_HOST")),
    ] {
        let endpoint = directory
            .resolve(arguments, variables)
            .expect("an endpoint");
        assert_eq!(chosen(&endpoint), expected, "{arguments:?} {variables:?}");
    }
}

#[test]
fn host_and_context_together_are_refused() {
    let arguments = EngineArgs {
        context: Some("build".into()),
        ..host("tcp://h")
    };
    let error = Directory::new()
        .resolve(&arguments, [])
        .expect_err("refused");
    assert_eq!(
        error.to_string(),
        "conflicting options: cannot specify both --host and --context"
    );
}

#[test]
fn a_context_that_does_not_exist_is_named_with_what_chose_it() {
    let error = Directory::new()
        .resolve(&EngineArgs::default(), [("DOCKER_CONTEXT", "../nope")])
        .expect_err("refused");
    assert_eq!(
        error.to_string(),
        "cannot use the docker context \"../nope\" (DOCKER_CONTEXT)"
    );
    assert_eq!(
        error.source().map(ToString::to_string).as_deref(),
        Some("no such context")
    );
    assert!(error.hint().is_some());
}

#[test]
fn a_context_without_an_address_is_the_local_socket() {
    let directory = Directory::new();
    directory.with_context(r#"{"Host":""}"#);
    let endpoint = directory
        .resolve(&context("build"), [])
        .expect("an endpoint");
    assert_eq!(endpoint.address, "unix:///var/run/docker.sock");
}

#[test]
fn a_context_without_a_docker_endpoint_or_with_broken_json_is_refused() {
    for (endpoint, why) in [
        ("null", "it has no Docker endpoint"),
        ("{", "cannot parse "),
    ] {
        let directory = Directory::new();
        directory.with_context(endpoint);
        let error = directory
            .resolve(&context("build"), [])
            .expect_err("refused");
        let source = error.source().expect("a source").to_string();
        assert!(source.starts_with(why), "{source}");
    }
}

#[test]
fn a_malformed_address_says_where_it_comes_from() {
    let error = Directory::new()
        .resolve(&EngineArgs::default(), [("DOCKER_HOST", "bogus://x")])
        .expect_err("refused");
    assert_eq!(
        error.to_string(),
        "invalid Engine address \"bogus://x\" (DOCKER_HOST)"
    );
}

#[test]
fn a_path_of_a_tcp_address_is_the_base_of_all_requests() {
    let endpoint = Directory::new()
        .resolve(&host("h:1/base"), [])
        .expect("an endpoint");
    assert_eq!(endpoint.base_path, "/base");
    assert!(matches!(endpoint.connector, Connector::Tcp(address) if address == "h:1"));
}

#[test]
fn tls_without_its_ca_is_refused_even_for_a_unix_socket() {
    for name in ["DOCKER_TLS", "DOCKER_TLS_VERIFY"] {
        let error = Directory::new()
            .resolve(&host("unix:///x.sock"), [(name, "0")])
            .expect_err("refused");
        assert!(
            matches!(
                &error,
                EndpointError::Tls { source: TlsError::Unreadable { path, .. }, .. }
                    if path.ends_with("ca.pem")
            ),
            "{error}"
        );
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("DOCKER_CERT_PATH"))
        );
    }
}

#[test]
fn a_unix_socket_needs_no_more_of_its_tls_files_than_that_they_are_there() {
    let directory = Directory::new();
    directory.write("ca.pem", "no certificate");
    let variables = [("DOCKER_TLS_VERIFY", "1")];
    directory
        .resolve(&host("unix:///x.sock"), variables)
        .expect("never parsed");
    let error = directory
        .resolve(&host("tcp://h"), variables)
        .expect_err("refused");
    assert_reads_the_ca(&error);
}

#[test]
fn with_tls_the_default_is_a_local_port() {
    let directory = Directory::new();
    directory.write("ca.pem", "no certificate");
    // That the file is parsed at all shows that the address is no longer the socket.
    let error = directory
        .resolve(&EngineArgs::default(), [("DOCKER_TLS", "1")])
        .expect_err("refused");
    assert_reads_the_ca(&error);
}

#[test]
fn tlsverify_false_still_means_tls() {
    let arguments = EngineArgs {
        tlsverify: Some(false),
        ..host("tcp://h")
    };
    let error = Directory::new()
        .resolve(&arguments, [])
        .expect_err("no ca.pem");
    assert!(matches!(error, EndpointError::Tls { .. }));
}

#[test]
fn the_version_is_pinned_by_its_variable() {
    let directory = Directory::new();
    let none = EngineArgs::default();
    for (text, version) in [("1.41", "1.41"), ("v1.40", "1.40"), ("9.99", "9.99")] {
        let endpoint = directory.resolve(&none, [("DOCKER_API_VERSION", text)]);
        assert_eq!(
            endpoint.expect("an endpoint").api_version.as_deref(),
            Some(version)
        );
    }
    for text in ["bogus", "1", "1.", "1.4/../x"] {
        let error = directory.resolve(&none, [("DOCKER_API_VERSION", text)]);
        assert!(matches!(error, Err(EndpointError::ApiVersion(_))), "{text}");
    }
}

#[test]
fn headers_come_from_config_json_or_instead_of_it_from_the_variable() {
    let directory = Directory::new();
    directory.write(
        "config.json",
        r#"{"HttpHeaders":{"X-Meta-Token":"s3cret","User-Agent":"mine"}}"#,
    );
    let none = EngineArgs::default();
    let endpoint = directory.resolve(&none, []).expect("an endpoint");
    assert_eq!(endpoint.headers.len(), 1);
    assert_eq!(endpoint.headers["x-meta-token"], "s3cret");
    assert!(!format!("{endpoint:?}").contains("s3cret"));

    let custom = [("DOCKER_CUSTOM_HEADERS", r#"A=1," b = 2 ","c=""q"",r""#)];
    let headers = directory
        .resolve(&none, custom)
        .expect("an endpoint")
        .headers;
    assert_eq!(headers.len(), 3);
    assert_eq!(headers["b"], " 2 ");
}

#[test]
fn headers_that_cannot_be_sent_are_refused_without_their_values() {
    let directory = Directory::new();
    for text in ["s3cret", "=s3cret", "a b=s3cret", "a=s3cret\u{1}"] {
        let error = directory
            .resolve(&EngineArgs::default(), [("DOCKER_CUSTOM_HEADERS", text)])
            .expect_err("refused");
        assert!(matches!(error, EndpointError::Headers(..)), "{text}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[test]
fn an_ssh_address_without_an_ssh_program_is_refused_at_once() {
    let error = Directory::new()
        .resolve(&host("ssh://h"), [("PATH", "/nowhere")])
        .expect_err("refused");
    assert!(matches!(error, EndpointError::NoSsh { .. }));
}
