//! `credrun man`: the man pages, made from what `--help` says.

use std::path::Path;
use std::{fs, io};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli::{self, man::ManArgs};
use crate::exit::ExitStatus;
use crate::messages::error::Error;

/// Prints a page as roff, or writes all pages into a directory.
///
/// # Errors
/// [`Error`] if there is no such command, or the pages cannot be written.
pub fn man(args: &ManArgs) -> Result<ExitStatus, Error> {
    let ManArgs {
        command,
        output_dir,
        quiet: _,
        log: _,
    } = args;
    if let Some(directory) = output_dir {
        return write_all(directory);
    }
    let name = command.as_deref().map_or_else(page_of_all, page_name);
    let found = pages()
        .into_iter()
        .find(|page| page.get_display_name() == Some(&name));
    let Some(page) = found else {
        let name = command.as_deref().unwrap_or_default();
        return Err(cli::no_command(&cli::program(), name).into());
    };
    let text = roff(page).map_err(|source| failed("write the man page", source))?;
    crate::stdout::print(&String::from_utf8_lossy(&text))
}

fn write_all(directory: &Path) -> Result<ExitStatus, Error> {
    for page in pages() {
        let name = page.get_display_name().unwrap_or_default();
        let path = directory.join(format!("{name}.1"));
        let written = roff(page).and_then(|text| fs::write(&path, text));
        written.map_err(|source| failed(&format!("write {}", path.display()), source))?;
    }
    Ok(ExitStatus::SUCCESS)
}

fn page_of_all() -> String {
    "credrun".to_owned()
}

fn page_name(command: &str) -> String {
    format!("credrun-{command}")
}

/// One for the program and one for each command, under the names of their pages.
fn pages() -> Vec<Command> {
    let program = cli::program();
    let of_commands = program.get_subcommands().map(|command| {
        let name = page_name(command.get_name());
        command.clone().display_name(name)
    });
    let mut pages: Vec<Command> = of_commands.collect();
    // Only the long forms are read before a command.
    let program = ["help", "version"]
        .into_iter()
        .fold(program, |program, name| {
            program.mut_arg(name, |arg| arg.short(None))
        });
    pages.push(program.display_name(page_of_all()));
    pages
}

fn roff(page: Command) -> io::Result<Vec<u8>> {
    let version = concat!("credrun ", env!("CARGO_PKG_VERSION"));
    let usage = page.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").lines().map(str::trim);
    let has_commands = page.has_subcommands();
    let man = Man::new(page).source(version);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    synopsis(usage).to_writer(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if has_commands {
        man.render_subcommands_section(&mut text)?;
        let examples = cli::EXAMPLES.iter().map(|line| line.trim_start());
        as_they_are("EXAMPLES", examples).to_writer(&mut text)?;
    }
    Ok(text)
}

/// The usage line of `--help`. clap_mangen's own lists all options, which are 130 for `run`.
fn synopsis<'a>(lines: impl Iterator<Item = &'a str>) -> Roff {
    as_they_are("SYNOPSIS", lines)
}

/// Lines that `man` does not fill.
fn as_they_are<'a>(title: &str, lines: impl Iterator<Item = &'a str>) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff
}

fn failed(action: &str, source: io::Error) -> Error {
    Error::Local {
        action: action.to_owned(),
        source,
    }
}
