//! The names of commands: what is not typed as one of them, and may be meant as one.

use clap::Command;

use super::program;

/// docker's commands that its users may look for here, as credrun has `run`, `exec`, `ps` and
/// others.
const OF_DOCKER: [&str; 11] = [
    "attach", "build", "cp", "images", "inspect", "kill", "pull", "restart", "rm", "start", "top",
];

/// What was most likely meant by a word that is no command: one of docker's commands, or one of
/// credrun's with a slip of one letter or two. The word has none of what marks an image's name.
#[must_use]
pub fn mistyped_command(word: &str) -> Option<String> {
    if word.contains(['/', ':', '.', '@']) {
        return None;
    }
    if OF_DOCKER.contains(&word) {
        return Some(format!("`docker {word}`"));
    }
    // docker has these behind `docker container` alone.
    if ["ls", "list"].contains(&word) {
        return Some(
            "`docker ps`, or credrun ps for the containers of --live and --keyless".to_owned(),
        );
    }
    nearest(&program(), word).map(|name| format!("credrun {name}"))
}

/// The command with a slip in its name.
pub(super) fn nearest<'a>(program: &'a Command, word: &str) -> Option<&'a str> {
    let commands = program.get_subcommands().map(Command::get_name);
    commands
        .map(|name| (strsim::osa_distance(word, name), name))
        .filter(|(slips, name)| (1..=likely_slips(name)).contains(slips))
        .min()
        .map(|(_, name)| name)
}

/// How many wrong letters still look like a slip. Two letters make `ros` of `logs` and `storm` of
/// `stop`, which are images.
fn likely_slips(name: &str) -> usize {
    if name.len() <= 5 { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_likely_in_a_short_name_and_two_in_a_long_one() {
        let program = Command::new("credrun").subcommands(["logs", "doctor"].map(Command::new));
        assert_eq!(nearest(&program, "log"), Some("logs"));
        assert_eq!(nearest(&program, "ros"), None);
        assert_eq!(nearest(&program, "dcotro"), Some("doctor"));
        assert_eq!(nearest(&program, "dentist"), None);
    }
}
