//! The command lines of a page, and whether credrun reads them.
//!
//! Every word `credrun` in code begins one, except in these places:
//!
//! * In a block with lines that begin with `$ `, the other lines are output.
//! * `credrun` alone in a sentence is the program's name, and `credrun export` a command's.

use credrun::cli::{self, Cli, ParseOutcome};
use credrun::vars::Environment;

use super::page::Code;

/// What is typed after `credrun`.
pub(super) struct Call(Vec<String>);

/// What ends a command line, beside its end.
const OPERATORS: [&str; 5] = ["|", "||", "&", "&&", ";"];

/// What stands for one command after the other.
const ANY_COMMAND: &str = "COMMAND";
const COMMANDS: [&str; 18] = [
    "run",
    "exec",
    "env",
    "export",
    "whoami",
    "ps",
    "stop",
    "logs",
    "login",
    "policy",
    "role-template",
    "doctor",
    "devcontainer",
    "compose-env",
    "compose-file",
    "completion",
    "man",
    "version",
];

/// What the pages show and nobody types: how a credrun that stays behind is listed.
const NOT_TYPED: &str = "credrun --supervisor";

/// The command lines in `code`.
pub(super) fn calls(code: &Code) -> Result<Vec<Call>, String> {
    if code.text == NOT_TYPED {
        return Ok(Vec::new());
    }
    let text = code.text.replace("\\\n", " ");
    let is_transcript = text.lines().any(|line| line.starts_with("$ "));
    let mut calls = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("$ ") {
            Some(typed) => calls_in(typed, &mut calls)?,
            None if is_transcript => {}
            None => calls_in(line, &mut calls)?,
        }
    }
    if code.is_inline {
        calls.retain(|call| !call.0.is_empty());
        calls
            .iter_mut()
            .for_each(Call::ask_for_help_where_only_named);
    }
    Ok(calls)
}

fn calls_in(line: &str, calls: &mut Vec<Call>) -> Result<(), String> {
    let line = without_substitutions(line, calls)?;
    if !line.split_whitespace().any(|word| word == "credrun") {
        return Ok(());
    }
    let words = shell_words::split(&line).map_err(|error| format!("{line}: {error}"))?;
    let is_end = |word: &String| OPERATORS.contains(&&**word) || word.starts_with(['>', '<']);
    for part in words.split(is_end) {
        if let Some(at) = part.iter().position(|word| word == "credrun") {
            calls.push(Call(typed(&part[at + 1..])));
        }
    }
    Ok(())
}

/// What `$(…)` and `>(…)` run are command lines of their own.
fn without_substitutions(line: &str, calls: &mut Vec<Call>) -> Result<String, String> {
    let mut line = line.to_owned();
    while let Some(at) = line.find("$(").or_else(|| line.find(">(")) {
        let length = line[at..].find(')').ok_or("a parenthesis is left open")?;
        let inner = line[at + 2..at + length].to_owned();
        calls_in(&inner, calls)?;
        line.replace_range(at..=at + length, "substituted");
    }
    Ok(line)
}

/// The words as somebody would type them: `[OPTIONS]` and `…` may be anything, and are left out;
/// what else is in brackets may be left out, and is kept; `...` says that a word may be repeated.
fn typed(words: &[String]) -> Vec<String> {
    let words = words
        .iter()
        .filter(|word| !["[OPTIONS]", "…"].contains(&&***word));
    words
        .map(|word| {
            word.trim_matches(['[', ']'])
                .trim_end_matches("...")
                .to_owned()
        })
        .collect()
}

impl Call {
    fn ask_for_help_where_only_named(&mut self) {
        if let [name] = &self.0[..]
            && COMMANDS.contains(&&**name)
        {
            self.0.push("--help".to_owned());
        }
    }

    /// Why credrun does not read it.
    pub(super) fn problem(&self) -> Option<String> {
        let Some((_, rest)) = self
            .0
            .split_first()
            .filter(|(name, _)| *name == ANY_COMMAND)
        else {
            return refusal(&self.0);
        };
        let each = COMMANDS.iter().map(|name| {
            let words = std::iter::once((*name).to_owned()).chain(rest.iter().cloned());
            refusal(&words.collect::<Vec<_>>())
        });
        each.flatten().next()
    }
}

fn refusal(words: &[String]) -> Option<String> {
    let line = format!("credrun {}", words.join(" "));
    match parse(words) {
        Ok(Cli::Run(args)) => {
            let meant = cli::mistyped_command(&args.image);
            meant.map(|hint| format!("{line}: runs the image {:?}; {hint}", args.image))
        }
        Err(ParseOutcome::Refused(error)) => Some(format!("{line}: {error}")),
        Ok(_) | Err(ParseOutcome::Print(_)) => None,
    }
}

fn parse(words: &[String]) -> Result<Cli, ParseOutcome> {
    let argv = std::iter::once("credrun").chain(words.iter().map(String::as_str));
    cli::parse(argv.map(Into::into), &Environment::fixed([]))
}

/// Whether a command has the flag.
pub(super) fn is_a_flag(name: &str) -> bool {
    let is_unknown_to = |command: &&str| match parse(&[(*command).to_owned(), format!("{name}=x")])
    {
        Err(ParseOutcome::Refused(error)) => {
            let said = error.to_string();
            said.starts_with("unknown flag") || said.starts_with("unexpected argument")
        }
        _ => false,
    };
    !COMMANDS.iter().all(is_unknown_to)
}
