//! The names of commands: what is not typed as one of them, and may be meant as one.

use clap::Command;

use super::program;

/// Whether the command of this name has the flags of an Engine; none where there is no such
/// command.
#[must_use]
pub fn takes_engine(name: &str) -> Option<bool> {
    let program = program();
    let command = program.find_subcommand(name)?;
    Some(command.get_arguments().any(|flag| flag.get_id() == "host"))
}

/// docker's commands that its users may look for here, as credrun has `run`, `exec`, `ps` and
/// `stop`.
const OF_DOCKER: [&str; 12] = [
    "attach", "build", "cp", "images", "inspect", "kill", "logs", "pull", "restart", "rm", "start",
    "top",
];

/// A hint for a word that was taken for an image and is none, where it is most likely a command:
/// one of docker's, or one with a slip of one letter or two. It has none of what marks an image's
/// name.
#[must_use]
pub fn mistyped_command(word: &str) -> Option<String> {
    if word.contains(['/', ':', '.', '@']) {
        return None;
    }
    if OF_DOCKER.contains(&word) {
        return Some(format!(
            "{word:?} is not a credrun command, so it is treated as an image; use `docker {word}`"
        ));
    }
    // docker has these behind `docker container` alone.
    if ["ls", "list"].contains(&word) {
        return Some(format!(
            "{word:?} is not a credrun command, so it is treated as an image; use `docker ps`, \
             or credrun ps for the containers of --live"
        ));
    }
    let program = program();
    nearest(&program, word).map(|name| {
        format!(
            "did you mean credrun {name}? {word:?} is not a credrun command, so it is treated as an image"
        )
    })
}

/// The command with a slip of one letter or two in its name.
pub(super) fn nearest<'a>(program: &'a Command, word: &str) -> Option<&'a str> {
    let commands = program.get_subcommands().map(Command::get_name);
    commands
        // Two letters make any other word of `ps`.
        .map(|name| (strsim::osa_distance(word, name), name))
        .filter(|(slips, name)| (1..=(name.len() / 2).min(2)).contains(slips))
        .min()
        .map(|(_, name)| name)
}
