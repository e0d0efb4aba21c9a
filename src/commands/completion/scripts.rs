//! The scripts of the shells.
//!
//! clap's are used where they do what users expect. bash's breaks words at `:`, `=` and `@`, and
//! cannot tell such a piece from a word of its own; PowerShell's executes the line that is being
//! typed. These two are replaced by scripts that pass on the line up to the cursor as it is, and the
//! word that the shell will replace.

use std::io;

use clap_complete::env::{Elvish, EnvCompleter, Fish, Zsh};

use super::line::PROGRAM;
use crate::cli::completion::Shell;
use crate::vars;

/// Where a script comes from, which decides how it calls credrun.
pub(super) enum Script {
    Clap(&'static dyn EnvCompleter),
    Own(&'static str),
}

/// A candidate may contain blanks. Behind a directory or a `=`, the word goes on.
const BASH: &str = r#"_credrun() {
    local IFS=$'\n' answer
    answer=$(_CREDRUN_COMPLETE=bash credrun "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null) || return
    COMPREPLY=()
    local candidate
    while read -r candidate; do
        [[ -n $candidate ]] && COMPREPLY+=("${candidate%%$'\t'*}")
    done <<<"$answer"
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[/=:] ]]; then
        compopt -o nospace
    fi
}
complete -o bashdefault -o default -F _credrun credrun
"#;

const POWERSHELL: &str = r#"Register-ArgumentCompleter -Native -CommandName credrun -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.Extent.Text
    $cursor = $cursorPosition - $commandAst.Extent.StartOffset
    if ($cursor -gt $line.Length) { $line = $line.PadRight($cursor) }
    $line = $line.Substring(0, $cursor)
    # An empty argument would get lost in older versions.
    $word = if ($wordToComplete) { "$wordToComplete" } else { " " }
    $previous = $env:_CREDRUN_COMPLETE
    $env:_CREDRUN_COMPLETE = "powershell"
    try { $answer = & credrun $line $word 2>$null } finally { $env:_CREDRUN_COMPLETE = $previous }
    $answer | Where-Object { $_ } | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
"#;

/// The script of `shell`.
pub(super) fn script(shell: Shell) -> Script {
    match shell {
        Shell::Bash => Script::Own(BASH),
        Shell::Zsh => Script::Clap(&Zsh),
        Shell::Fish => Script::Clap(&Fish),
        Shell::Powershell => Script::Own(POWERSHELL),
        Shell::Elvish => Script::Clap(&Elvish),
    }
}

impl Script {
    pub(super) fn text(&self) -> io::Result<String> {
        let completer = match self {
            Self::Own(text) => return Ok((*text).to_owned()),
            Self::Clap(completer) => completer,
        };
        let mut text = Vec::new();
        completer.write_registration(vars::COMPLETE, PROGRAM, PROGRAM, PROGRAM, &mut text)?;
        let mut text = String::from_utf8_lossy(&text).into_owned();
        if completer.is("zsh") {
            // A file that zsh finds in its fpath is the body of a function, which is called at the
            // first TAB.
            text.push_str(
                "if [[ $funcstack[1] = _credrun ]]; then\n    _clap_dynamic_completer_credrun \"$@\"\nfi\n",
            );
        }
        Ok(text)
    }
}
