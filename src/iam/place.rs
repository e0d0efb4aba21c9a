//! Where a call goes, and how an ARN is written there.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::literal::literal;

/// Where the call goes, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) partition: &'a str,
    /// As the client says it.
    pub(crate) region: &'a str,
    /// The account of the credentials, where it is known.
    pub(crate) account: Option<&'a str>,
}

impl Place<'_> {
    /// `resource` is a pattern.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        self.arn_of(self.account, service, resource)
    }

    pub(super) fn arn_of(&self, account: Option<&str>, service: &str, resource: &str) -> String {
        let region = match service {
            "iam" => "",
            _ => &literal(self.region),
        };
        let (partition, account) = (self.partition, account.unwrap_or("*"));
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// What IAM has under this name, which no two of a kind have, with and without a path.
    pub(super) fn iam_arns(&self, kind: &str, name: &str) -> Vec<String> {
        let arn = |path| self.arn("iam", &format!("{kind}/{path}{name}"));
        vec![arn(""), arn("*/")]
    }

    /// An ARN as it is, or the name with what comes before it.
    pub(super) fn arn_or(&self, service: &str, kind: &str, text: &str) -> String {
        match begins_as_arn(text) {
            true => text.to_owned(),
            false => self.arn(service, &format!("{kind}{text}")),
        }
    }
}

/// Whether it is meant as an ARN and not as a name, whatever follows.
pub(super) fn begins_as_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// A name in a path or in a header, as a pattern.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    match decoded(text) {
        Cow::Borrowed(name) => literal(name),
        Cow::Owned(name) => Cow::Owned(literal(&name).into_owned()),
    }
}

/// A part of a path or of a header.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}
