//! `credrun logs`: what may be typed.

use clap::Args;

use super::engine::EngineArgs;
use super::log::LogArgs;
use super::quiet::QuietArgs;
use crate::container::FlagError;

/// Which log, and how much of it.
#[derive(Debug, Default, Args)]
pub struct LogsArgs {
    /// Name, ID or beginning of an ID, also of a container that is gone
    #[arg(value_name = "CONTAINER")]
    pub container: String,

    /// Print what is added, until the process that writes the log has ended
    #[arg(short, long)]
    pub follow: bool,

    /// How many lines to print from the end of the log, or all
    #[arg(
        short = 'n',
        long,
        value_name = "LINES",
        default_value = "all",
        value_parser = Tail::parse
    )]
    pub tail: Tail,

    /// The Engine.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// How many lines from the end, as docker's `--tail`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    #[default]
    All,
    Lines(usize),
}

impl Tail {
    fn parse(value: &str) -> Result<Self, FlagError> {
        match value {
            "all" => Ok(Self::All),
            number => number
                .parse()
                .map(Self::Lines)
                .map_err(|_| FlagError::new("it takes a number of lines, or all")),
        }
    }

    /// The end of `text` that it asks for.
    #[must_use]
    pub fn of(self, text: &[u8]) -> &[u8] {
        let Self::Lines(count) = self else {
            return text;
        };
        let lines = text.split_inclusive(|&byte| byte == b'\n');
        let kept: usize = lines.rev().take(count).map(<[u8]>::len).sum();
        &text[text.len() - kept..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_taken_whole() {
        let tail = |typed: &str, text| Tail::parse(typed).expect("a number").of(text);
        let text = b"one\ntwo\nthr";
        assert_eq!(tail("all", text), text);
        assert_eq!(tail("2", text), b"two\nthr");
        assert_eq!(tail("3", text), text);
        assert_eq!(tail("17", text), text);
        assert_eq!(tail("0", text), b"");
        assert_eq!(tail("1", b""), b"");
    }

    #[test]
    fn what_is_no_number_of_lines_is_refused() {
        for wrong in ["", "-1", "few"] {
            let refused = Tail::parse(wrong).expect_err(wrong).to_string();
            assert!(refused.contains("a number of lines"), "{refused}");
        }
    }
}
