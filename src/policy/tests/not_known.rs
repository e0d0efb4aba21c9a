//! What a record does not say.

use super::*;

#[test]
fn lines_that_are_lost_are_counted_once_a_run() {
    let line = |lost: u64| {
        json!({"LinesLost": lost, "Actions": ["s3:GetObject"],
        "Resources": ["arn:aws:s3:::b/k"]})
    };
    let policy = policy_of(&[line(5), line(0), line(12)], PREFIX).expect("a policy");
    assert_eq!(policy.remarks, [Remark::Lost { lines: 12 }]);
}

#[test]
fn what_the_record_does_not_name_is_any_resource_and_this_is_said() {
    let observed = json!({"Verdict": "observed", "Resources": []});
    assert_eq!(
        allowed(&[json!({}), observed.clone()]),
        ["s3:GetObject on *"]
    );
    assert_eq!(
        remarks(&[observed]),
        [
            "resources unknown, so the policy has \"*\" for: s3:GetObject",
            "SDKs in the container reported 1 call (--live): they report no resources, and any process in \
             the container can forge a report",
        ]
    );
    let unknown = json!({"Module": null, "Operation": null, "Actions": [], "Resources": []});
    assert_eq!(
        remarks(&[json!({}), unknown]),
        ["1 call is not in the policy, because credrun does not know its operation"]
    );
}

#[test]
fn letters_that_cannot_be_seen_and_an_account_that_is_not_known_are_said() {
    let secret = json!({"Actions": ["secretsmanager:GetSecretValue"],
        "Resources": ["arn:aws:secretsmanager:eu-west-1:1:secret:db-??????"]});
    let letter = json!({"Resources": ["arn:aws:s3:::b/${?}"]});
    assert_eq!(remarks(&[secret, letter]), [""; 0]);
    let hidden = json!({"Resources": ["arn:aws:s3:::b/a?b"]});
    assert_eq!(
        remarks(std::slice::from_ref(&hidden)),
        [
            "letters of these names cannot be seen, so the policy has ? for each, which is any letter: \
             arn:aws:s3:::b/a?b"
        ]
    );
    let table = json!({"Actions": ["dynamodb:GetItem"],
        "Resources": ["arn:aws:dynamodb:eu-west-1:*:table/t"]});
    assert_eq!(
        remarks(std::slice::from_ref(&table)),
        [
            "the record does not say the account of these, so the policy has them in every account: \
             arn:aws:dynamodb:eu-west-1:*:table/t"
        ]
    );
    // Another call names it.
    let whole = json!({"Actions": ["dynamodb:PutItem"],
        "Resources": ["arn:aws:dynamodb:eu-west-1:1:table/t"]});
    assert_eq!(remarks(&[table.clone(), whole]), [""; 0]);
    let any = Wish {
        level: ResourceLevel::Any,
        ..PREFIX
    };
    let policy = policy_of(&[hidden, table], any).expect("a policy");
    assert_eq!(policy.remarks, []);
}

#[test]
fn where_a_line_has_no_room_for_all_keys_it_is_all_of_the_bucket() {
    let many = json!({"Actions": ["s3:DeleteObject"], "Resources": ["arn:aws:s3:::b/tmp/1"],
        "FurtherResources": 7});
    assert_eq!(
        allowed(std::slice::from_ref(&many)),
        ["s3:DeleteObject on arn:aws:s3:::b/*"]
    );
    assert!(remarks(&[many])[0].starts_with("not all resources known"));
}
