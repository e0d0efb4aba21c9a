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

/// A call of KMS on a key that it names by an alias.
fn by_alias(action: &str, alias: &str) -> Value {
    let (_, operation) = action.split_once(':').expect("an action");
    json!({"Module": "kms", "Operation": operation, "Actions": [action], "Resources": [KEYS],
        "KeyAliases": {action: alias}})
}

const KEYS: &str = "arn:aws:kms:eu-west-1:1:key/*";

#[test]
fn a_key_that_is_called_by_its_alias_is_allowed_by_that_alias_alone() {
    let lines = [
        by_alias("kms:Encrypt", "alias/b"),
        by_alias("kms:Decrypt", "alias/b"),
        by_alias("kms:Encrypt", "alias/a"),
        by_alias("kms:Decrypt", "alias/a"),
        by_alias("kms:Sign", "alias/c"),
    ];
    let both =
        format!("kms:Decrypt kms:Encrypt on {KEYS} if kms:RequestAlias is alias/a or alias/b");
    let sign = format!("kms:Sign on {KEYS} if kms:RequestAlias is alias/c");
    assert_eq!(allowed(&lines), [both, sign]);
    assert_eq!(remarks(&lines), [""; 0]);
    let policy = policy_of(&lines, PREFIX).expect("a policy");
    let page = output::summary::render(&policy);
    let row = format!("     1  kms:Encrypt on {KEYS} as alias/a\n");
    assert!(page.contains(&row), "{page}");
    let any = Wish {
        level: ResourceLevel::Any,
        ..PREFIX
    };
    let any = policy_of(&lines[..1], any).expect("a policy");
    assert_eq!(statements(&any), ["kms:Encrypt on *"]);
}

#[test]
fn a_denial_that_names_the_key_behind_an_alias_does_not_take_the_aliass_place() {
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let mut denied = by_alias("kms:Encrypt", "alias/a");
    denied["Status"] = json!(400);
    denied["Error"] = json!("AccessDeniedException");
    denied["Denial"] =
        json!({"Action": "kms:Encrypt", "Resource": key, "Policy": "identity-based"});
    let wish = Wish {
        denied: Denied::Included,
        ..PREFIX
    };
    let policy = policy_of(&[denied], wish).expect("a policy");
    let expected = format!("kms:Encrypt on {KEYS} if kms:RequestAlias is alias/a");
    assert_eq!(statements(&policy), [expected]);
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
