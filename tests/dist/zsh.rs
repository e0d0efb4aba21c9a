//! The completion for zsh as the packages have it: a file that zsh finds and loads by itself.

use std::env::consts::ARCH;
use std::process::Command;

use crate::support::dist::unpacked;
use crate::support::terminal::Terminal;

#[test]
fn zsh_completes_at_the_first_tab_and_at_the_second() {
    let archive = unpacked(ARCH);
    let home = tempfile::tempdir().expect("a directory");
    let mut zsh = Command::new("zsh");
    zsh.args(["-f", "-i"])
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .env("FPATH_OF_CREDRUN", archive.path().join("completions"))
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", archive.path().display()),
        );
    let mut terminal = Terminal::start(&zsh);
    let load =
        "fpath=($FPATH_OF_CREDRUN $fpath); autoload -U compinit; compinit -u -D; echo READ''Y\r";
    terminal.type_in(load);
    terminal.read_until("READY");
    for (typed, rest) in [("credrun who", "ami"), ("credrun comp", "letion")] {
        terminal.type_in(&format!("{typed}\t"));
        terminal.read_until(rest);
        // Ctrl-U empties the line.
        terminal.type_in("\x15");
    }
}
