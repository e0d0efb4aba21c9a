//! For 697 recorded command lines credrun sends what docker sends, and refuses what it refuses.
//!
//! See `tests/golden/README.md`. Where credrun means to differ, [`INTENDED`] says why.

use std::sync::LazyLock;

use crate::support::create_request::{Outcome, canonical, credrun, differences, plan, request};
use crate::support::golden::{Case, Docker, cases, files};
use credrun::container::{ApiVersion, ContainerPlan, Host};
use credrun::vars::Environment;
use serde_json::{Map, Value};

/// A difference that is meant: cases, what credrun refuses them with (nothing where it does not),
/// and why.
const INTENDED: [(&[&str], &str, &str); 14] = [
    (
        &["help-h", "lines-316", "l3-196"],
        "no image given",
        "one message for a missing image, with the usage as its hint",
    ),
    (
        &["restart-unknown"],
        "invalid restart policy 'foo'",
        "no Engine knows the policy, so the Engine's refusal comes before the network",
    ),
    (
        &["l3-34"],
        "invalid restart policy 'bogus'",
        "no Engine knows the policy, so the Engine's refusal comes before the network",
    ),
    (
        &["l3-189"],
        "invalid isolation: \"bogus\"",
        "no Engine knows it, so the Engine's refusal comes before the network",
    ),
    (
        &["secopt-seccomp-badjson"],
        "compacting json for seccomp profile (fx/seccompbad.json) failed: \
         key must be a string at line 1 column 2",
        "the JSON parser's own words, with the place",
    ),
    (
        &["lines-113"],
        "invalid argument \"2001:db8::33\" for \"--ip\" flag: not an IPv4 address: \"2001:db8::33\"",
        "docker drops the address, silently",
    ),
    (
        &["l3-69"],
        "invalid argument \"bogus\" for \"--link-local-ip\" flag: failed to parse IP: \"bogus\"",
        "docker drops the address, silently",
    ),
    (
        &["l3-70"],
        "invalid argument \"169.254.1.1,169.254.1.2\" for \"--link-local-ip\" flag: \
         failed to parse IP: \"169.254.1.1,169.254.1.2\"",
        "docker drops the addresses, silently",
    ),
    (
        &["lines-302"],
        "\"--cpu-count\" is only for containers on Windows",
        "credrun runs Linux containers, whatever the Engine runs on",
    ),
    (
        &["lines-303"],
        "\"--cpu-percent\" is only for containers on Windows",
        "credrun runs Linux containers, whatever the Engine runs on",
    ),
    (
        &["lines-304"],
        "\"--io-maxbandwidth\" is only for containers on Windows",
        "credrun runs Linux containers, whatever the Engine runs on",
    ),
    (
        &["lines-305"],
        "\"--io-maxiops\" is only for containers on Windows",
        "credrun runs Linux containers, whatever the Engine runs on",
    ),
    (
        &["lines-294"],
        "",
        "the Engine that recorded had no image to pull",
    ),
    (
        &["l3-137"],
        "",
        "the file of --cidfile is made by the run, which refuses it",
    ),
];

fn host() -> Host {
    Host {
        environment: Environment::fixed([("FROMENV", "fromenv-value")]),
        working_directory: files(),
        proxies: Vec::new(),
        console_size: None,
        detach_keys: None,
    }
}

/// What credrun makes of each case before it knows the Engine's version: most of the work.
static PLANS: LazyLock<Vec<(Case, Result<ContainerPlan, Outcome>)>> = LazyLock::new(|| {
    let host = host();
    let planned = |case: Case| {
        let plan = plan(&case.args(), &host);
        (case, plan)
    };
    cases().into_iter().map(planned).collect()
});

/// The body that the cases' patches are of.
static BASE: LazyLock<Value> = LazyLock::new(|| {
    let base = std::fs::read_to_string(files().join("base.json")).expect("the base");
    serde_json::from_str(&base).expect("JSON")
});

/// What docker did, made whole: the base with the case's patch.
fn recorded(docker: &Docker) -> Outcome {
    match docker {
        Docker::Refused { message } => Outcome::Refused(message.clone()),
        Docker::Request { request, query } => {
            let mut body = BASE.clone();
            merge(&mut body, request);
            let here = files();
            let above = here.parent().expect("a parent");
            let body = body
                .to_string()
                .replace("/CWD-PARENT", &above.display().to_string())
                .replace("/CWD", &here.display().to_string());
            Outcome::Request {
                query: query.clone(),
                body: serde_json::from_str(&body).expect("JSON"),
            }
        }
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (key, value) in fields {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// None where credrun and docker agree.
fn disagreement(ours: &Outcome, theirs: &Outcome) -> Option<String> {
    match (ours, theirs) {
        (
            Outcome::Request { query, body },
            Outcome::Request {
                query: their_query,
                body: their_body,
            },
        ) => {
            let found = differences(&canonical(body), &canonical(their_body));
            (query != their_query || !found.is_empty()).then(|| {
                format!(
                    "query {query:?} against {their_query:?}; {}",
                    found.join("; ")
                )
            })
        }
        _ if ours == theirs => None,
        _ => Some(format!(
            "credrun: {}\n    docker: {}",
            ours.summary(),
            theirs.summary()
        )),
    }
}

/// All disagreements at one API version: the cases' names, and what is to be said of them.
fn disagreements(api: ApiVersion) -> Vec<(String, Outcome, String)> {
    let compare = |(case, plan): &(Case, Result<ContainerPlan, Outcome>)| {
        let ours = match plan {
            Ok(plan) => request(plan, api),
            Err(refused) => refused.clone(),
        };
        let difference = disagreement(&ours, &recorded(case.at(api.minor)))?;
        Some((case.name.clone(), ours, difference))
    };
    PLANS.iter().filter_map(compare).collect()
}

fn is_intended(name: &str, ours: &Outcome) -> bool {
    INTENDED.iter().any(|(cases, message, _)| {
        let is_meant = match ours {
            Outcome::Request { .. } => message.is_empty(),
            Outcome::Refused(ours) => ours == message,
        };
        cases.contains(&name) && is_meant
    })
}

fn assert_same_requests(api: ApiVersion) {
    let wrong: Vec<String> = disagreements(api)
        .into_iter()
        .filter(|(name, ours, _)| !is_intended(name, ours))
        .map(|(name, _, difference)| format!("{name}: {difference}"))
        .collect();
    assert!(wrong.is_empty(), "API {api}:\n{}", wrong.join("\n"));
}

#[test]
fn recorded_command_lines_mean_the_same_at_api_1_41() {
    assert_same_requests(ApiVersion::v1(41));
}

#[test]
fn recorded_command_lines_mean_the_same_at_api_1_44() {
    assert_same_requests(ApiVersion::v1(44));
}

#[test]
fn recorded_command_lines_mean_the_same_at_api_1_53() {
    assert_same_requests(ApiVersion::v1(53));
}

#[test]
fn each_intended_difference_is_one() {
    let found = [41, 53].map(ApiVersion::v1).map(disagreements).concat();
    for (cases, _, why) in INTENDED {
        for name in cases {
            assert!(
                found.iter().any(|(case, ..)| case == name),
                "{name} no longer differs ({why})"
            );
        }
    }
}

#[test]
fn the_order_of_variables_and_binds_is_the_command_lines() {
    let args = "-e B=1 -e A=2 -e C=3 -e B=4 -v vol:/v -v /b:/b -v /a:/a img";
    let args: Vec<String> = args.split(' ').map(str::to_owned).collect();
    let api = ApiVersion::v1(50);
    let Outcome::Request { body, .. } = credrun(&args, &host(), api) else {
        panic!("refused");
    };
    assert_eq!(body["Env"], serde_json::json!(["A=2", "C=3", "B=4"]));
    assert_eq!(
        body["HostConfig"]["Binds"],
        serde_json::json!(["vol:/v", "/b:/b", "/a:/a"])
    );
}
