//! `credrun` alone, `credrun --help`, and `credrun help COMMAND`.

use clap::Command;

use super::names::nearest;
use crate::container::FlagError;

const ABOUT: &str = "run containers with fresh, temporary AWS credentials";

/// A line for each, aligned.
pub(crate) const EXAMPLES: [&str; 4] = [
    "  credrun amazon/aws-cli s3 ls              # with the credentials found here",
    "  credrun --role-arn ARN IMAGE COMMAND      # with those of a role only",
    "  credrun --live IMAGE COMMAND              # renewed for as long as it runs",
    "  credrun --keyless IMAGE COMMAND           # without a key; credrun signs calls",
];

/// What credrun is, its commands, and examples: one screen.
pub(super) fn page(program: &Command) -> String {
    let version = program.get_version().unwrap_or_default();
    let commands: Vec<String> = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| {
            let about = command.get_about().map(ToString::to_string);
            line(command.get_name(), &about.unwrap_or_default())
        })
        .collect();
    format!(
        "credrun {version}: {about}\n\n\
         Usage: credrun [run] [OPTIONS] IMAGE [COMMAND] [ARG...]\n       \
         credrun COMMAND [OPTIONS]\n\n\
         Examples:\n{}\n\n\
         Commands:\n{}\n\n\
         Options of a run: credrun run --help. Docker Compose: credrun compose --help.\n",
        EXAMPLES.join("\n"),
        commands.join("\n"),
        about = ABOUT,
    )
}

fn line(name: &str, about: &str) -> String {
    format!("  {name:<14} {about}")
}

/// `help` and `help COMMAND`.
pub(super) fn on(program: &Command, name: Option<&str>) -> Result<String, FlagError> {
    let Some(name) = name else {
        return Ok(page(program));
    };
    if let Some(command) = program.find_subcommand(name) {
        return Ok(command.clone().render_help().to_string());
    }
    Err(no_command(program, name))
}

/// There is no command of this name.
pub(crate) fn no_command(program: &Command, name: &str) -> FlagError {
    let hint = match nearest(program, name) {
        Some(command) => format!("did you mean {command}?"),
        None => "credrun help lists all".to_owned(),
    };
    let what = format!("credrun has no command {name:?}");
    FlagError::with_hint(what, hint)
}
