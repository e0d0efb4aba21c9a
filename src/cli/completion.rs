//! `credrun completion`: what may be typed.

use clap::{Args, ValueEnum};

use super::log::LogArgs;
use super::quiet::QuietArgs;

/// Whose script.
#[derive(Debug, Args)]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,

    /// Whether it is quiet.
    #[command(flatten)]
    pub quiet: QuietArgs,

    /// What credrun says about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// A shell that has completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

impl Shell {
    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Elvish => "elvish",
        }
    }

    /// The shell of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::value_variants()
            .iter()
            .copied()
            .find(|shell| shell.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_found_by_its_name() {
        let names: Vec<_> = Shell::value_variants()
            .iter()
            .map(|shell| shell.name())
            .collect();
        assert_eq!(names, ["bash", "zsh", "fish", "powershell", "elvish"]);
        for name in names {
            assert_eq!(Shell::of_name(name).map(Shell::name), Some(name));
        }
        assert!(Shell::of_name("dash").is_none());
    }
}
