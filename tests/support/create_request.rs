//! A create request in two makings: credrun's, and one to compare it with.

use std::ffi::OsString;

use credrun::cli::{self, Cli, ParseOutcome};
use credrun::container::{ApiVersion, ContainerPlan, Host};
use credrun::vars::Environment;
use serde_json::{Map, Value};

/// What came of a command line.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A request to the Engine.
    Request {
        /// `name` and `platform`.
        query: Map<String, Value>,
        /// Its body.
        body: Value,
    },
    /// A refusal before any request, in these words.
    Refused(String),
}

impl Outcome {
    /// For messages: without the body.
    pub fn summary(&self) -> String {
        match self {
            Self::Request { query, .. } => format!("a request with query {query:?}"),
            Self::Refused(message) => format!("refused: {message}"),
        }
    }
}

/// What credrun makes of `docker run`'s arguments.
pub fn credrun(args: &[String], host: &Host, api: ApiVersion) -> Outcome {
    match plan(args, host) {
        Ok(plan) => request(&plan, api),
        Err(refused) => refused,
    }
}

/// The plan of `docker run`'s arguments, or their refusal. The container stays unless `--rm` is
/// asked for, as docker would have it.
pub fn plan(args: &[String], host: &Host) -> Result<ContainerPlan, Outcome> {
    let keep = ["credrun", "run", "--rm=false"].map(str::to_owned);
    let argv = keep.into_iter().chain(args.iter().cloned());
    let run = match cli::parse(argv.map(OsString::from), &Environment::fixed([])) {
        Ok(Cli::Run(run)) => run,
        Err(ParseOutcome::Refused(error)) => return Err(Outcome::Refused(error.to_string())),
        other => panic!("{args:?} is no run: {other:?}"),
    };
    ContainerPlan::new(&run.image, &run.command, &run.container, host)
        .map_err(|error| Outcome::Refused(error.to_string()))
}

/// What is sent to an Engine of this version.
pub fn request(plan: &ContainerPlan, api: ApiVersion) -> Outcome {
    match plan.create_body(api) {
        Ok(body) => Outcome::Request {
            body: serde_json::to_value(plan.request(&body)).expect("a request is JSON"),
            query: [("name", &plan.name), ("platform", &plan.platform)]
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), Value::from(value.as_deref()?))))
                .collect(),
        },
        Err(error) => Outcome::Refused(error.to_string()),
    }
}

/// Fields whose zero is not their default.
const ZERO_SAYS_SOMETHING: [&str; 2] = ["Init", "StopTimeout"];

/// Maps whose keys are the user's: an empty value says something.
const USER_MAPS: [&str; 13] = [
    "Annotations",
    "Config",
    "DriverOpts",
    "EndpointsConfig",
    "ExposedPorts",
    "Labels",
    "Options",
    "PortBindings",
    "RestartPolicy",
    "StorageOpt",
    "Sysctls",
    "Tmpfs",
    "Volumes",
];

/// Brings a body into the form in which two of the same meaning are equal: without what is absent
/// or zero, and with those lists sorted that docker sends in random order. A list or a map that is
/// empty stays: `docker inspect` shows it unlike one that was not sent.
pub fn canonical(body: &Value) -> Value {
    let mut body = prune("", body.clone());
    if let Some(host_config) = body.get_mut("HostConfig").and_then(Value::as_object_mut) {
        // The size of docker's own terminal.
        host_config.remove("ConsoleSize");
        sort(host_config.get_mut("Binds"));
        // No retries are as good as none given.
        if let Some(policy) = host_config
            .get_mut("RestartPolicy")
            .and_then(Value::as_object_mut)
        {
            policy.retain(|_, value| value.as_i64() != Some(0));
        }
    }
    sort(body.get_mut("Env"));
    body
}

/// A body of docker 28's, or what `docker inspect` shows of it, without what docker 29 sends no
/// more: a list of no DNS servers, and a driver without a name for a volume.
pub fn as_docker_29(mut body: Value) -> Value {
    if let Some(dns) = body.pointer_mut("/HostConfig/Dns")
        && *dns == Value::Array(Vec::new())
    {
        *dns = Value::Null;
    }
    let mounts = body.pointer_mut("/HostConfig/Mounts");
    for mount in mounts.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(options) = mount
            .get_mut("VolumeOptions")
            .and_then(Value::as_object_mut)
        {
            options
                .retain(|key, value| key != "DriverConfig" || *value != Value::Object(Map::new()));
        }
    }
    body
}

fn sort(list: Option<&mut Value>) {
    if let Some(Value::Array(items)) = list {
        items.sort_by_key(ToString::to_string);
    }
}

fn prune(name: &str, value: Value) -> Value {
    match value {
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| prune("", item)).collect())
        }
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(key, value)| {
                    let value = prune(&key, value);
                    (key, value)
                })
                .filter(|(key, value)| {
                    let keep =
                        USER_MAPS.contains(&name) || ZERO_SAYS_SOMETHING.contains(&key.as_str());
                    !value.is_null() && (keep || !is_zero(value))
                })
                .collect(),
        ),
        other => other,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(_) | Value::Object(_) => false,
    }
}

/// The paths at which two bodies differ, with both values.
pub fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
    fn walk(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
        match (ours, theirs) {
            (Value::Object(a), Value::Object(b)) => {
                let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
                for key in keys {
                    let field =
                        |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                    walk(&format!("{path}/{key}"), &field(a), &field(b), found);
                }
            }
            _ if ours == theirs => {}
            _ => found.push(format!("{path}: credrun {ours}, docker {theirs}")),
        }
    }
    let mut found = Vec::new();
    walk("", ours, theirs, &mut found);
    found
}
