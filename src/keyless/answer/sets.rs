//! Temporary sets in answers. The real one stays in credrun, and the container gets an issued one in
//! its place; all else in the answer stays as it is.
//!
//! What cannot be read with certainty is not passed on at all.

mod read;

use secrecy::{ExposeSecret, SecretString};

use self::read::{Part, Set};
use crate::credentials::{CredentialValues, Credentials};
use crate::iam::module::Protocol;
use crate::iam::operation::Operation;
use crate::json::quoted;
use crate::keyless::edits::Edits;
use crate::keyless::keys::Keys;

/// As many bytes of an answer with a set are read.
pub(crate) const MOST: usize = 1024 * 1024;

/// A page of jobs has this many.
const MOST_SETS: usize = 100;

/// Operations whose answers may be without a set.
const OPTIONAL: [(&str, &str); 6] = [
    ("codepipeline", "GetJobDetails"),
    ("codepipeline", "GetThirdPartyJobDetails"),
    ("codepipeline", "PollForJobs"),
    ("datazone", "GetConnection"),
    ("gamelift", "CreateBuild"),
    ("ssm", "GetAccessToken"),
];

/// Why no answer can be made of AWS's. The answer is not passed on then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotReplaced {
    /// Its form is another than the operation's, or a part of a set is not as it must be.
    #[error("the answer to {0} cannot be read")]
    Unreadable(&'static str),
    #[error("the answer to {0} has no credentials")]
    NoSet(&'static str),
    #[error("the operating system has no randomness")]
    Randomness,
}

/// The body of an answer that went well, with issued sets in the place of real ones.
///
/// # Errors
/// [`NotReplaced`].
pub(crate) fn replace(
    operation: &Operation,
    body: &[u8],
    keys: &Keys,
) -> Result<Vec<u8>, NotReplaced> {
    let name = operation.name();
    let unreadable = || NotReplaced::Unreadable(name);
    if body.len() > MOST {
        return Err(unreadable());
    }
    let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
    let sets = match operation.protocol {
        Protocol::Query | Protocol::RestXml => read::of_xml(text),
        Protocol::Json | Protocol::RestJson => read::of_json(text),
        Protocol::Cbor | Protocol::Ec2 => None,
    };
    let sets = sets
        .filter(|sets| sets.len() <= MOST_SETS)
        .ok_or_else(unreadable)?;
    if sets.is_empty() && !OPTIONAL.contains(&(operation.module.name, name)) {
        return Err(NotReplaced::NoSet(name));
    }
    let real: Option<Vec<_>> = sets.iter().map(credentials).collect();
    let real = real.ok_or_else(unreadable)?;
    let is_json = matches!(operation.protocol, Protocol::Json | Protocol::RestJson);
    let mut edits = Edits::of(text);
    for (set, real) in sets.iter().zip(&real) {
        let issued = keys.issue(real.clone());
        let issued = issued.map_err(|_| NotReplaced::Randomness)?;
        let mut put = |part: &Part<'_>, value: &str| {
            let value = match is_json {
                true => quoted(value),
                false => value.to_owned(),
            };
            edits.replace(part.text, value)
        };
        let are_put = put(&set.access_key_id, &issued.access_key_id)
            && put(
                &set.secret_access_key,
                issued.secret_access_key.expose_secret(),
            )
            && put(&set.session_token, issued.session_token.expose_secret());
        if !are_put {
            return Err(unreadable());
        }
    }
    let done = edits.done().ok_or_else(unreadable)?;
    let remains = |real: &Credentials| {
        real.is_in(done.as_bytes()) || done.contains(real.access_key_id.as_str())
    };
    if real.iter().any(remains) {
        return Err(unreadable());
    }
    Ok(done.into_bytes())
}

fn credentials(set: &Set<'_>) -> Option<Credentials> {
    let values = CredentialValues {
        access_key_id: set.access_key_id.value.to_string(),
        secret_access_key: SecretString::from(set.secret_access_key.value.as_str()),
        session_token: Some(SecretString::from(set.session_token.value.as_str())),
        expiration: set.expiration,
        account_id: None,
    };
    Credentials::new(values).ok()
}

#[cfg(test)]
mod tests;
