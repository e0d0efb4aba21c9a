use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

fn role() -> AwsArgs {
    AwsArgs {
        role_arn: vec![ROLE.to_owned()],
        ..AwsArgs::default()
    }
}

fn resolve(args: &AwsArgs) -> Result<SourcePlan, CredentialsError> {
    SourcePlan::resolve(args, &Environment::fixed([]))
}

fn message(args: &AwsArgs) -> String {
    resolve(args).expect_err("refused").to_string()
}

#[test]
fn no_flags_are_the_chain_with_the_default_profile() {
    let plan = resolve(&AwsArgs::default()).expect("a plan");
    assert_eq!(plan.pick, Pick::Chain);
    assert_eq!(plan.profile, ProfileName::new("default", NamedBy::Nobody));
    assert!(plan.roles.is_empty());
    assert!(plan.region.is_none());
}

#[test]
fn the_profile_is_the_flags_then_aws_profiles_then_the_older_variables() {
    let both = Environment::fixed([
        (vars::AWS_PROFILE, "new"),
        (vars::AWS_DEFAULT_PROFILE, "old"),
    ]);
    let old = Environment::fixed([(vars::AWS_DEFAULT_PROFILE, "old"), (vars::AWS_PROFILE, "")]);
    let flag = AwsArgs {
        profile: Some("flag".to_owned()),
        ..AwsArgs::default()
    };
    let name = |args: &AwsArgs, environment| {
        SourcePlan::resolve(args, environment)
            .expect("a plan")
            .profile
    };
    assert_eq!(name(&flag, &both), ProfileName::new("flag", NamedBy::Flag));
    let variable = NamedBy::Variable(vars::AWS_PROFILE);
    assert_eq!(
        name(&AwsArgs::default(), &both),
        ProfileName::new("new", variable)
    );
    let variable = NamedBy::Variable(vars::AWS_DEFAULT_PROFILE);
    assert_eq!(
        name(&AwsArgs::default(), &old),
        ProfileName::new("old", variable)
    );
}

#[test]
fn a_profile_and_another_source_contradict_each_other() {
    let args = AwsArgs {
        profile: Some("dev".to_owned()),
        credential_source: Some(CredentialSource::Environment),
        ..AwsArgs::default()
    };
    assert_eq!(
        message(&args),
        "--profile: it conflicts with --credential-source"
    );
    let args = AwsArgs {
        credential_source: Some(CredentialSource::Profile),
        ..args
    };
    assert!(resolve(&args).is_ok());
}

#[test]
fn half_a_pair_matters_only_where_the_environment_is_asked() {
    let half = Environment::fixed([(vars::AWS_ACCESS_KEY_ID, "AKIA")]);
    assert!(SourcePlan::resolve(&AwsArgs::default(), &half).is_err());
    let profile = AwsArgs {
        profile: Some("dev".to_owned()),
        ..AwsArgs::default()
    };
    assert!(SourcePlan::resolve(&profile, &half).is_ok());
    let endpoint = AwsArgs {
        credential_source: Some(CredentialSource::EcsContainer),
        ..AwsArgs::default()
    };
    assert!(SourcePlan::resolve(&endpoint, &half).is_ok());
}

#[test]
fn what_describes_the_set_belongs_to_the_last_role_and_names_to_each() {
    let args = AwsArgs {
        role_arn: vec![ROLE.to_owned(), ROLE.replace("deploy", "spoke")],
        role_session_name: Some("me".to_owned()),
        source_identity: Some("jane".to_owned()),
        external_id: Some("ticket".to_owned()),
        tags: vec!["Key=team,Value=blue".to_owned()],
        ..AwsArgs::default()
    };
    let plan = resolve(&args).expect("a plan");
    let mut roles = plan.roles;
    plan.about_role.apply_to(&mut roles[1]);
    assert_eq!(roles[0].session_name.as_deref(), Some("me"));
    for role in &roles {
        assert_eq!(role.source_identity.as_deref(), Some("jane"));
    }
    assert_eq!((roles[0].tags.len(), roles[1].tags.len()), (0, 1));
    assert_eq!(roles[0].external_id, None);
}

#[test]
fn what_describes_a_role_needs_one() {
    let text = || Some("ticket".to_owned());
    for (flag, args) in [
        (
            "--role-session-name",
            AwsArgs {
                role_session_name: text(),
                ..AwsArgs::default()
            },
        ),
        (
            "--external-id",
            AwsArgs {
                external_id: text(),
                ..AwsArgs::default()
            },
        ),
        (
            "--source-identity",
            AwsArgs {
                source_identity: text(),
                ..AwsArgs::default()
            },
        ),
        (
            "--policy",
            AwsArgs {
                policy: Some(r#"{"Statement":[]}"#.to_owned()),
                ..AwsArgs::default()
            },
        ),
        (
            "--policy-arns",
            AwsArgs {
                policy_arns: vec!["arn:aws:iam::aws:policy/X".to_owned()],
                ..AwsArgs::default()
            },
        ),
        (
            "--tags",
            AwsArgs {
                tags: vec!["Key=a,Value=b".to_owned()],
                ..AwsArgs::default()
            },
        ),
    ] {
        // A profile could name a role; the environment cannot.
        assert!(resolve(&args).is_ok(), "{flag}");
        let args = AwsArgs {
            credential_source: Some(CredentialSource::Environment),
            ..args
        };
        let message = message(&args);
        assert_eq!(
            message,
            format!("{flag}: it is for a role, but no role is assumed")
        );
    }
}

#[test]
fn a_session_without_a_role_may_live_longer_than_one_with() {
    let long = Some(129_600);
    let session = AwsArgs {
        duration_seconds: long,
        ..AwsArgs::default()
    };
    assert_eq!(resolve(&session).expect("a plan").duration, long);
    assert!(
        resolve(&AwsArgs {
            duration_seconds: long,
            ..role()
        })
        .is_err()
    );
}

#[test]
fn a_code_needs_a_device_or_a_profile_that_may_name_one() {
    let code = Some(SecretString::from("123456"));
    let args = AwsArgs {
        token_code: code,
        ..role()
    };
    assert!(resolve(&args).is_ok());
    let args = AwsArgs {
        credential_source: Some(CredentialSource::Environment),
        ..args
    };
    assert_eq!(message(&args), "--token-code: no MFA device is set");
}

#[test]
fn no_debug_shows_the_code() {
    let args = AwsArgs {
        token_code: Some("123456".into()),
        serial_number: Some("arn:aws:iam::123456789012:mfa/me".to_owned()),
        ..role()
    };
    let plan = resolve(&args).expect("a plan");
    assert!(!format!("{args:?} {plan:?}").contains("123456\""));
}

#[test]
fn an_hour_is_the_longest_of_a_chain_of_roles_and_no_less_than_of_one() {
    let with_roles = |count: usize, seconds| {
        resolve(&AwsArgs {
            role_arn: vec![ROLE.to_owned(); count],
            duration_seconds: Some(seconds),
            ..AwsArgs::default()
        })
    };
    assert!(with_roles(1, 43_200).is_ok());
    assert!(with_roles(2, 3600).is_ok());
    for roles in [2, 3] {
        assert!(with_roles(roles, 3601).is_err(), "{roles}");
    }
}

#[test]
fn a_record_on_stdin_is_the_programs_and_none_is_no_policy() {
    assert_eq!(recorded(&[]).expect("nothing to read").0, None);
    let error = recorded(&["calls.jsonl".into(), "-".into()]).expect_err("refused");
    assert!(error.to_string().starts_with("--policy-from: "), "{error}");
}
