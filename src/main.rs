//! The program: what was typed, what it means, what came of it.

use std::process::ExitCode;

use credrun::cli::{self, Cli, ParseOutcome};
use credrun::error::Error;
use credrun::exit::ExitStatus;
use credrun::vars::Environment;
use credrun::{commands, logging};

fn main() -> ExitCode {
    let status = match cli::parse(std::env::args_os()) {
        Ok(cli) => act(&cli).unwrap_or_else(|error| {
            eprint!("{}", error.report());
            error.status()
        }),
        Err(ParseOutcome::Print(text)) => {
            print!("{text}");
            ExitStatus::SUCCESS
        }
        Err(ParseOutcome::Refused(error)) => {
            eprint!("{}", Error::from(error).report());
            ExitStatus::FAILED
        }
    };
    status.into()
}
