//! The account that the programs run in: `aws/enforcing.py`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::program::PATIENCE;
use crate::support::process::{finish_within, start};
use crate::support::verifying_aws::{Caller, VerifyingAws};
use crate::support::{repository, script};

/// `Role` of a template, as CloudFormation has made it.
#[derive(Deserialize)]
pub(crate) struct Deployed {
    pub(crate) role: String,
    /// Its inline policies.
    pub(crate) policies: Vec<Value>,
}

/// An account, and somebody in it who may do everything.
pub(crate) struct Stage(VerifyingAws);

impl Stage {
    pub(crate) fn new() -> Self {
        let variables = [("NODE", node()), ("NODE_MODULES", &node_modules())];
        let script = "tests/least_privilege/aws/enforcing.py";
        Self(VerifyingAws::of_script(script, &variables))
    }

    pub(crate) fn administrator(&self) -> Caller<'_> {
        self.0.caller()
    }

    /// Clears the account, and makes what the programs stand on. Gives the variables that say it.
    pub(crate) fn set(&self) -> BTreeMap<String, String> {
        self.0.order(&json!({"do": "stage"}))
    }

    /// Deploys a template of CloudFormation's.
    pub(crate) fn deploy(&self, template: &str) -> Deployed {
        self.0.order(&json!({"do": "deploy", "template": template}))
    }

    /// Makes a role with this policy alone. Gives its ARN.
    pub(crate) fn role(&self, name: &str, policy: &Value) -> String {
        self.0
            .order(&json!({"do": "role", "name": name, "policy": policy}))
    }

    /// Whether a statement can say what the action is for, by the service authorization reference.
    pub(crate) fn takes_resources(&self, action: &str) -> bool {
        self.0
            .order(&json!({"do": "takes_resources", "action": action}))
    }
}

/// Node.js, with [`node_modules`] installed.
pub(crate) fn node() -> &'static Path {
    static NODE: OnceLock<PathBuf> = OnceLock::new();
    NODE.get_or_init(|| {
        let mut install = Command::new(script("npm.sh"));
        let packages = ["tests/least_privilege/npm", "target/least-privilege"];
        let install = start(install.args(packages));
        let node = finish_within(PATIENCE, install).success().out();
        PathBuf::from(node.trim())
    })
}

pub(crate) fn node_modules() -> PathBuf {
    repository("target/least-privilege/node_modules")
}
