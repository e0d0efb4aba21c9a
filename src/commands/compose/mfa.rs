//! What to type for the code of an MFA device where `docker compose` has no terminal.

use crate::cli::compose::{ProviderArgs, options_of_aws};
use crate::credentials::{CredentialsError, TokenCodeError};
use crate::messages::error::Error;

/// For an error that a terminal would have avoided.
pub(super) fn hint(error: &Error, provider: &ProviderArgs) -> Option<String> {
    let Error::Credentials(CredentialsError::TokenCode(TokenCodeError::NoTerminal { .. })) = error
    else {
        return None;
    };
    let mut typed = provider.typed.clone();
    // A code is used up, and the other is said in any case.
    typed.retain(|word| {
        let mut others = ["--token-code", "--mfa-session-cache"].iter();
        !others.any(|other| word.starts_with(other))
    });
    let options = options_of_aws(&typed);
    let words = ["credrun", "whoami", "--mfa-session-cache"].into_iter();
    let words = shell_words::join(words.chain(options.iter().map(String::as_str)));
    let then = match provider.options.common.aws.mfa_session_cache {
        true => "",
        false => ", and add mfa-session-cache: \"true\" to the options",
    };
    Some(format!(
        "type {words}, which asks for a code and saves the session{then}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::compose::{ComposeArgs, ComposeCall};

    fn hint_for(words: &[&str]) -> Option<String> {
        let words = [&["--project-name=p", "up"], words, &["aws"]].concat();
        let words = words.into_iter().map(str::to_owned).collect();
        let ComposeCall::Up(provider) = ComposeArgs::of(words).expect("readable").call else {
            panic!("not up");
        };
        let error = TokenCodeError::NoTerminal {
            serial: "arn:mfa".to_owned(),
            source: std::io::Error::other("none"),
        };
        hint(&CredentialsError::from(error).into(), &provider)
    }

    #[test]
    fn the_command_has_the_options_of_the_project_and_no_code() {
        assert_eq!(
            hint_for(&[
                "--profile=my dev",
                "--token-code=123456",
                "--delivery=live",
                "--mfa-session-cache=true",
            ])
            .as_deref(),
            Some(
                "type credrun whoami --mfa-session-cache --profile 'my dev', which asks for a code and saves the session"
            )
        );
        let without = hint_for(&["--profile=dev"]).expect("a hint");
        assert!(
            without.ends_with(", and add mfa-session-cache: \"true\" to the options"),
            "{without}"
        );
    }
}
