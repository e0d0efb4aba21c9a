//! ARNs that a request does not say in full: it has not the path of a role, and not the six letters of a
//! secret. Another call of the records can have named the whole.

use std::collections::HashMap;

use crate::iam::arn::Arn;

/// What ARNs of the records say of others.
#[derive(Debug, Default)]
pub(super) struct Completion {
    /// The only ARN of a form. None where there are several.
    of: HashMap<String, Option<String>>,
}

impl Completion {
    /// An ARN that a call has named in full.
    pub(super) fn know(&mut self, arn: &str) {
        for form in forms(arn) {
            let only = self.of.entry(form).or_insert_with(|| Some(arn.to_owned()));
            if only.as_deref() != Some(arn) {
                *only = None;
            }
        }
    }

    /// The whole of it. None where that is not certain.
    pub(super) fn whole(&self, form: &str) -> Option<&str> {
        self.of.get(form)?.as_deref()
    }
}

/// How a request can leave the ARN: without its account, and without a part of its name.
fn forms(arn: &str) -> Vec<String> {
    let Some(Arn {
        partition,
        service,
        region,
        account,
        resource,
    }) = Arn::parse(arn)
    else {
        return Vec::new();
    };
    let mut names = names(service, resource);
    names.push(resource.to_owned());
    let accounts = match account.is_empty() {
        true => vec![account],
        false => vec![account, "*"],
    };
    let mut forms = Vec::new();
    for name in names {
        for account in &accounts {
            let form = format!("arn:{partition}:{service}:{region}:{account}:{name}");
            forms.extend((form != arn).then_some(form));
        }
    }
    forms
}

fn names(service: &str, name: &str) -> Vec<String> {
    match (service, name.split_once('/'), name.rsplit_once('/')) {
        ("iam", Some((kind, _)), Some((_, last))) => {
            vec![format!("{kind}/{last}"), format!("{kind}/*/{last}")]
        }
        ("secretsmanager", ..) => {
            let end = name.len().checked_sub(7);
            let named = end.and_then(|end| name.split_at_checked(end));
            let named = named.filter(|(_, letters)| letters.starts_with('-'));
            named
                .map(|(name, _)| format!("{name}-??????"))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_completed_by_the_only_arn_that_has_it() {
        let mut known = Completion::default();
        for arn in [
            "arn:aws:iam::1:role/svc/app",
            "arn:aws:iam::1:role/svc/myapp",
            "arn:aws:secretsmanager:r:1:secret:a/db-aB3dEf",
            "arn:aws:dynamodb:r:1:table/t",
            "arn:aws:dynamodb:r:2:table/u",
            "arn:aws:dynamodb:r:3:table/u",
            "arn:aws:s3:::b",
            "nonsense",
        ] {
            known.know(arn);
            known.know(arn);
        }
        for (form, whole) in [
            (
                "arn:aws:iam::1:role/app",
                Some("arn:aws:iam::1:role/svc/app"),
            ),
            (
                "arn:aws:iam::*:role/*/app",
                Some("arn:aws:iam::1:role/svc/app"),
            ),
            ("arn:aws:iam::1:user/app", None),
            (
                "arn:aws:secretsmanager:r:1:secret:a/db-??????",
                Some("arn:aws:secretsmanager:r:1:secret:a/db-aB3dEf"),
            ),
            (
                "arn:aws:dynamodb:r:*:table/t",
                Some("arn:aws:dynamodb:r:1:table/t"),
            ),
            ("arn:aws:dynamodb:r:*:table/u", None),
            ("arn:aws:dynamodb:r:1:table/t", None),
            ("arn:aws:s3:::b", None),
        ] {
            assert_eq!(known.whole(form), whole, "{form}");
        }
    }
}
