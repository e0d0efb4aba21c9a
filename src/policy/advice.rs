//! The statements that would allow what AWS denied, for the end of a run: made as those of a policy are.

use super::document::{Conditions, Statement};
use super::grants::{Grant, equals, joined};
use super::passed;
use super::statements::document;
use crate::iam::reference::takes_resources;
use crate::record::denials::{Denied, ForCall};

/// Statements for what was denied, with at most so many resources of each action. What
/// [`must_be_named`] is left out.
pub(crate) fn statements(denied: &Denied, most: usize) -> Vec<Statement> {
    let mut grants = Vec::new();
    for (action, on) in &denied.actions {
        if must_be_named(denied, action) {
            continue;
        }
        let mut on: Vec<_> = on.iter().take(most).map(String::as_str).collect();
        if on.is_empty() || takes_resources(action) == Some(false) {
            on = vec!["*"];
        }
        grants.extend(on.into_iter().map(|resource| Grant {
            action: action.clone(),
            resources: vec![resource.to_owned()],
            conditions: conditions(denied.for_call.as_ref(), action, resource),
        }));
    }
    document(&joined(grants), false).statements
}

/// Whether the resource of the action is not known, and `*` would be a right over the account.
pub(crate) fn must_be_named(denied: &Denied, action: &str) -> bool {
    let is_known = denied.actions.get(action).is_some_and(|on| {
        let mut on = on.iter();
        on.any(|resource| resource != "*")
    });
    let service = action.split(':').next().unwrap_or_default();
    let is_sensitive = ["iam", "sts"].map(|one| one.eq_ignore_ascii_case(service));
    is_sensitive.contains(&true) && !is_known && takes_resources(action) != Some(false)
}

/// What is needed for a call of another service is allowed for that service alone.
fn conditions(call: Option<&ForCall>, action: &str, resource: &str) -> Conditions {
    let Some(call) = call else {
        return Conditions::new();
    };
    if passed::is_pass_role(action) {
        return equals(
            "iam:PassedToService",
            &passed::principals(Some(call.module), call.operation, resource),
        );
    }
    let via = call
        .region
        .as_deref()
        .and_then(|region| passed::via(call.module, region));
    equals("kms:ViaService", via.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::123456789012:role/app";

    fn advice(action: &str, on: &[&str], for_call: Option<ForCall>) -> Vec<String> {
        let on = on.iter().map(|&one| one.to_owned()).collect();
        let denied = Denied {
            actions: [(action.to_owned(), on)].into(),
            calls: 1,
            is_action_told: true,
            reason: crate::record::denials::Reason::default(),
            further_resources: 0,
            for_call,
        };
        let statements = statements(&denied, 5);
        let json = statements.iter().map(serde_json::to_string);
        json.collect::<Result<_, _>>().expect("JSON")
    }

    fn call(module: &'static str) -> Option<ForCall> {
        Some(ForCall {
            module,
            operation: None,
            region: Some("eu-west-1".to_owned()),
        })
    }

    #[test]
    fn a_role_and_a_key_are_allowed_for_the_service_of_the_call_alone() {
        let pass = advice("iam:PassRole", &[ROLE], call("lambda"));
        assert!(pass[0].contains(r#"{"iam:PassedToService":["lambda.amazonaws.com"]}"#));
        let key = "arn:aws:kms:eu-west-1:123456789012:key/k";
        let decrypt = advice("kms:Decrypt", &[key], call("s3"));
        assert!(decrypt[0].contains(r#"{"kms:ViaService":["s3.eu-west-1.amazonaws.com"]}"#));
    }

    #[test]
    fn no_statement_is_on_all_roles_or_identities() {
        for action in ["iam:PassRole", "iam:CreateUser", "sts:AssumeRole"] {
            assert_eq!(advice(action, &[], None), [""; 0], "{action}");
            assert_eq!(advice(action, &["*"], None), [""; 0], "{action}");
            assert_eq!(advice(action, &[ROLE], None).len(), 1, "{action}");
        }
        assert_eq!(advice("sqs:SendMessage", &[], None).len(), 1);
    }

    #[test]
    fn a_variable_in_a_name_is_no_variable_in_the_statement() {
        let odd = advice("s3:GetObject", &["arn:aws:s3:::b/${aws:username}"], None);
        assert!(odd[0].contains("${$}{aws:username}"), "{odd:?}");
    }
}
