//! The programs, in containers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::stage::{node, node_modules};
use crate::support::aws::python_tool;
use crate::support::engine::{IMAGE, engine};
use crate::support::host_python::{cli_v2, mount, mount_python, mount_same};
use crate::support::process::{Finished, finish_within, start};
use crate::support::repository;
use crate::support::verifying_aws::Caller;

/// On a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A program of `programs/`. At its end it says `done`.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    file: &'static str,
    /// What runs it.
    interpreter: fn() -> PathBuf,
    /// An environment of its own.
    variables: fn() -> Vec<(&'static str, PathBuf)>,
}

fn python() -> PathBuf {
    python_tool("python")
}

const fn of_python(file: &'static str) -> Program {
    Program {
        file,
        interpreter: python,
        variables: Vec::new,
    }
}

pub(crate) const DEPLOY: Program = Program {
    file: "deploy.sh",
    interpreter: || PathBuf::from("sh"),
    variables: || {
        vec![
            ("PYTHON", python()),
            ("PYTHONPATH", cli_v2().to_owned()),
            ("PATH", PathBuf::from("/programs/bin:/usr/bin:/bin")),
        ]
    },
};
pub(crate) const ORDERS: Program = of_python("orders.py");
pub(crate) const NOTIFY: Program = Program {
    file: "notify.mjs",
    interpreter: || node().to_owned(),
    variables: || vec![("NODE_PATH", node_modules())],
};
pub(crate) const STACK: Program = of_python("stack.py");
pub(crate) const PULL: Program = of_python("pull.py");
/// Goes on where a call is denied.
pub(crate) const AUDIT: Program = of_python("audit.py");

impl Program {
    pub(crate) fn name(self) -> &'static str {
        self.file
    }

    /// Runs it by `credrun --keyless FLAGS…`.
    pub(crate) fn run(
        self,
        caller: &Caller,
        variables: &BTreeMap<String, String>,
        flags: &[&str],
    ) -> Finished {
        engine();
        let mut command = caller.credrun();
        command.args(["run", "--rm", "--keyless"]).args(flags);
        command.args(["--tmpfs", "/tmp", "--tmpfs", "/root", "-e", "HOME=/root"]);
        mount_python(&mut command);
        mount_same(&mut command, &repository("target/least-privilege"));
        let programs = repository("tests/least_privilege/programs");
        mount(&mut command, &programs, "/programs");
        // What one run has compiled, the next one finds.
        let compiled = compiled();
        let compiled = compiled.to_str().expect("UTF-8");
        command.args(["-v", &format!("{compiled}:/compiled")]);
        command.args(["-e", "PYTHONPYCACHEPREFIX=/compiled"]);
        for (name, value) in variables {
            command.args(["-e", &format!("{name}={value}")]);
        }
        for (name, value) in (self.variables)() {
            command.args(["-e", &format!("{name}={}", value.display())]);
        }
        command.arg(IMAGE).arg((self.interpreter)());
        command.arg(Path::new("/programs").join(self.file));
        finish_within(PATIENCE, start(&mut command))
    }
}

fn compiled() -> PathBuf {
    let place = repository("target/least-privilege-compiled");
    std::fs::create_dir_all(&place).expect("a directory");
    place
}
