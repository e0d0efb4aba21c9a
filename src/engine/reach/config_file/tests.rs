use std::fs;

use secrecy::ExposeSecret as _;

use super::*;

fn config(text: &str) -> (DockerConfig, Option<String>) {
    DockerConfig::parse(text.as_bytes())
}

#[test]
fn every_field_that_matters_is_read() {
    let (config, problem) = config(
        r#"{"auths":{"r.example":{"auth":"dXNlcjpwYTpzcw=="}},
            "credHelpers":{"a.example":"pass","b.example":""},
            "credsStore":"secretservice","currentContext":"build",
            "HttpHeaders":{"X-A":"1"},"detachKeys":"ctrl-x","unknown":[1]}"#,
    );
    assert_eq!(problem, None);
    let entry = &config.auths["r.example"];
    assert_eq!(entry.username, "user");
    assert_eq!(entry.password.expose_secret(), "pa:ss");
    assert_eq!(config.cred_helpers["a.example"], "pass");
    assert_eq!(config.cred_helpers["b.example"], "");
    assert_eq!(config.creds_store, "secretservice");
    assert_eq!(config.current_context, "build");
    assert_eq!(config.http_headers["X-A"], "1");
    assert_eq!(config.detach_keys, "ctrl-x");
    assert!(config.has_logins());
}

#[test]
fn names_match_in_any_case_and_null_is_nothing() {
    let (config, problem) =
        config(r#"{"HTTPHeaders":{"X-A":"1"},"CredsStore":"pass","auths":null}"#);
    assert_eq!(problem, None);
    assert_eq!(config.http_headers["X-A"], "1");
    assert_eq!(config.creds_store, "pass");
}

#[test]
fn a_malformed_field_costs_that_field_only_and_is_not_quoted() {
    let (config, problem) = config(r#"{"auths":"TOPSECRET","currentContext":"x","detachKeys":7}"#);
    assert_eq!(problem.as_deref(), Some("unexpected value of \"auths\""));
    assert_eq!(config.current_context, "x");
}

#[test]
fn a_malformed_login_leaves_the_others() {
    for bad in ["!!", "bm9jb2xvbg==", "OnB3", "dXNlcjpwdw"] {
        let (config, problem) = config(&format!(
            r#"{{"auths":{{"a":{{"auth":"{bad}"}},"b":{{"auth":"dTpw"}}}}}}"#
        ));
        assert_eq!(
            problem.as_deref(),
            Some("invalid \"auth\" of \"a\""),
            "{bad}"
        );
        assert_eq!(config.auths.keys().collect::<Vec<_>>(), ["b"], "{bad}");
    }
}

#[test]
fn an_empty_file_is_no_problem_and_a_cut_one_is() {
    assert_eq!(config(" \n").1, None);
    assert_eq!(config("{} trailing").1, None);
    let (_, problem) = config(r#"{"auths"#);
    assert!(problem.is_some_and(|text| text.starts_with("EOF while parsing")));
}

#[test]
fn nuls_and_line_ends_in_auth_are_dropped() {
    let (user, password) = user_and_password("dXNlcjpw\ndwAA").expect("readable");
    assert_eq!((user.as_str(), password.expose_secret()), ("user", "pw"));
}

#[test]
fn the_proxies_of_the_very_host_outrank_the_default() {
    let (config, _) = config(
        r#"{"proxies":{"default":{"httpProxy":"http://d","noProxy":"n"},
            "tcp://h:1":{"httpsProxy":"http://h"}}}"#,
    );
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        config.proxy_variables("unix:///var/run/docker.sock"),
        [
            pair("HTTP_PROXY", "http://d"),
            pair("http_proxy", "http://d"),
            pair("NO_PROXY", "n"),
            pair("no_proxy", "n"),
        ]
    );
    assert_eq!(
        config.proxy_variables("tcp://h:1"),
        [
            pair("HTTPS_PROXY", "http://h"),
            pair("https_proxy", "http://h")
        ]
    );
}

#[test]
fn the_directory_is_the_flags_then_the_variables_then_homes() {
    let flag = EngineArgs {
        config: Some("/flag".into()),
        ..EngineArgs::default()
    };
    let both = Environment::fixed([("DOCKER_CONFIG", "/variable"), ("HOME", "/home/u")]);
    let home = Environment::fixed([("DOCKER_CONFIG", ""), ("HOME", "/home/u")]);
    let none = EngineArgs::default();
    assert_eq!(directory(&flag, &both), Some("/flag".into()));
    assert_eq!(directory(&none, &both), Some("/variable".into()));
    assert_eq!(directory(&none, &home), Some("/home/u/.docker".into()));
}

#[test]
fn a_file_that_cannot_be_parsed_is_a_warning_in_dockers_words() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("config.json"), "{").expect("written");
    let arguments = EngineArgs {
        config: Some(directory.path().to_owned()),
        ..EngineArgs::default()
    };
    let (config, warnings) = DockerConfig::load(&arguments, &Environment::fixed([]));
    let [Warning(warning)] = warnings.as_slice() else {
        panic!("one warning expected: {warnings:?}");
    };
    assert!(
        warning.starts_with("Error parsing config file ("),
        "{warning}"
    );
    assert!(!config.has_logins());
}

#[test]
fn the_variable_holds_logins_and_nothing_else() {
    let auths = logins_of_variable(r#"{"auths":{"r.example":{"auth":"dTpw"}}}"#);
    assert_eq!(auths.expect("readable")["r.example"].username, "u");
    for bad in [
        r#"{"auths":{},"credsStore":"x"}"#,
        r#"{"auths":{"r":{"auth":"!"}}}"#,
        "x",
    ] {
        assert!(logins_of_variable(bad).is_err(), "{bad}");
    }
}
