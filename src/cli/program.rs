//! The command line as clap has it: for reading, help, man pages and completion.

use clap::{Arg, ArgAction, Command, CommandFactory};

use super::{CommandLine, defaults, role_template};

/// The whole command line, built so that subcommands have their usage and version lines too. All
/// help is of the short kind, a line or two a flag, whichever way it is asked for.
pub(crate) fn build() -> Command {
    let short_help = || {
        Arg::new("help")
            .short('h')
            .long("help")
            .help("Print this help")
            .help_heading("credrun")
            .action(ArgAction::HelpShort)
    };
    let names: Vec<String> = CommandLine::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let mut program = CommandLine::command();
    for name in names {
        program = program.mut_subcommand(&name, |command| {
            let command = match name.as_str() {
                // There, -h is the host name, and its help has no short form.
                "run" => command,
                _ => command.disable_help_flag(true).arg(short_help()),
            };
            let command = match name.as_str() {
                "role-template" => command.mut_args(role_template::show),
                _ => command,
            };
            defaults::show(command)
        });
    }
    // `parse` carries it out by itself.
    let help = Command::new("help")
        .about("Show the options of a command")
        .arg(Arg::new("command").value_name("COMMAND"));
    program = program.subcommand(help);
    program.build();
    program
}
