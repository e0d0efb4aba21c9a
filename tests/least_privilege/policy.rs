//! Policies, as credrun writes them.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::stage::Stage;
use crate::support::process::{credrun, run};
use crate::support::{repository, script};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Policy {
    version: String,
    pub(crate) statement: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Statement {
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    effect: String,
    pub(crate) action: Vec<String>,
    pub(crate) resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

/// How wide a policy is.
#[derive(Debug, PartialEq)]
pub(crate) struct Width {
    pub(crate) actions: usize,
    pub(crate) wildcard_actions: usize,
    pub(crate) resources: usize,
    /// `*`, for an action that a statement could say the resource of.
    pub(crate) needless_stars: usize,
    /// `*`, for an action that knows nothing else.
    pub(crate) needed_stars: usize,
}

impl Policy {
    /// `credrun policy FLAGS… RECORD`.
    pub(crate) fn written(record: &Path, flags: &[&str]) -> Self {
        let mut command = credrun();
        let written = run(command.arg("policy").args(flags).arg(record)).success();
        println!("{}{}", written.stderr, written.out());
        serde_json::from_str(&written.out()).expect("a policy")
    }

    pub(crate) fn of(value: &Value) -> Self {
        serde_json::from_value(value.clone()).expect("a policy")
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::to_value(self).expect("JSON")
    }

    pub(crate) fn width(&self, stage: &Stage) -> Width {
        let actions = || self.statement.iter().flat_map(|one| &one.action);
        let stars = self.statement.iter().filter(|one| one.resource == ["*"]);
        let (needless, needed): (Vec<_>, Vec<_>) = stars
            .flat_map(|one| &one.action)
            .partition(|action| stage.takes_resources(action));
        println!("needless: {needless:?}");
        Width {
            actions: actions().count(),
            wildcard_actions: actions().filter(|action| action.contains('*')).count(),
            resources: self.statement.iter().map(|one| one.resource.len()).sum(),
            needless_stars: needless.len(),
            needed_stars: needed.len(),
        }
    }

    /// Each action, with what is left of the policy without it.
    pub(crate) fn without_each(&self) -> Vec<(String, Self)> {
        let statements = self.statement.iter().enumerate();
        let each = statements.flat_map(|(number, statement)| {
            let actions = 0..statement.action.len();
            actions.map(move |which| (number, which))
        });
        each.map(|(number, which)| {
            let mut rest = self.clone();
            let action = rest.statement[number].action.remove(which);
            rest.statement.retain(|one| !one.action.is_empty());
            (action, rest)
        })
        .collect()
    }

    /// parliament finds nothing in it, of low severity and above: its status is 1 where it does.
    pub(crate) fn passes_the_linter(&self) {
        let mut linter = Command::new(parliament());
        linter.args(["--json", "--minimum_severity", "LOW", "--string"]);
        run(linter.arg(self.value().to_string())).success();
    }
}

/// The linter of `requirements.txt`, in an environment of its own.
fn parliament() -> &'static Path {
    static PROGRAM: OnceLock<std::path::PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut install = Command::new(script("python.sh"));
        install.args([
            "target/parliament",
            "tests/least_privilege/requirements.txt",
        ]);
        let status = install.status();
        assert!(status.is_ok_and(|status| status.success()), "python.sh");
        repository("target/parliament/bin/parliament")
    })
}
