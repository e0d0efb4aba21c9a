//! `DOCKER_CONTENT_TRUST`: docker's client up to 28 verifies a tag's signature before it runs an
//! image by tag; from 29 on it ignores the variable.
//!
//! credrun verifies no signatures, so it refuses to run an unverified tag. A digest or an ID
//! already fixes the content.

use crate::container::FlagError;
use crate::container::grammar::number::parse_bool;
use crate::container::grammar::reference::{Image, Reference};
use crate::vars::{self, Environment};

/// Refuses an image that docker would verify.
///
/// # Errors
/// An image by tag, where content trust is on.
pub(super) fn check(
    image: &Image,
    disabled: Option<bool>,
    environment: &Environment,
) -> Result<(), FlagError> {
    let asked_by = match disabled {
        Some(true) => return Ok(()),
        Some(false) => "--disable-content-trust=false",
        None if is_on(environment) => vars::DOCKER_CONTENT_TRUST,
        None => return Ok(()),
    };
    if names_its_content(image) {
        return Ok(());
    }
    Err(FlagError::with_hint(
        format!(
            "{asked_by} requires a verified signature of {}, but credrun does not verify signatures",
            image.typed
        ),
        "name the image by its digest, as in alpine@sha256:…, which `docker images --digests` \
         shows; or turn this off for one run with --disable-content-trust",
    ))
}

/// docker 29's message for `--disable-content-trust` where there is nothing to turn off.
pub(super) fn deprecation(disabled: Option<bool>, environment: &Environment) -> Option<String> {
    let is_idle = disabled == Some(true) && !is_on(environment);
    is_idle.then(|| {
        "flag --disable-content-trust has been deprecated, support for docker content trust was \
         removed"
            .to_owned()
    })
}

/// As docker reads it: every value except those that mean no.
fn is_on(environment: &Environment) -> bool {
    environment
        .non_empty(vars::DOCKER_CONTENT_TRUST)
        .is_some_and(|value| parse_bool(&value).unwrap_or(true))
}

fn names_its_content(image: &Image) -> bool {
    match &image.reference {
        Reference::Id(_) => true,
        Reference::Name(name) => name.digest.is_some() || is_whole_id(&image.typed),
    }
}

/// For docker `sha256:` and 64 digits is an ID; the grammar reads it as a name and a tag.
fn is_whole_id(typed: &str) -> bool {
    typed.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::grammar::reference;

    const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn checked(typed: &str, disabled: Option<bool>, value: &str) -> Result<(), FlagError> {
        let image = reference::parse(typed).expect("an image");
        let environment = Environment::fixed([(vars::DOCKER_CONTENT_TRUST, value)]);
        check(&image, disabled, &environment)
    }

    #[test]
    fn a_tag_is_refused_where_content_trust_is_on() {
        for on in ["1", "true", "T", "yes"] {
            let error = checked("alpine", None, on).expect_err("refused");
            assert!(
                error.to_string().starts_with("DOCKER_CONTENT_TRUST"),
                "{error}"
            );
        }
        checked("alpine:3", Some(false), "").expect_err("refused");
    }

    #[test]
    fn what_names_its_content_is_run() {
        let by_digest = format!("alpine@{DIGEST}");
        let (_, id) = DIGEST.split_once(':').expect("two parts");
        for image in [by_digest.as_str(), DIGEST, id] {
            checked(image, None, "1").unwrap_or_else(|error| panic!("{image}: {error}"));
        }
    }

    #[test]
    fn the_flag_is_told_to_be_deprecated_where_it_does_nothing() {
        let told = |disabled, value| {
            let environment = Environment::fixed([(vars::DOCKER_CONTENT_TRUST, value)]);
            deprecation(disabled, &environment).is_some()
        };
        assert!(told(Some(true), ""));
        assert!(!told(Some(true), "1"));
        assert!(!told(None, ""));
    }

    #[test]
    fn where_content_trust_is_off_a_tag_is_run() {
        for off in ["", "0", "false", "F"] {
            checked("alpine", None, off).expect("no refusal");
        }
        checked("alpine", Some(true), "1").expect("no refusal");
    }
}
