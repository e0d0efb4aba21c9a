//! Temporary sets in answers. The real one stays in credrun, and the container gets an issued one in
//! its place; all else in the answer stays as it is.
//!
//! What cannot be read with certainty is not passed on at all.

mod read;

use secrecy::{ExposeSecret, SecretString};

use self::read::{Part, Set};
use crate::cbor;
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
    let text = || std::str::from_utf8(body).ok();
    let sets = match operation.protocol {
        Protocol::Query | Protocol::RestXml => text().and_then(read::of_xml),
        Protocol::Json | Protocol::RestJson => text().and_then(read::of_json),
        Protocol::Cbor => read::of_cbor(body),
        Protocol::Ec2 => None,
    };
    let sets = sets
        .filter(|sets| sets.len() <= MOST_SETS)
        .ok_or_else(unreadable)?;
    if sets.is_empty() && !OPTIONAL.contains(&(operation.module.name, name)) {
        return Err(NotReplaced::NoSet(name));
    }
    let real: Option<Vec<_>> = sets.iter().map(credentials).collect();
    let real = real.ok_or_else(unreadable)?;
    let mut edits = Edits::of(body);
    for (set, real) in sets.iter().zip(&real) {
        let issued = keys.issue(real.clone());
        let issued = issued.map_err(|_| NotReplaced::Randomness)?;
        let mut put = |part: &Part<'_>, value: &str| {
            edits.replace(part.bytes, written(operation.protocol, value))
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
    let text = String::from_utf8_lossy(&done);
    let remains =
        |real: &Credentials| real.is_in(&done) || text.contains(real.access_key_id.as_str());
    match real.iter().any(remains) {
        true => Err(unreadable()),
        false => Ok(done),
    }
}

fn written(protocol: Protocol, value: &str) -> Vec<u8> {
    match protocol {
        Protocol::Json | Protocol::RestJson => quoted(value).into_bytes(),
        Protocol::Cbor => {
            let mut text = Vec::new();
            cbor::put_text(&mut text, value);
            text
        }
        Protocol::Query | Protocol::RestXml | Protocol::Ec2 => value.as_bytes().to_vec(),
    }
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
