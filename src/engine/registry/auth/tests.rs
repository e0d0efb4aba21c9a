use std::fs;
use std::process::Command;

use super::*;
use crate::cli::engine::EngineArgs;

/// A machine with a config.json and some helpers in its `PATH`.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new(config: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("config.json"), config).expect("written");
        Self(directory)
    }

    /// A helper that is a shell script; it logs its requests in `<name>.asked`.
    fn with_helper(self, name: &str, script: &str) -> Self {
        let program = self.0.path().join(format!("docker-credential-{name}"));
        let asked = self.0.path().join(format!("{name}.asked"));
        let text = format!(
            "#!/bin/sh\n(echo $*; cat) > {}\n{script}\n",
            asked.display()
        );
        // Another process writes it: a file that this one holds open for writing when a parallel
        // test forks cannot be executed.
        let source = self.0.path().join("script");
        fs::write(&source, text).expect("written");
        let status = Command::new("install")
            .arg("-m755")
            .args([source, program])
            .status();
        assert!(status.expect("install runs").success());
        self
    }

    fn asked(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.0.path().join(format!("{name}.asked"))).ok()
    }

    async fn lookup_with(
        &self,
        domain: &str,
        auth_config: &str,
    ) -> Result<RegistryAuth, RegistryAuthError> {
        let directory = self.0.path().to_str().expect("UTF-8");
        let environment = Environment::fixed([
            ("DOCKER_CONFIG", directory),
            ("PATH", directory),
            ("DOCKER_AUTH_CONFIG", auth_config),
        ]);
        let (config, _) = DockerConfig::load(&EngineArgs::default(), &environment);
        RegistryAuth::lookup(domain, &config, &environment).await
    }

    async fn lookup(&self, domain: &str) -> Result<RegistryAuth, RegistryAuthError> {
        self.lookup_with(domain, "").await
    }

    /// `user:password@server`.
    async fn login(&self, domain: &str) -> String {
        written(&self.lookup(domain).await.expect("a lookup"))
    }
}

fn written(auth: &RegistryAuth) -> String {
    let password = auth.password.expose_secret();
    format!("{}:{password}@{}", auth.username, auth.server_address)
}

/// `u:p` in base64 is `dTpw`.
const ONE_LOGIN: &str = r#"{"auths":{"r.example":{"auth":"dTpw"}}}"#;
const ANSWER: &str = r#"echo '{"ServerURL":"x","Username":"hu","Secret":"hs"}'"#;

#[tokio::test]
async fn a_login_is_found_under_its_exact_name() {
    let machine = Machine::new(ONE_LOGIN);
    assert_eq!(machine.login("r.example").await, "u:p@r.example");
    let other = machine.lookup("s.example").await.expect("a lookup");
    assert!(other.is_anonymous());
    assert_eq!(other.header_value(), "e30=");
}

#[tokio::test]
async fn a_login_is_found_under_an_old_url() {
    let machine = Machine::new(r#"{"auths":{"http://127.0.0.1:5055/v1/":{"auth":"dTpw"}}}"#);
    assert_eq!(
        machine.login("127.0.0.1:5055").await,
        "u:p@http://127.0.0.1:5055/v1/"
    );
}

#[tokio::test]
async fn docker_hub_has_a_name_of_its_own() {
    let machine = Machine::new(r#"{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"}}}"#);
    for domain in ["docker.io", "index.docker.io"] {
        assert_eq!(
            machine.login(domain).await,
            "u:p@https://index.docker.io/v1/"
        );
    }
}

#[tokio::test]
async fn a_helper_is_asked_for_the_server_without_a_line_end() {
    let machine = Machine::new(r#"{"credHelpers":{"r.example":"own"},"credsStore":"all"}"#)
        .with_helper("own", ANSWER)
        .with_helper("all", ANSWER);
    assert_eq!(machine.login("r.example").await, "hu:hs@r.example");
    assert_eq!(machine.asked("own").as_deref(), Some("get\nr.example"));
    assert_eq!(machine.asked("all"), None);
    assert_eq!(machine.login("s.example").await, "hu:hs@s.example");
    assert_eq!(machine.asked("all").as_deref(), Some("get\ns.example"));
}

#[tokio::test]
async fn an_empty_helper_means_the_file() {
    let machine = Machine::new(
        r#"{"auths":{"r.example":{"auth":"dTpw"}},
            "credHelpers":{"r.example":""},"credsStore":"all"}"#,
    )
    .with_helper("all", ANSWER);
    assert_eq!(machine.login("r.example").await, "u:p@r.example");
}

#[tokio::test]
async fn a_helper_that_knows_nothing_means_anonymous_even_with_a_login_in_the_file() {
    let machine = Machine::new(
        r#"{"auths":{"r.example":{"auth":"dTpw","registrytoken":"rt"}},"credsStore":"all"}"#,
    )
    .with_helper(
        "all",
        "echo 'credentials not found in native keychain'; exit 1",
    );
    let auth = machine.lookup("r.example").await.expect("a lookup");
    assert_eq!(written(&auth), ":@");
    assert_eq!(auth.registry_token.expose_secret(), "rt");
}

#[tokio::test]
async fn the_user_token_marks_an_identity_token() {
    let machine = Machine::new(r#"{"credsStore":"all"}"#)
        .with_helper("all", r#"echo '{"Username":"<token>","Secret":"it"}'"#);
    let auth = machine.lookup("r.example").await.expect("a lookup");
    assert_eq!(auth.identity_token.expose_secret(), "it");
    assert_eq!(written(&auth), ":@r.example");
}

#[tokio::test]
async fn a_failing_helper_is_an_error_with_all_that_it_said() {
    let machine = Machine::new(r#"{"credsStore":"all"}"#).with_helper(
        "all",
        "echo 'locked keyring'; echo 'gpg: no tty' >&2; exit 2",
    );
    let error = machine.lookup("r.example").await.expect_err("an error");
    assert_eq!(
        error.to_string(),
        "cannot get the login for r.example from its credential helper"
    );
    let source = error.source.to_string();
    assert!(
        source.ends_with("ended with exit status: 2: locked keyring gpg: no tty"),
        "{source}"
    );
}

#[tokio::test]
async fn a_missing_helper_is_named() {
    let machine = Machine::new(r#"{"credsStore":"gone"}"#);
    let error = machine.lookup("r.example").await.expect_err("an error");
    assert_eq!(
        error.source.to_string(),
        "docker-credential-gone is not in PATH"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("credsStore")));
}

#[tokio::test]
async fn an_answer_that_is_no_login_is_refused_without_being_shown() {
    let machine = Machine::new(r#"{"credsStore":"all"}"#).with_helper("all", "echo s3cret");
    let error = machine.lookup("r.example").await.expect_err("an error");
    assert!(matches!(error.source, HelperError::Malformed { .. }));
    assert!(!format!("{error:?}{}", error.source).contains("s3cret"));
}

#[tokio::test]
async fn without_any_trace_of_a_login_the_platforms_store_is_probed() {
    let machine = Machine::new("{}").with_helper("secretservice", ANSWER);
    let expected = if cfg!(target_os = "macos") {
        ":@"
    } else {
        "hu:hs@r.example"
    };
    assert_eq!(machine.login("r.example").await, expected);
    let machine = Machine::new(ONE_LOGIN).with_helper("secretservice", ANSWER);
    assert_eq!(machine.login("s.example").await, ":@");
}

#[tokio::test]
async fn the_variable_outranks_helpers_by_exact_name_only() {
    let machine = Machine::new(r#"{"credsStore":"all"}"#).with_helper("all", ANSWER);
    let variable =
        r#"{"auths":{"r.example":{"auth":"dTpw"},"https://s.example/":{"auth":"dTpw"}}}"#;
    for (domain, login) in [
        ("r.example", "u:p@r.example"),
        ("s.example", "hu:hs@s.example"),
    ] {
        let auth = machine.lookup_with(domain, variable).await;
        assert_eq!(written(&auth.expect("a lookup")), login);
    }
}

#[test]
fn the_header_is_in_the_url_alphabet_with_padding_and_without_empty_fields() {
    let auth = RegistryAuth {
        username: "u".into(),
        password: "aaa~~~???>>>b".into(),
        server_address: "r.example".into(),
        ..RegistryAuth::default()
    };
    let header = auth.header_value();
    assert!(header.is_sensitive());
    let text = header.to_str().expect("ASCII");
    assert!(!text.contains(['+', '/']), "{text}");
    assert_eq!(text.len() % 4, 0);
    let json = URL_SAFE.decode(text).expect("base64");
    assert_eq!(
        String::from_utf8(json).expect("UTF-8"),
        r#"{"username":"u","password":"aaa~~~???>>>b","serveraddress":"r.example"}"#
    );
}
