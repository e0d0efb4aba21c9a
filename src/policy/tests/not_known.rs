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
fn where_a_line_has_no_room_for_all_keys_it_is_all_of_the_bucket() {
    let many = json!({"Actions": ["s3:DeleteObject"], "Resources": ["arn:aws:s3:::b/tmp/1"],
        "FurtherResources": 7});
    assert_eq!(
        allowed(std::slice::from_ref(&many)),
        ["s3:DeleteObject on arn:aws:s3:::b/*"]
    );
    assert!(remarks(&[many])[0].starts_with("not all resources known"));
}
