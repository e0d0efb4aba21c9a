//! The role, and the commands for using it.

use crate::policy::document::Statement;
use crate::policy::output;
use crate::policy::output::tree::{Node, list, map, text};

/// A role; IAM would accept every part of it.
pub(crate) struct Role<'a> {
    pub(super) actions: &'a [String],
    /// What runs did, from their records.
    pub(super) recorded: &'a [Statement],
    pub(super) managed_policies: &'a [String],
    pub(super) principal: &'a str,
    pub(super) name: Option<&'a str>,
}

impl Role<'_> {
    /// The inline policy: the actions of `--action`, then what was recorded.
    pub(super) fn policy(&self) -> Option<Node> {
        let typed = (!self.actions.is_empty()).then(|| {
            allow([
                ("Action", list(self.actions.iter().map(text))),
                ("Resource", text("*")),
            ])
        });
        let recorded = self.recorded.iter().map(output::statement);
        let statements: Vec<_> = typed.into_iter().chain(recorded).collect();
        (!statements.is_empty()).then(|| output::policy(statements))
    }
}

/// A statement that allows.
pub(super) fn allow(statement: [(&'static str, Node); 2]) -> Node {
    map([("Effect", text("Allow"))].into_iter().chain(statement))
}

/// Commands for the outputs: a description, and the command with `ROLE_ARN` for the role's ARN.
pub(crate) const COMMANDS: [(&str, &str, &str); 3] = [
    (
        "RunCommand",
        "Runs a container with this role",
        "credrun --role-arn ROLE_ARN IMAGE COMMAND",
    ),
    (
        "ExportCommand",
        "Puts credentials of this role into the shell",
        "eval \"$(credrun export --role-arn ROLE_ARN --format env)\"",
    ),
    (
        "DockerCommand",
        "Runs a container with this role by docker itself",
        "docker run --rm --env-file <(credrun export --role-arn ROLE_ARN --format env-no-export) \
         IMAGE COMMAND",
    ),
];
