//! Splits words into flags and the rest exactly as docker's parser (Go's pflag) does.
//!
//! pflag and clap disagree on what a value may look like (`-m -1`, `-e=A=1`, `-w=`), on boolean
//! values (`--rm=T`), and on where flags end. So the words are read here by pflag's rules, and
//! clap, which knows the flags, their types and their help, only ever sees `--flag=value`.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, Command};

use crate::container::FlagError;
use crate::container::grammar::number;

/// A command line, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tokens {
    /// `--flag=value` each; a boolean without a value in clap's eyes is `--flag`.
    pub(super) flags: Vec<String>,
    /// The first word that is no flag, and all that follow it, untouched.
    pub(super) rest: Vec<String>,
    /// The long names of the flags that were typed, also of those that `=false` took back.
    pub(super) typed: BTreeSet<String>,
    /// Whether `--` stood before the rest.
    pub(super) separated: bool,
}

/// Where the words leave pflag's grammar.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenError {
    /// `--nope`
    UnknownFlag(String),
    /// `-Z`, in this word.
    UnknownShorthand(char, String),
    /// `--env` at the end of the line.
    NeedsArgument(String),
    /// `-e` at the end of the line, in this word.
    ShorthandNeedsArgument(char, String),
    /// `--=x`, `---x`, `-=x`
    BadSyntax(String),
    /// `--rm=yes`: flag, value, reason.
    BadBool(String, String, FlagError),
}

/// Reads `words` with the flags that `command` has.
pub(super) fn read(command: &Command, words: Vec<String>) -> Result<Tokens, TokenError> {
    let mut reader = Reader::of(command, words);
    let (first, separated) = match reader.next()? {
        Next::Word(word) => (Some(word), false),
        Next::Separator => (None, true),
        Next::End => (None, false),
    };
    let rest = first.into_iter().chain(reader.words.by_ref()).collect();
    Ok(Tokens {
        separated,
        ..reader.tokens(rest)
    })
}

/// The same for a command whose flags may also stand behind and between its words. `--` stays among
/// the words.
pub(super) fn read_mixed(command: &Command, words: Vec<String>) -> Result<Tokens, TokenError> {
    let mut reader = Reader::of(command, words);
    let mut rest = Vec::new();
    loop {
        match reader.next()? {
            Next::Word(word) => rest.push(word),
            Next::Separator => {
                rest.push("--".to_owned());
                rest.extend(reader.words.by_ref());
            }
            Next::End => return Ok(reader.tokens(rest)),
        }
    }
}

struct Reader<'a> {
    command: &'a Command,
    flags: Vec<String>,
    typed: BTreeSet<String>,
    words: std::vec::IntoIter<String>,
}

/// What follows some flags.
enum Next {
    Word(String),
    /// `--`
    Separator,
    End,
}

impl<'a> Reader<'a> {
    fn of(command: &'a Command, words: Vec<String>) -> Self {
        Self {
            command,
            flags: Vec::new(),
            typed: BTreeSet::new(),
            words: words.into_iter(),
        }
    }

    fn tokens(self, rest: Vec<String>) -> Tokens {
        Tokens {
            flags: self.flags,
            rest,
            typed: self.typed,
            separated: false,
        }
    }

    fn next(&mut self) -> Result<Next, TokenError> {
        while let Some(word) = self.words.next() {
            if word == "--" {
                return Ok(Next::Separator);
            }
            if let Some(long) = word.strip_prefix("--") {
                self.read_long(long)?;
            } else if word.len() > 1 && word.starts_with('-') {
                self.read_cluster(&word)?;
            } else {
                return Ok(Next::Word(word));
            }
        }
        Ok(Next::End)
    }

    fn read_long(&mut self, typed: &str) -> Result<(), TokenError> {
        if typed.starts_with(['-', '=']) {
            return Err(TokenError::BadSyntax(format!("--{typed}")));
        }
        let (name, value) = match typed.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (typed, None),
        };
        let Some(arg) = self.command.get_arguments().find(|arg| is_long(arg, name)) else {
            return Err(TokenError::UnknownFlag(name.to_owned()));
        };
        match value {
            Some(value) => self.push(arg, value),
            None if is_bool(arg) => self.push(arg, "true".to_owned()),
            None => match self.words.next() {
                Some(value) => self.push(arg, value),
                None => Err(TokenError::NeedsArgument(name.to_owned())),
            },
        }
    }

    /// `-it`, `-itw/tmp`, `-w /tmp`, `-w=/tmp`: a value takes the rest of the word, or the next.
    fn read_cluster(&mut self, word: &str) -> Result<(), TokenError> {
        let mut letters = &word[1..];
        while let Some(letter) = letters.chars().next() {
            // What pflag calls the cluster in its errors: a dash and what is left of it.
            let cluster = format!("-{letters}");
            letters = &letters[letter.len_utf8()..];
            let Some(arg) = self
                .command
                .get_arguments()
                .find(|arg| arg.get_short() == Some(letter))
            else {
                return Err(TokenError::UnknownShorthand(letter, cluster));
            };
            // `-w=` is the value `=`: pflag sees an assignment only where something follows.
            match letters.strip_prefix('=') {
                Some(value) if !value.is_empty() => return self.push(arg, value.to_owned()),
                _ if is_bool(arg) => self.push(arg, "true".to_owned())?,
                _ if !letters.is_empty() => return self.push(arg, letters.to_owned()),
                _ => match self.words.next() {
                    Some(value) => return self.push(arg, value),
                    None => return Err(TokenError::ShorthandNeedsArgument(letter, cluster)),
                },
            }
        }
        Ok(())
    }

    fn push(&mut self, arg: &Arg, value: String) -> Result<(), TokenError> {
        let name = arg.get_long().unwrap_or_default();
        let flag = format!("--{name}");
        self.typed.insert(name.to_owned());
        if !is_bool(arg) {
            self.flags.push(format!("{flag}={value}"));
            return Ok(());
        }
        let truth = number::parse_bool(&value)
            .map_err(|error| TokenError::BadBool(flag.clone(), value, error))?;
        if arg.is_require_equals_set() {
            self.flags.push(format!("{flag}={truth}"));
            return Ok(());
        }
        // clap knows this flag as present or absent, so `=false` takes back an earlier one.
        self.flags.retain(|earlier| *earlier != flag);
        if truth {
            self.flags.push(flag);
        }
        Ok(())
    }
}

fn is_long(arg: &Arg, name: &str) -> bool {
    arg.get_long() == Some(name)
        || arg
            .get_all_aliases()
            .is_some_and(|aliases| aliases.contains(&name))
}

/// Flags that take a value only after `=`.
pub(super) fn is_bool(arg: &Arg) -> bool {
    arg.is_require_equals_set() || !matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        let set = |id: &'static str, short| Arg::new(id).long(id).short(short);
        Command::new("run").args([
            set("env", 'e').action(ArgAction::Append),
            set("workdir", 'w'),
            set("interactive", 'i').action(ArgAction::SetTrue),
            set("tty", 't').action(ArgAction::SetTrue),
            set("memory", 'm'),
            Arg::new("network").long("network").alias("net"),
            Arg::new("rm")
                .long("rm")
                .num_args(0..=1)
                .require_equals(true),
        ])
    }

    fn flags(words: &[&str]) -> Vec<String> {
        tokens(words).expect("well-formed").flags
    }

    fn tokens(words: &[&str]) -> Result<Tokens, TokenError> {
        read(&command(), words.iter().map(|&w| w.to_owned()).collect())
    }

    #[test]
    fn the_first_word_that_is_no_flag_ends_the_flags() {
        let read = tokens(&["-i", "img", "-e", "X=1", "--rm"]).expect("well-formed");
        assert_eq!(read.flags, ["--interactive"]);
        assert_eq!(read.rest, ["img", "-e", "X=1", "--rm"]);
    }

    #[test]
    fn a_double_dash_before_the_image_is_consumed_and_one_after_it_is_kept() {
        let read = tokens(&["-e", "A=1", "--", "img", "--", "cmd"]).expect("well-formed");
        assert_eq!(read.rest, ["img", "--", "cmd"]);
        assert_eq!(
            tokens(&["img", "--"]).expect("well-formed").rest,
            ["img", "--"]
        );
    }

    #[test]
    fn a_single_dash_is_a_word_and_no_flag() {
        assert_eq!(tokens(&["-", "x"]).expect("well-formed").rest, ["-", "x"]);
    }

    #[test]
    fn a_value_starting_with_a_dash_is_taken_as_the_value() {
        assert_eq!(flags(&["-m", "-1"]), ["--memory=-1"]);
        assert_eq!(flags(&["--workdir", "--tty"]), ["--workdir=--tty"]);
    }

    #[test]
    fn clusters_may_end_in_a_value() {
        assert_eq!(
            flags(&["-itw/tmp"]),
            ["--interactive", "--tty", "--workdir=/tmp"]
        );
        assert_eq!(flags(&["-e=A=1"]), ["--env=A=1"]);
        assert_eq!(flags(&["-w="]), ["--workdir=="]);
        assert_eq!(flags(&["--workdir="]), ["--workdir="]);
    }

    #[test]
    fn booleans_take_a_value_after_an_equals_sign_only_and_the_last_wins() {
        assert_eq!(flags(&["--tty=T", "-i", "--tty=0"]), ["--interactive"]);
        assert_eq!(flags(&["-t=1"]), ["--tty"]);
        assert_eq!(flags(&["--rm"]), ["--rm=true"]);
        assert_eq!(flags(&["--rm=FALSE"]), ["--rm=false"]);
        assert_eq!(
            tokens(&["--rm=yes"]),
            Err(TokenError::BadBool(
                "--rm".into(),
                "yes".into(),
                number::parse_bool("yes").expect_err("no boolean")
            ))
        );
        assert_eq!(
            tokens(&["-tfalse"]),
            Err(TokenError::UnknownShorthand('f', "-false".into()))
        );
    }

    #[test]
    fn hidden_aliases_are_flags() {
        assert_eq!(flags(&["--net", "x"]), ["--network=x"]);
    }

    #[test]
    fn what_pflag_refuses_is_refused() {
        assert_eq!(
            tokens(&["--interact"]),
            Err(TokenError::UnknownFlag("interact".into()))
        );
        assert_eq!(
            tokens(&["-ie"]),
            Err(TokenError::ShorthandNeedsArgument('e', "-e".into()))
        );
        assert_eq!(
            tokens(&["--env"]),
            Err(TokenError::NeedsArgument("env".into()))
        );
        assert_eq!(tokens(&["---x"]), Err(TokenError::BadSyntax("---x".into())));
    }
}
