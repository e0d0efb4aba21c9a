use super::*;

const ALICE: &str = "arn:aws:iam::123456789012:user/alice";

fn args<const A: usize, const P: usize>(
    actions: [&str; A],
    managed_policies: [&str; P],
) -> RoleTemplateArgs {
    RoleTemplateArgs {
        actions: actions.map(str::to_owned).to_vec(),
        managed_policies: managed_policies.map(str::to_owned).to_vec(),
        trusted_principal: None,
        role_name: None,
        format: TemplateFormat::Cloudformation,
        ..RoleTemplateArgs::default()
    }
}

fn print(args: &RoleTemplateArgs, principal: &str) -> Result<String, RoleTemplateError> {
    render(args, &Recorded::default(), principal)
}

fn refusal(args: &RoleTemplateArgs, principal: &str) -> String {
    print(args, principal).expect_err("refused").to_string()
}

#[test]
fn a_template_reads_from_rights_to_outputs() {
    let mut args = args(
        ["s3:ListAllMyBuckets", "*"],
        ["arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess"],
    );
    args.role_name = Some("tool".to_owned());
    assert_eq!(
        print(&args, ALICE).expect("a template"),
        r#"AWSTemplateFormatVersion: '2010-09-09'
Description: 'A role for containers. Deploy it with: aws cloudformation deploy --stack-name NAME --template-file FILE --capabilities CAPABILITY_NAMED_IAM'
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: tool
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              AWS: arn:aws:iam::123456789012:user/alice
            Action: sts:AssumeRole
      Policies:
        - PolicyName: AllowedActions
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action:
                  - s3:ListAllMyBuckets
                  - '*'
                Resource: '*'
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess
Outputs:
  RoleArn:
    Description: The role's ARN
    Value:
      Fn::GetAtt:
        - Role
        - Arn
  RunCommand:
    Description: Runs a container with this role
    Value:
      Fn::Sub: credrun --role-arn ${Role.Arn} IMAGE COMMAND
  ExportCommand:
    Description: Puts credentials of this role into the shell
    Value:
      Fn::Sub: eval "$(credrun export --role-arn ${Role.Arn} --format env)"
  DockerCommand:
    Description: Runs a container with this role by docker itself
    Value:
      Fn::Sub: docker run --rm --env-file <(credrun export --role-arn ${Role.Arn} --format env-no-export) IMAGE COMMAND
"#
    );
}

#[test]
fn what_was_not_asked_for_is_not_in_the_template() {
    let template = print(&args(["s3:GetObject"], []), ALICE).expect("a template");
    assert!(!template.contains("ManagedPolicyArns"), "{template}");
    assert!(!template.contains("RoleName"), "{template}");
    assert!(
        template.contains("--capabilities CAPABILITY_IAM'"),
        "{template}"
    );

    let template = print(&args([], ["arn:aws:iam::aws:policy/ReadOnlyAccess"]), ALICE);
    assert!(!template.expect("a template").contains("Policies:\n"));
}

#[test]
fn a_role_without_rights_is_refused() {
    assert_eq!(
        refusal(&args([], []), ALICE),
        "the role would have no rights"
    );
}

#[test]
fn what_is_not_an_action_is_refused_by_name() {
    for wrong in [
        "s3",
        "s3:",
        ":GetObject",
        "s3:Get Object",
        "s3 :Get",
        "s3:Get\"",
        "",
    ] {
        assert_eq!(
            refusal(&args(["s3:GetObject", wrong], []), ALICE),
            format!("{wrong:?} is not an IAM action")
        );
    }
}

#[test]
fn actions_may_hold_wildcards_and_dashes() {
    for right in ["s3:*", "ec2:Describe*", "sso-directory:Get?ser", "*"] {
        print(&args([right], []), ALICE).expect(right);
    }
}

#[test]
fn what_is_not_a_managed_policy_is_refused_by_name() {
    for wrong in [
        "ReadOnlyAccess",
        "arn:aws:iam::aws:policy/",
        "arn:aws:iam::123:policy/mine",
        "arn:aws:iam::123456789012:role/mine",
        "arn:aws:s3::123456789012:policy/mine",
        "arn:aws:iam:eu-west-1:123456789012:policy/mine",
    ] {
        assert_eq!(
            refusal(&args([], [wrong]), ALICE),
            format!("{wrong:?} is not the ARN of a managed policy")
        );
    }
}

#[test]
fn every_kind_of_caller_can_be_trusted() {
    for right in [
        ALICE,
        "arn:aws:iam::123456789012:root",
        "arn:aws-cn:iam::123456789012:role/path/of/role",
        "arn:aws-us-gov:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123/alice@example.com",
        "arn:aws:sts::123456789012:federated-user/alice",
    ] {
        print(&args(["s3:*"], []), right).expect(right);
    }
}

#[test]
fn what_cannot_assume_a_role_is_refused_by_name() {
    for wrong in [
        "alice",
        "arn:aws:iam::12345:user/alice",
        "arn:aws:iam::123456789012:user/",
        "arn:aws:iam::123456789012:group/admins",
        "arn:aws:iam::123456789012:root/x",
        "arn:aws:sts::123456789012:assumed-role/role-only",
    ] {
        assert_eq!(
            refusal(&args(["s3:*"], []), wrong),
            format!("{wrong:?} is not the ARN of a principal that can assume a role")
        );
    }
}

#[test]
fn a_role_name_that_iam_would_refuse_is_refused() {
    for wrong in ["", "a role", "a/role", &"x".repeat(65)] {
        let mut args = args(["s3:*"], []);
        args.role_name = Some(wrong.to_owned());
        assert_eq!(
            refusal(&args, ALICE),
            format!("{wrong:?} is not a role name")
        );
    }
}

#[test]
fn a_path_cannot_break_out_of_a_terraform_string() {
    let mut args = args(["s3:*"], []);
    args.format = TemplateFormat::Terraform;
    let template = print(&args, r#"arn:aws:iam::123456789012:role/${x}"%{y}\/r"#);
    assert!(
        template
            .expect("a template")
            .contains(r#"AWS = "arn:aws:iam::123456789012:role/$${x}\"%%{y}\\/r""#)
    );
}

#[test]
fn who_asks_is_trusted_for_longer_than_a_session() {
    for (arn, trusted) in [
        (ALICE, ALICE),
        (
            "arn:aws:sts::123456789012:assumed-role/deploy/i-0abc",
            "arn:aws:iam::123456789012:role/deploy",
        ),
        (
            "arn:aws-cn:sts::123456789012:assumed-role/deploy/me@example.com",
            "arn:aws-cn:iam::123456789012:role/deploy",
        ),
        (
            "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0a1b/alice",
            "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0a1b/alice",
        ),
    ] {
        assert_eq!(lasting_principal(arn), trusted);
    }
}
