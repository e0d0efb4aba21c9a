//! What a call needs for the roles that it passes, and for tags.

use super::*;

#[test]
fn tags_need_a_right_of_their_own() {
    let tagging = |sample: &Sample| {
        let named = named_at(sample, &PLACE).tagging;
        named.map(|(action, found)| format!("{action} {}", found.join(" ")))
    };
    let group = "Action=CreateSecurityGroup&Version=2016-11-15&GroupName=g&VpcId=vpc-1";
    let tags = "TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=a";
    assert_eq!(
        tagging(&form("ec2", &format!("{group}&{tags}"))).as_deref(),
        Some("ec2:CreateTags arn:aws:ec2:eu-west-1:123456789012:security-group/*")
    );
    assert_eq!(tagging(&form("ec2", group)), None);
    let role = "Action=CreateRole&Version=2010-05-08&RoleName=r&Tags.member.1.Key=a";
    assert_eq!(
        tagging(&form("iam", role)).as_deref(),
        Some("iam:TagRole arn:aws:iam::123456789012:role/r")
    );
    let function = |tags: &str| {
        let body = format!(r#"{{"FunctionName":"f","Tags":{tags}}}"#);
        tagging(&signed("lambda", "POST", "/2015-03-31/functions").body(&body))
    };
    assert_eq!(
        function(r#"{"a":"b"}"#).as_deref(),
        Some("lambda:TagResource arn:aws:lambda:eu-west-1:123456789012:function:f")
    );
    assert_eq!(function("{}"), None);
}

#[test]
fn roles_are_passed_that_a_request_gives_to_the_service() {
    let roles = |sample: &Sample| named_at(sample, &PLACE).roles.join(" ");
    let role = "arn:aws:iam::1:role/a/r";
    let function = signed("lambda", "POST", "/2015-03-31/functions")
        .body(&format!(r#"{{"FunctionName":"f","Role":"{role}"}}"#));
    assert_eq!(roles(&function), role);
    let task = |name: &str| {
        call(
            "ecs",
            "AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition",
        )
        .body(&format!(r#"{{"family":"f","executionRoleArn":"{name}"}}"#))
    };
    assert_eq!(roles(&task(role)), role);
    let by_name = "arn:aws:iam::123456789012:role/r arn:aws:iam::123456789012:role/*/r";
    assert_eq!(roles(&task("r")), by_name);
    let assume = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}");
    assert_eq!(roles(&form("sts", &assume)), "");
    let add = "Action=AddRoleToInstanceProfile&Version=2010-05-08&InstanceProfileName=p&RoleName=r";
    assert_eq!(roles(&form("iam", add)), by_name);
    // Whatever the member is called, but not where the caller chooses its name.
    let logs = format!("Action=CreateFlowLogs&Version=2016-11-15&DeliverLogsPermissionArn={role}");
    assert_eq!(roles(&form("ec2", &logs)), role);
    let variable = signed("lambda", "POST", "/2015-03-31/functions").body(&format!(
        r#"{{"FunctionName":"f","Environment":{{"Variables":{{"ROLE":"{role}"}}}}}}"#
    ));
    assert_eq!(roles(&variable), "");
    let pools = call(
        "cognito-identity",
        "AWSCognitoIdentityService.SetIdentityPoolRoles",
    );
    let pools = pools.body(&format!(
        r#"{{"IdentityPoolId":"p","Roles":{{"any":"{role}"}}}}"#
    ));
    assert_eq!(roles(&pools), role);
    let other = json_of_no_role(role);
    assert_eq!(roles(&other), "");
    let targets = call("events", "AWSEvents.PutTargets").body(&format!(
        r#"{{"Rule":"r","Targets":[{{"Id":"1","Arn":"arn:aws:ecs:eu-west-1:1:cluster/c","RoleArn":"{role}"}}]}}"#
    ));
    assert_eq!(roles(&targets), role);
}

/// A call that passes no role.
fn json_of_no_role(role: &str) -> Sample {
    call("dynamodb", "DynamoDB_20120810.TagResource").body(&format!(
        r#"{{"ResourceArn":"a","Tags":[{{"Key":"k","Value":"{role}"}}]}}"#
    ))
}

#[test]
fn an_instance_profile_stands_for_its_role() {
    let roles = |sample: &Sample| named_at(sample, &PLACE).roles.join(" ");
    let profile = "arn:aws:iam::1:instance-profile/p";
    let own = "arn:aws:iam::123456789012:instance-profile/p";
    let ec2 = |text: &str| roles(&form("ec2", &format!("Version=2016-11-15&{text}")));
    let run = "Action=RunInstances&ImageId=ami-1";
    assert_eq!(ec2(&format!("{run}&IamInstanceProfile.Name=p")), own);
    assert_eq!(
        ec2(&format!("{run}&IamInstanceProfile.Arn={profile}")),
        profile
    );
    assert_eq!(ec2(&format!("{run}&KeyName=p")), "");
    let spot = "Action=RequestSpotInstances&LaunchSpecification.IamInstanceProfile.Name=p";
    assert_eq!(ec2(spot), own);
    let flow = call("elasticmapreduce", "ElasticMapReduce.RunJobFlow")
        .body(r#"{"Name":"n","JobFlowRole":"p","ServiceRole":"r"}"#);
    assert_eq!(
        roles(&flow),
        format!("{own} arn:aws:iam::123456789012:role/r arn:aws:iam::123456789012:role/*/r")
    );
}
