//! Names in a record that mean more in a policy.

use proptest::prelude::*;

use super::*;
use crate::iam::literal::literal;
use crate::policy::pattern::Pattern;

#[test]
fn a_variable_in_a_key_is_no_variable_in_the_policy() {
    let odd = json!({"Resources": ["arn:aws:s3:::b/${aws:username}"]});
    assert_eq!(
        allowed(&[odd]),
        ["s3:GetObject on arn:aws:s3:::b/${$}{aws:username}"]
    );
}

#[test]
fn a_star_that_a_container_has_in_a_name_is_a_letter_in_the_policy() {
    let odd = json!({"Resources": ["arn:aws:s3:::b/${*}"]});
    let other = json!({"Resources": ["arn:aws:s3:::b/k"]});
    assert_eq!(
        allowed(&[odd.clone(), other]),
        ["s3:GetObject on arn:aws:s3:::b/${*} arn:aws:s3:::b/k"]
    );
    let denied = json!({"Actions": ["s3:PutObject"], "Resources": ["arn:aws:s3:::b/x"], "Status": 403,
        "Denial": {"Action": "s3:PutObjectTagging", "Resource": "arn:aws:s3:::b/${*}"}});
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    assert!(
        statements(&policy_of(&[denied], wish).expect("a policy"))
            .contains(&"s3:PutObjectTagging on arn:aws:s3:::b/${*}".to_owned())
    );
}

#[test]
fn an_action_of_a_record_is_no_pattern() {
    let wide = json!({"Actions": ["s3:*", "*", "s3:Get?bject", "${aws:x}:a", "s3:GetObject"]});
    assert_eq!(
        allowed(std::slice::from_ref(&wide)),
        ["s3:GetObject on arn:aws:s3:::b/k"]
    );
    assert_eq!(
        remarks(&[wide]),
        ["4 calls are not in the policy, because credrun does not know their operations"]
    );
}

proptest! {
    #[test]
    fn names_that_a_container_makes_up_break_nothing(
        names in prop::collection::vec("(arn:aws:[a-z0-9]{1,6}:[a-z0-9-]{0,3}:[0-9*]{0,12}:)?\\PC{0,24}", 1..8),
        action in "\\PC{0,12}",
    ) {
        let lines = [
            json!({"Actions": [action], "Resources": names, "Created": names, "PassedRoles": names, "KmsKeys": names}),
            json!({"Resources": names, "Status": 403, "Error": "AccessDenied",
                "Denial": {"Action": action, "Resource": names[0]}}),
        ];
        for level in [ResourceLevel::Exact, ResourceLevel::Prefix, ResourceLevel::Any] {
            let wish = Wish { level, denied: Denied::Included, limit: Limit::Session };
            if let Ok(policy) = policy_of(&lines, wish) {
                prop_assert!(policy.document.characters() <= Limit::Session.characters());
                output::summary::render(&policy);
                output::cloudformation::render(&policy);
                output::terraform::render(&policy);
            }
        }
    }

    #[test]
    fn a_policy_is_no_wider_than_the_names_of_its_record(
        keys in prop::collection::vec("([a-c*?${}/_.]|\\$\\{[*?$]\\}|\\$\\{aws:x\\}){1,12}", 1..5),
        other in "[a-c*?${}/_.]{1,12}",
    ) {
        let arn = |key: &str| format!("arn:aws:s3:::b/{key}");
        let names: Vec<_> = keys.iter().map(|key| arn(&literal(key))).collect();
        let exactly = |key: &str| Pattern::exact(&arn(key));
        for level in [ResourceLevel::Exact, ResourceLevel::Prefix] {
            let lines = [json!({"Resources": names})];
            let policy = policy_of(&lines, Wish { level, ..PREFIX }).expect("a policy");
            let resources = policy.document.statements[0].resources.values();
            let patterns: Vec<_> = resources
                .iter()
                .map(|one| Pattern::of_policy(one).expect("no variable"))
                .collect();
            let allows = |key: &str| patterns.iter().any(|one| one.fits_all(&exactly(key)));
            for key in &keys {
                prop_assert!(allows(key), "{key} {resources:?}");
            }
            if level == ResourceLevel::Exact || keys.len() == 1 {
                prop_assert_eq!(allows(&other), keys.contains(&other), "{:?}", resources);
            }
        }
    }

    #[test]
    fn what_is_written_into_a_record_by_hand_is_no_variable_and_no_wider(
        resource in "([a-c*?${}/_.]|\\$\\{[*?$a]\\}?){1,12}",
    ) {
        let resource = format!("arn:aws:s3:::b/{resource}");
        let lines = [json!({"Resources": [resource.clone()]})];
        for level in [ResourceLevel::Exact, ResourceLevel::Prefix] {
            let policy = policy_of(&lines, Wish { level, ..PREFIX }).expect("a policy");
            let found = policy.document.statements[0].resources.values();
            prop_assert_eq!(found.len(), 1);
            let found = Pattern::of_policy(&found[0]).expect("no variable");
            prop_assert_eq!(found, Pattern::of_record(&resource));
        }
    }
}
