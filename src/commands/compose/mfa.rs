//! What to type for a code of an MFA device: Compose gives a provider no terminal to ask at.

use crate::cli::compose::{ProviderArgs, is_option_of_aws};
use crate::credentials::{CredentialsError, TokenCodeError};
use crate::messages::error::Error;

/// For an error that a terminal would have avoided.
pub(super) fn hint(error: &Error, provider: &ProviderArgs) -> Option<String> {
    let Error::Credentials(CredentialsError::TokenCode(TokenCodeError::NoTerminal { .. })) = error
    else {
        return None;
    };
    let own = ["--token-code", "--mfa-session-cache"];
    let is_wanted =
        |word: &&String| is_option_of_aws(word) && !own.iter().any(|own| word.starts_with(own));
    let words = provider.typed.iter().filter(is_wanted);
    let words = shell_words::join(
        ["credrun", "whoami", "--mfa-session-cache"]
            .into_iter()
            .chain(words.map(String::as_str)),
    );
    let then = match provider.options.common.aws.mfa_session_cache {
        true => "",
        false => ", and set the option mfa-session-cache: \"true\"",
    };
    Some(format!(
        "type {words}, which asks for a code and saves the session{then}"
    ))
}
