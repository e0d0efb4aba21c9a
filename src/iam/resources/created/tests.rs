use proptest::prelude::*;

use super::*;
use crate::iam::needs::Needs;
use crate::iam::resources::Named;
use crate::iam::sample::{PLACE, Sample, form, json, signed};

fn answered(sample: &Sample, body: &str) -> Answered {
    let (operation, request) = (sample.operation(), sample.request().expect("sound"));
    let needs = Needs::of(&operation, &request);
    let named = Named::of(&operation, &request, &needs, &PLACE);
    let requested = named.actions.iter().flat_map(|(_, found)| found);
    let requested: Vec<_> = requested.map(String::as_str).collect();
    Answered::of(
        &operation,
        &needs.certain,
        &requested,
        body.as_bytes(),
        &PLACE,
    )
}

fn created(sample: &Sample, body: &str) -> String {
    answered(sample, body).created.join(" ")
}

fn ec2(action: &str, body: &str) -> String {
    let request = form("ec2", &format!("Action={action}&Version=2016-11-15"));
    created(
        &request,
        &format!("<R xmlns=\"x\"><requestId>r-1</requestId>{body}</R>"),
    )
}

#[test]
fn ids_in_answers_of_ec2_fill_the_form_of_what_is_created() {
    let own = |resource: &str| format!("arn:aws:ec2:eu-west-1:123456789012:{resource}");
    assert_eq!(
        ec2(
            "CreateSecurityGroup&VpcId=vpc-1",
            "<groupId>sg-1</groupId><return>true</return>"
        ),
        own("security-group/sg-1")
    );
    let instance = |id: &str| {
        format!(
            "<item><instanceId>{id}</instanceId><imageId>ami-1</imageId><subnetId>subnet-1</subnetId></item>"
        )
    };
    let instances = format!(
        "<instancesSet>{}{}</instancesSet>",
        instance("i-1"),
        instance("i-2")
    );
    assert_eq!(
        ec2("RunInstances&ImageId=ami-1", &instances),
        format!("{} {}", own("instance/i-1"), own("instance/i-2"))
    );
    assert_eq!(
        ec2(
            "CreateVpc",
            "<vpc><vpcId>vpc-1</vpcId><dhcpOptionsId>dopt-1</dhcpOptionsId></vpc>"
        ),
        own("vpc/vpc-1")
    );
    assert_eq!(
        ec2(
            "AllocateAddress",
            "<publicIp>1.2.3.4</publicIp><allocationId>eipalloc-1</allocationId>"
        ),
        own("elastic-ip/eipalloc-1")
    );
    assert_eq!(
        ec2(
            "CreateSnapshot",
            "<snapshotId>snap-1</snapshotId><volumeId>vol-1</volumeId>"
        ),
        "arn:aws:ec2:eu-west-1::snapshot/snap-1"
    );
}

#[test]
fn what_is_only_changed_is_not_created() {
    let change = "AttachVolume&VolumeId=vol-1&InstanceId=i-1";
    assert_eq!(
        ec2(
            change,
            "<volumeId>vol-1</volumeId><instanceId>i-1</instanceId>"
        ),
        ""
    );
    assert_eq!(
        ec2(
            "StartInstances&InstanceId.1=i-1",
            "<item><instanceId>i-1</instanceId></item>"
        ),
        ""
    );
    let update = signed("lambda", "PUT", "/2015-03-31/functions/f/code");
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    assert_eq!(
        created(&update, &format!(r#"{{"FunctionArn":"{arn}"}}"#)),
        ""
    );
}

#[test]
fn arns_in_answers_are_taken_that_are_of_what_is_created() {
    let topic = "arn:aws:sns:eu-west-1:1:t";
    let body =
        format!("<R><CreateTopicResult><TopicArn>{topic}</TopicArn></CreateTopicResult></R>");
    let request = form("sns", "Action=CreateTopic&Version=2010-03-31&Name=t");
    assert_eq!(created(&request, &body), topic);

    let function = "arn:aws:lambda:eu-west-1:1:function:f";
    let body = format!(
        r#"{{"FunctionArn":"{function}","Role":"arn:aws:iam::1:role/r","Environment":{{"Variables":{{"X":"{function}x"}}}}}}"#
    );
    let request = signed("lambda", "POST", "/2015-03-31/functions");
    assert_eq!(created(&request, &body), function);

    let secret = "arn:aws:secretsmanager:eu-west-1:1:secret:s-AbCdEf";
    let request = json("secretsmanager", "secretsmanager.CreateSecret").body(r#"{"Name":"s"}"#);
    assert_eq!(
        created(&request, &format!(r#"{{"ARN":"{secret}","Name":"s"}}"#)),
        secret
    );

    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let request = json("kms", "TrentService.CreateKey");
    let body = format!(r#"{{"KeyMetadata":{{"Arn":"{key}","KeyId":"k"}}}}"#);
    assert_eq!(created(&request, &body), key);

    let stack = "arn:aws:cloudformation:eu-west-1:1:stack/s/u-u";
    let request = form(
        "cloudformation",
        "Action=CreateStack&Version=2010-05-15&StackName=s",
    );
    assert_eq!(
        created(&request, &format!("<R><StackId>{stack}</StackId></R>")),
        stack
    );

    let task = "arn:aws:ecs:eu-west-1:1:task/c/t";
    let request =
        json("ecs", "AmazonEC2ContainerServiceV20141113.RunTask").body(r#"{"taskDefinition":"f"}"#);
    let body = format!(
        r#"{{"tasks":[{{"taskArn":"{task}","clusterArn":"arn:aws:ecs:eu-west-1:1:cluster/c","taskDefinitionArn":"arn:aws:ecs:eu-west-1:1:task-definition/f:3"}}]}}"#
    );
    assert_eq!(created(&request, &body), task);

    let role = "arn:aws:iam::1:role/r";
    let request = form("iam", "Action=CreateRole&Version=2010-05-08&RoleName=r");
    assert_eq!(
        created(
            &request,
            &format!("<R><Role><Arn>{role}</Arn><RoleId>AROA</RoleId></Role></R>")
        ),
        role
    );
}

#[test]
fn an_interface_is_below_the_path_that_created_it() {
    let request = signed("apigateway", "POST", "/restapis");
    assert_eq!(
        created(&request, r#"{"id":"a1","name":"n"}"#),
        "arn:aws:apigateway:eu-west-1::/restapis/a1"
    );
}

#[test]
fn keys_of_kms_are_those_that_the_answer_names() {
    let key = "arn:aws:kms:eu-west-1:1:key/k";
    let request = json("kms", "TrentService.Decrypt").body(r#"{"CiphertextBlob":"x"}"#);
    let found = answered(
        &request,
        &format!(r#"{{"KeyId":"{key}","Plaintext":"eA=="}}"#),
    );
    assert_eq!(found.kms_keys, [key]);
    assert_eq!(found.created, [""; 0]);
    let found = answered(&request, r#"{"KeyId":"k"}"#);
    assert_eq!(found.kms_keys, [""; 0]);
}

#[test]
fn a_star_in_an_answer_does_not_widen_anything() {
    assert_eq!(ec2("CreateSecurityGroup", "<groupId>*</groupId>"), "");
    assert_eq!(ec2("CreateSecurityGroup", "<groupId>sg-?</groupId>"), "");
    let request = form("sns", "Action=CreateTopic&Version=2010-03-31&Name=t");
    assert_eq!(
        created(&request, "<R><TopicArn>arn:aws:sns:*:*:*</TopicArn></R>"),
        ""
    );
}

proptest! {
    #[test]
    fn no_answer_panics(
        body in "(<R>|\\{)?(<groupId>|\"Arn\":\"|arn:aws:sns:|[a-z<>/\":{}\\[\\],]){0,30}",
        bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        for request in [
            form("ec2", "Action=RunInstances&Version=2016-11-15"),
            json("kms", "TrentService.CreateKey"),
            signed("apigateway", "POST", "/restapis"),
        ] {
            let _ = answered(&request, &body);
            let operation = request.operation();
            let _ = Answered::of(&operation, &[], &[], &bytes, &PLACE);
        }
    }
}
