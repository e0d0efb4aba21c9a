//! Why a call is refused, in AWS's words where AWS has some. What reads AWS's messages reads these.

use crate::iam::action::Action;
use crate::iam::pattern::Pattern;

/// As much is repeated of what the container sent.
const MOST: usize = 300;

/// A pattern of `--deny` fits. `resource` is an ARN.
pub(crate) fn denied(action: Action, resource: Option<&str>, pattern: &Pattern) -> String {
    let call = not_authorized(&action, resource);
    format!("{call} with an explicit deny in credrun's --deny ({pattern})")
}

/// No pattern of `--allow` fits these. What reads AWS's messages looks for one.
pub(crate) fn not_allowed(actions: &[Action], resource: Option<&str>) -> String {
    let Some((first, others)) = actions.split_first() else {
        return String::new();
    };
    let call = not_authorized(first, resource);
    let others: String = others.iter().map(|one| format!(", nor {one}")).collect();
    format!("{call} because no --allow of credrun allows the {first} action{others}")
}

/// The answer has keys to AWS that outlive the run.
pub(crate) fn not_named(action: Action) -> String {
    let call = not_authorized(&action, None);
    format!(
        "{call} because the answer has keys to AWS that outlive the container; \
         credrun lets it through with --allow {action}, not with a pattern that has a wildcard"
    )
}

/// Which operation it is is not known, and there are lists. `call` is what names it: a target, an
/// `Action`, or method and path.
pub(crate) fn unknown(call: &str) -> String {
    let call = start(call);
    format!(
        "User: the container is not authorized to make this call ({call}) \
         because credrun does not know its action, and --allow and --deny let only known actions through"
    )
}

/// AWS's reference does not have the action, and a pattern of `--deny` is for its service.
pub(crate) fn uncertain(action: Action, pattern: &Pattern) -> String {
    let refused = not_authorized(&action, None);
    format!(
        "{refused} because AWS's reference does not have this action, so that --deny ({pattern}) may be meant \
         for it by another name; --allow {action} lets it through (beside --allow '*', if there is no other --allow)"
    )
}

/// Which operation it is is not known, and it could be one whose answer has keys.
pub(crate) fn unknown_with_keys(call: &str) -> String {
    let call = start(call);
    format!(
        "User: the container is not authorized to make this call ({call}) \
         because credrun does not know its action, and this service gives out keys"
    )
}

fn not_authorized(action: &Action, resource: Option<&str>) -> String {
    let on = resource.map(|arn| format!(" on resource: {}", start(arn)));
    let on = on.unwrap_or_default();
    format!("User: the container is not authorized to perform: {action}{on}")
}

fn start(text: &str) -> &str {
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELETE: Action = Action {
        service: "s3",
        name: "DeleteObject",
    };

    #[test]
    fn refusals_are_in_the_words_of_aws() {
        let pattern: Pattern = "s3:Delete*".parse().expect("a pattern");
        assert_eq!(
            denied(DELETE, Some("arn:aws:s3:::b/k"), &pattern),
            "User: the container is not authorized to perform: s3:DeleteObject on resource: \
             arn:aws:s3:::b/k with an explicit deny in credrun's --deny (s3:Delete*)"
        );
        assert_eq!(
            not_allowed(&[DELETE], None),
            "User: the container is not authorized to perform: s3:DeleteObject \
             because no --allow of credrun allows the s3:DeleteObject action"
        );
        assert_eq!(
            uncertain(DELETE, &pattern),
            "User: the container is not authorized to perform: s3:DeleteObject because AWS's reference does \
             not have this action, so that --deny (s3:Delete*) may be meant for it by another name; \
             --allow s3:DeleteObject lets it through (beside --allow '*', if there is no other --allow)"
        );
        let version = Action {
            name: "DeleteObjectVersion",
            ..DELETE
        };
        assert!(
            not_allowed(&[DELETE, version], None)
                .ends_with("the s3:DeleteObject action, nor s3:DeleteObjectVersion")
        );
    }

    #[test]
    fn what_the_container_sent_is_repeated_in_part_only() {
        let long = "é".repeat(1000);
        assert!(not_allowed(&[DELETE], Some(&long)).len() < 600);
        assert!(unknown(&long).len() < 600);
        assert!(unknown("A.B").contains("(A.B)"));
    }
}
