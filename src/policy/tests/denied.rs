//! Calls that were denied.

use super::*;

fn denied(by: &Value) -> Value {
    json!({"Status": 403, "Error": "AccessDenied", "Denial": by})
}

#[test]
fn denied_calls_are_left_out_and_this_is_said() {
    let refused = json!({"Verdict": "refused", "Rule": "--deny s3:Delete*", "Status": 403, "Actions": ["s3:DeleteObject"]});
    let by_aws = json!({"Status": 403, "Error": "AccessDenied", "Actions": ["s3:PutObject"]});
    let head = json!({"Status": 403, "Actions": ["s3:ListBucket"]});
    let all = [json!({}), refused.clone(), by_aws.clone(), head];
    assert_eq!(allowed(&all), ["s3:GetObject on arn:aws:s3:::b/k"]);
    assert_eq!(
        remarks(&all),
        ["3 denied calls are not in the policy; --include-denied adds them"]
    );
    let only = policy_of(&[refused, by_aws], PREFIX).expect_err("all are denied");
    assert!(matches!(only, PolicyError::AllDenied { calls: 2, .. }));
}

#[test]
fn a_policy_that_is_too_long_does_not_get_back_what_deny_refused() {
    let mut lines: Vec<_> = (0..400)
        .map(|n| json!({"Module": "x", "Operation": "Get", "Actions": [format!("x:GetThing{n}X{n}")], "Resources": []}))
        .collect();
    lines.push(
        json!({"Verdict": "refused", "Rule": "--deny x:GetSecret", "Status": 403,
        "Module": "x", "Actions": ["x:GetSecret"], "Resources": []}),
    );
    let refused = policy_of(&lines, PREFIX).expect_err("it must not have x:Get*");
    assert!(matches!(refused, PolicyError::TooLarge { .. }), "{refused}");
    lines.pop();
    assert_eq!(allowed(&lines), ["x:Get* on *"]);
}

#[test]
fn include_denied_allows_what_lists_and_aws_denied_but_no_bad_signature() {
    let lines = [
        json!({"Verdict": "refused", "Rule": "--allow", "Status": 403, "Actions": ["s3:DeleteObject"]}),
        json!({"Verdict": "refused", "Rule": "signature", "Status": 403, "Actions": ["s3:PutObject"]}),
        denied(&json!({"Action": "s3:GetObject", "Policy": "service-control", "IsExplicit": true})),
    ];
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    assert_eq!(
        statements(&policy_of(&lines, wish).expect("a policy")),
        ["s3:DeleteObject s3:GetObject on arn:aws:s3:::b/k"]
    );
}

#[test]
fn a_session_policy_allows_what_was_denied_for_want_of_rights_and_nothing_that_was_refused_on_purpose()
 {
    let lines = [
        json!({"Status": 403, "Error": "AccessDenied"}),
        denied(&json!({"Action": "s3:GetObject", "Policy": "identity-based", "IsExplicit": false})),
        json!({"Verdict": "refused", "Rule": "--deny s3:Delete*", "Status": 403, "Actions": ["s3:DeleteObject"]}),
        json!({"Actions": ["s3:PutObject"], "Status": 403, "Error": "AccessDenied",
            "Denial": {"Action": "s3:PutObject", "Policy": "identity-based", "IsExplicit": true}}),
    ];
    let wish = Wish {
        denied: Denied::ForWantOfRights,
        limit: Limit::Session,
        ..PREFIX
    };
    let policy = policy_of(&lines, wish).expect("a policy");
    assert_eq!(statements(&policy), ["s3:GetObject on arn:aws:s3:::b/k"]);
    assert_eq!(
        policy.remarks,
        [Remark::LeftOut {
            calls: 2,
            denied: Denied::ForWantOfRights
        }]
    );
    let refused = policy_of(&lines[2..], wish).expect_err("all on purpose");
    assert!(refused.hint().expect("a hint").contains("session policy"));
}

#[test]
fn what_only_an_sdk_reports_as_denied_is_allowed_on_demand_alone() {
    let forged = json!({"Verdict": "observed", "Module": "iam", "Operation": "CreateUser",
        "Actions": ["iam:CreateUser"], "Resources": [], "Status": 403, "Error": "AccessDenied",
        "Denial": {"Action": "iam:CreateUser", "Policy": "identity-based", "IsExplicit": false}});
    let lines = [json!({}), forged];
    let with = |denied, limit| {
        let wish = Wish {
            denied,
            limit,
            ..PREFIX
        };
        policy_of(&lines, wish).expect("a policy")
    };
    let session = with(Denied::ForWantOfRights, Limit::Session);
    assert_eq!(statements(&session), ["s3:GetObject on arn:aws:s3:::b/k"]);
    let remarks: Vec<_> = session.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(
        remarks,
        [
            "SDKs in the container reported 1 call (--live): they report no resources, and any process in \
             the container can forge a report",
            "1 denied call is not in the policy: --allow or --deny refused it, a policy denies it \
             explicitly, or only an SDK reported the denial",
        ]
    );
    for denied in [Denied::LeftOut, Denied::Included] {
        let policy = with(denied, Limit::Managed);
        let is_allowed = statements(&policy).contains(&"iam:CreateUser on *".to_owned());
        assert_eq!(is_allowed, denied == Denied::Included, "{denied:?}");
    }
}

#[test]
fn the_action_that_aws_names_is_allowed_too_and_replaces_a_guess() {
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let hidden = json!({"Status": 403, "Error": "AccessDenied",
        "Denial": {"Action": "kms:Decrypt", "Resource": key}});
    assert_eq!(
        statements(&policy_of(&[hidden], wish).expect("a policy")),
        [
            format!("kms:Decrypt on {key} if kms:ViaService is s3.eu-west-1.amazonaws.com"),
            "s3:GetObject on arn:aws:s3:::b/k".to_owned()
        ]
    );
    let guess = json!({"Module": "newservice", "Actions": ["newservice:ListThings"], "Resources": [],
        "Status": 403, "Error": "AccessDenied",
        "Denial": {"Action": "newservice:DescribeThings", "Resource": "arn:aws:newservice:eu-west-1:1:thing/t"}});
    assert_eq!(
        statements(&policy_of(&[guess], wish).expect("a policy")),
        ["newservice:DescribeThings on arn:aws:newservice:eu-west-1:1:thing/t"]
    );
}

#[test]
fn a_denied_call_is_told_by_the_action_that_was_denied() {
    let copy = json!({"Actions": ["s3:GetObject", "s3:PutObject"],
        "Resources": ["arn:aws:s3:::a/k", "arn:aws:s3:::b/k"],
        "ResourcesOf": {"s3:GetObject": ["arn:aws:s3:::a/k"], "s3:PutObject": ["arn:aws:s3:::b/k"]}});
    let denied = |changes: Value| -> Vec<String> {
        let mut keys = copy.clone();
        for (name, value) in changes.as_object().expect("keys") {
            keys[name] = value.clone();
        }
        let mut seen = Seen::new(Denied::LeftOut);
        seen.add(0, &serde_json::from_str(&line(&keys)).expect("a line"));
        let calls = seen.denials.keys();
        let told = calls.map(|call| (call.action.as_str(), call.resource.as_deref()));
        told.map(|(action, on)| format!("{action} on {}", on.unwrap_or_default()))
            .collect()
    };
    assert_eq!(
        denied(
            json!({"Verdict": "refused", "Rule": "--deny s3:Put*", "RefusedAction": "s3:PutObject"})
        ),
        ["s3:PutObject on arn:aws:s3:::b/k"]
    );
    assert_eq!(
        denied(
            json!({"Verdict": "refused", "Rule": "--deny iam:*", "RefusedAction": "iam:PassRole",
            "PassedRoles": [ROLE]})
        ),
        [format!("iam:PassRole on {ROLE}")]
    );
    // Either can be the one that AWS means.
    assert_eq!(
        denied(json!({"Status": 403, "Error": "AccessDenied"})),
        [
            "s3:GetObject or s3:PutObject on arn:aws:s3:::a/k",
            "s3:GetObject or s3:PutObject on arn:aws:s3:::b/k"
        ]
    );
}

#[test]
fn what_a_denial_names_and_nobody_knows_is_left_out_and_said() {
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    let lines = [
        json!({}),
        json!({"Module": "cloudwatch", "Operation": "PutMetricData", "Actions": ["cloudwatch:PutMetricData"],
            "Resources": [], "Status": 403, "Error": "AccessDenied", "Denial": {"Action": "monitoring:PutMetricData"}}),
        json!({"Module": "iam", "Operation": "CreateRole", "Actions": [], "Resources": [], "Status": 403,
            "Error": "AccessDenied", "Denial": {"Action": "iam:PassRole", "Resource": ROLE}}),
    ];
    let policy = policy_of(&lines, wish).expect("a policy");
    let expected = [
        "cloudwatch:PutMetricData on *",
        "s3:GetObject on arn:aws:s3:::b/k",
    ];
    assert_eq!(statements(&policy), expected);
    let actions = vec!["monitoring:PutMetricData".to_owned()];
    assert!(policy.remarks.contains(&Remark::NoActions { actions }));
    let roles = vec![ROLE.to_owned()];
    assert!(policy.remarks.contains(&Remark::NotPassed { roles }));
}
