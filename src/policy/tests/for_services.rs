//! Rights that are for one service alone: on the roles that it is passed, and on keys of KMS.

use super::*;

#[test]
fn a_passed_role_is_allowed_for_its_service_alone() {
    let create = json!({"Module": "lambda", "Operation": "CreateFunction20150331",
        "Actions": ["lambda:CreateFunction"], "Resources": ["arn:aws:lambda:eu-west-1:1:function:f"],
        "PassedRoles": [ROLE]});
    let denied = json!({"Module": "lambda", "Actions": [], "Resources": [], "Status": 403,
        "Error": "AccessDeniedException", "Denial": {"Action": "iam:PassRole", "Resource": ROLE}});
    let pass = format!("iam:PassRole on {ROLE} if iam:PassedToService is lambda.amazonaws.com");
    assert_eq!(allowed(&[create])[0], pass);
    let wish = Wish {
        denied: Denied::Included,
        level: ResourceLevel::Any,
        ..PREFIX
    };
    // Any resource, but not any role.
    assert_eq!(
        statements(&policy_of(&[denied], wish).expect("a policy")),
        [pass]
    );
}

#[test]
fn an_instance_profile_grants_nothing_and_is_remarked() {
    let profile = "arn:aws:iam::1:instance-profile/p";
    let run = json!({"Module": "ec2", "Operation": "RunInstances",
        "Actions": ["ec2:RunInstances"], "Resources": ["arn:aws:ec2:eu-west-1::image/ami-1"],
        "PassedRoles": [profile]});
    let policy = policy_of(&[run], PREFIX).expect("a policy");
    assert_eq!(
        statements(&policy),
        ["ec2:RunInstances on arn:aws:ec2:eu-west-1::image/ami-1"]
    );
    let profiles = vec![profile.to_owned()];
    assert_eq!(policy.remarks, [Remark::Profiles { profiles }]);
}

#[test]
fn keys_that_answers_name_are_allowed_by_way_of_the_service() {
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let of = |operation: &str| {
        let lines = [json!({"Operation": operation, "KmsKeys": [key]})];
        allowed(&lines)
            .into_iter()
            .find(|one| one.starts_with("kms:"))
    };
    let via = format!("on {key} if kms:ViaService is s3.eu-west-1.amazonaws.com");
    assert_eq!(of("GetObject"), Some(format!("kms:Decrypt {via}")));
    assert_eq!(of("PutObject"), Some(format!("kms:GenerateDataKey {via}")));
    assert_eq!(
        of("CopyObject"),
        Some(format!("kms:Decrypt kms:GenerateDataKey {via}"))
    );
    assert_eq!(of("HeadObject"), None);
}

#[test]
fn no_right_on_a_key_is_guessed() {
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let of = |module: &str, key: &str| {
        allowed(&[json!({"Module": module, "KmsKeys": [key]})])
            .into_iter()
            .filter(|one| one.starts_with("kms:"))
            .count()
    };
    assert_eq!(of("s3", key), 1);
    assert_eq!(of("s3", "arn:aws:kms:eu-west-1:1:alias/aws/s3"), 0);
    assert_eq!((of("kms", key), of("rds", key)), (0, 0));
    let said = |module: &str| remarks(&[json!({"Module": module, "KmsKeys": [key]})]).join("");
    assert!(said("rds").ends_with(key), "{}", said("rds"));
    assert_eq!(said("kms"), "");
}
