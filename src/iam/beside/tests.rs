use super::*;
use crate::iam::module::Protocol;
use crate::iam::sample::{PLACE, Sample, form, json, signed};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

fn lists(deny: &str) -> Lists {
    let deny = deny.split_whitespace();
    Lists {
        allow: Vec::new(),
        deny: deny.map(|text| text.parse().expect("a pattern")).collect(),
    }
}

/// `ACTION by PATTERN`.
fn denied(deny: &str, sample: &Sample) -> Option<String> {
    let (meaning, request) = (sample.meaning().expect("sound"), sample.request());
    let lists = lists(deny);
    let found = lists.denied_beside(&meaning, &request.expect("sound"), &PLACE);
    found.map(|(action, pattern)| format!("{action} by {pattern}"))
}

fn function(body: &str) -> Sample {
    signed("lambda", "POST", "/2015-03-31/functions").body(body)
}

#[test]
fn a_tag_at_creation_is_denied_by_its_action() {
    let group = "Action=CreateSecurityGroup&Version=2016-11-15&GroupName=g";
    let tags = "TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=a";
    let tagged = form("ec2", &format!("{group}&{tags}"));
    assert_eq!(
        denied("ec2:CreateT*", &tagged).as_deref(),
        Some("ec2:CreateTags by ec2:CreateT*")
    );
    assert_eq!(denied("ec2:DeleteTags iam:PassRole", &tagged), None);
    assert_eq!(denied("ec2:CreateTags", &form("ec2", group)), None);
    let function = function(r#"{"FunctionName":"f","Tags":{"a":"b"}}"#);
    assert!(denied("lambda:TagResource", &function).is_some());
}

#[test]
fn a_call_that_passes_a_role_is_denied_by_pass_role() {
    let passes = function(&format!(r#"{{"FunctionName":"f","Role":"{ROLE}"}}"#));
    for pattern in ["iam:PassRole", "iam:*", "*"] {
        let expected = format!("iam:PassRole by {pattern}");
        assert_eq!(denied(pattern, &passes), Some(expected));
    }
    assert_eq!(denied("iam:CreateRole", &passes), None);
    assert_eq!(
        denied("iam:PassRole", &function(r#"{"Runtime":"x"}"#)),
        None
    );
    let run = "Action=RunInstances&Version=2016-11-15&ImageId=ami-1";
    assert_eq!(denied("iam:PassRole", &form("ec2", run)), None);
    let run = format!("{run}&IamInstanceProfile.Name=p");
    assert!(denied("iam:PassRole", &form("ec2", &run)).is_some());
    let assume = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={ROLE}");
    assert_eq!(denied("iam:PassRole", &form("sts", &assume)), None);
}

#[test]
fn a_body_is_asked_for_where_it_can_have_what_is_denied_and_is_denied_unread() {
    let create = signed("lambda", "POST", "/2015-03-31/functions");
    let asks =
        |deny: &str, sample: &Sample| lists(deny).ask_for_body(&sample.request().expect("sound"));
    assert!(asks("iam:PassRole", &create) && asks("lambda:TagResource", &create));
    assert!(!asks("iam:CreateRole", &create) && !asks("", &create));
    assert!(denied("iam:PassRole", &create).is_some());
    // What is sent there is the caller's own.
    let invoke = signed("lambda", "POST", "/2015-03-31/functions/f/invocations");
    assert!(!asks("iam:PassRole", &invoke));
    assert_eq!(denied("iam:PassRole", &invoke), None);
    let put = signed("s3", "PUT", "/b/k");
    assert!(!asks("iam:PassRole", &put) && denied("iam:PassRole", &put).is_none());
    // What only reads passes no role.
    let query = json("dynamodb", "DynamoDB_20120810.Query");
    assert_eq!(denied("iam:PassRole", &query), None);
}

#[test]
fn a_role_that_is_no_member_of_the_operations_is_not_passed() {
    let variable = format!(
        r#"{{"FunctionName":"f","Environment":{{"Variables":{{"ROLE":"{ROLE}"}}}},"Tags":{{"role":"{ROLE}"}}}}"#
    );
    assert_eq!(denied("iam:PassRole", &function(&variable)), None);
    let context = format!(r#"{{"KeyId":"k","EncryptionContext":{{"role":"{ROLE}"}}}}"#);
    let encrypt = json("kms", "TrentService.Encrypt").body(&context);
    assert_eq!(denied("iam:PassRole", &encrypt), None);
    let flow = format!("Action=CreateFlowLogs&Version=2016-11-15&DeliverLogsPermissionArn={ROLE}");
    assert!(denied("iam:PassRole", &form("ec2", &flow)).is_some());
    let schedule = signed("scheduler", "POST", "/schedules/s");
    assert!(
        denied(
            "iam:PassRole",
            &schedule.body(&format!(r#"{{"Target":{{"RoleArn":"{ROLE}"}}}}"#))
        )
        .is_some()
    );
}

/// A map of texts: each has less than 256 letters.
fn in_cbor(members: &[(&str, &str)]) -> Vec<u8> {
    let mut body = vec![0xa0 | u8::try_from(members.len()).expect("few")];
    for text in members.iter().flat_map(|(name, text)| [name, text]) {
        body.extend([0x78, u8::try_from(text.len()).expect("short")]);
        body.extend(text.as_bytes());
    }
    body
}

fn cbor(service: &'static str, path: &str) -> Sample {
    signed(service, "POST", &format!("/service/{path}"))
        .header("smithy-protocol", "rpc-v2-cbor")
        .header("content-type", "application/cbor")
}

#[test]
fn a_body_in_cbor_is_asked_for_and_read_as_one_in_json_is() {
    let create = || cbor("codebuild", "CodeBuild_20161006/operation/CreateProject");
    for pattern in ["iam:PassRole", "*"] {
        assert!(lists(pattern).ask_for_body(&create().request().expect("sound")));
        assert!(denied(pattern, &create()).is_some(), "unread");
        let passes = create().bytes(&in_cbor(&[("name", "p"), ("serviceRole", ROLE)]));
        assert!(denied(pattern, &passes).is_some());
    }
    let other = create().bytes(&in_cbor(&[("name", "p"), ("description", ROLE)]));
    assert_eq!(denied("iam:PassRole", &other), None);
    assert!(!lists("s3:*").ask_for_body(&create().request().expect("sound")));
    let tagged = cbor("datasync", "FmrsService/operation/CreateTask");
    assert!(lists("datasync:TagResource").ask_for_body(&tagged.request().expect("sound")));
    assert!(denied("datasync:TagResource", &tagged).is_some());
}

/// Of all operations in JSON, those whose body is asked for are asked for in CBOR, too.
#[test]
fn no_protocol_hides_what_the_other_has_to_show() {
    let mut count = 0;
    for module in crate::iam::module::modules() {
        let protocols: Vec<_> = module.protocols().collect();
        if !protocols.contains(&Protocol::Cbor) {
            continue;
        }
        for name in module.names() {
            let operation = Operation::named(module.name, name);
            let named = |protocol| {
                Operation {
                    protocol,
                    ..operation
                }
                .is_named_in_body()
            };
            assert_eq!(named(Protocol::Cbor), named(Protocol::Json), "{name}");
            count += usize::from(named(Protocol::Cbor));
        }
    }
    assert!(count > 500, "{count}");
}

#[test]
fn a_role_with_which_something_is_read_or_deleted_is_passed() {
    let delete = "Action=DeleteStack&Version=2010-05-15&StackName=s";
    assert_eq!(
        denied("iam:PassRole", &form("cloudformation", delete)),
        None
    );
    let delete = format!("{delete}&RoleARN={ROLE}");
    assert!(denied("iam:PassRole", &form("cloudformation", &delete)).is_some());
    let body = format!(r#"{{"TypeName":"AWS::S3::Bucket","RoleArn":"{ROLE}"}}"#);
    for name in ["DeleteResource", "GetResource", "ListResources"] {
        let call = json("cloudcontrolapi", &format!("CloudApiService.{name}"));
        assert!(denied("iam:PassRole", &call).is_some(), "{name}");
        assert!(
            denied("iam:PassRole", &call.body(&body)).is_some(),
            "{name}"
        );
    }
    let body = format!(r#"{{"ClusterId":"c","ExecutionRoleArn":"{ROLE}"}}"#);
    let keys = json(
        "elasticmapreduce",
        "ElasticMapReduce.GetClusterSessionCredentials",
    );
    assert!(denied("iam:PassRole", &keys.body(&body)).is_some());
    let findings = signed("iot", "POST", "/audit/findings");
    let body = format!(r#"{{"resourceIdentifier":{{"iamRoleArn":"{ROLE}"}}}}"#);
    assert_eq!(denied("iam:PassRole", &findings.body(&body)), None);
}

#[test]
fn a_role_is_found_where_a_member_is_the_whole_body() {
    let body = format!(r#"{{"sql":"s","actions":[{{"sns":{{"roleArn":"{ROLE}"}}}}]}}"#);
    let rule = || signed("iot", "POST", "/rules/r").body(&body);
    assert!(denied("iam:PassRole", &rule()).is_some());
    let stream = signed("mobiletargeting", "POST", "/v1/apps/a/eventstream");
    let body = format!(r#"{{"DestinationStreamArn":"d","RoleArn":"{ROLE}"}}"#);
    assert!(denied("iam:PassRole", &stream.body(&body)).is_some());
    assert_eq!(denied("iot:TagResource", &rule()), None);
    let tagged = rule().header("x-amz-tagging", "a=b");
    assert!(denied("iot:TagResource", &tagged).is_some());
    let app = signed("mobiletargeting", "POST", "/v1/apps");
    let app = app.body(r#"{"Name":"n","tags":{"a":"b"}}"#);
    assert!(denied("mobiletargeting:TagResource", &app).is_some());
}

#[test]
fn a_role_is_found_in_members_that_are_called_otherwise() {
    let body = |name: &str| format!(r#"{{"{name}":"{ROLE}"}}"#);
    let method = "/restapis/a/resources/r/methods/GET/integration";
    let put = signed("apigateway", "PUT", method).body(&body("credentials"));
    assert!(denied("iam:PassRole", &put).is_some());
    let patch = format!(
        r#"{{"patchOperations":[{{"op":"replace","path":"/credentials","value":"{ROLE}"}}]}}"#
    );
    let update = signed("apigateway", "PATCH", method).body(&patch);
    assert!(denied("iam:PassRole", &update).is_some());
    let create = signed("apigateway", "POST", "/v2/apis/a/integrations");
    assert!(denied("iam:PassRole", &create.body(&body("credentialsArn"))).is_some());
    let pool = json(
        "cognito-idp",
        "AWSCognitoIdentityProviderService.UpdateUserPool",
    );
    let pool = pool.body(&format!(
        r#"{{"SmsConfiguration":{}}}"#,
        body("SnsCallerArn")
    ));
    assert!(denied("iam:PassRole", &pool).is_some());
    let profile = "arn:aws:iam::123456789012:instance-profile/p";
    let group = json("pcs", "AWSParallelComputingService.CreateComputeNodeGroup");
    let group = group.body(&format!(r#"{{"iamInstanceProfileArn":"{profile}"}}"#));
    assert!(denied("iam:PassRole", &group).is_some());
    let database = "Action=CreateDBInstance&Version=2014-10-31&CustomIamInstanceProfile=p";
    assert!(denied("iam:PassRole", &form("rds", database)).is_some());
}

#[test]
fn what_cannot_be_read_whole_is_denied() {
    let role = format!(r#""Role":"{ROLE}""#);
    let many = vec!["\"x\""; 5_000].join(",");
    let long = "x".repeat(300 * 1024);
    let longer = "x".repeat(5 * 1024 * 1024);
    let deep = format!("{}{}", "[".repeat(20), "]".repeat(20));
    for body in [
        format!(r#"{{"Unknown":[{many}],{role}}}"#),
        format!(r#"{{"Unknown":{{"a":"{longer}",{role}}}}}"#),
        format!(r#"{{"Unknown":{deep},{role}}}"#),
        format!("\u{feff}{{{role}}}"),
        format!("{{{role}}} {{}}"),
        format!("[{{{role}}}]"),
    ] {
        let start = body.get(..40).unwrap_or(&body);
        assert!(
            denied("iam:PassRole", &function(&body)).is_some(),
            "{start}"
        );
        assert_eq!(denied("iam:CreateRole", &function(&body)), None);
    }
    // The code of a function is long.
    let code = format!(r#"{{"FunctionName":"f","Code":{{"ZipFile":"{long}"}}}}"#);
    assert_eq!(denied("iam:PassRole", &function(&code)), None);
}

#[test]
fn the_role_of_a_replication_is_in_xml() {
    let replicate = |role: &str| {
        let xml =
            format!("<ReplicationConfiguration><Role>{role}</Role></ReplicationConfiguration>");
        signed("s3", "PUT", "/b?replication").body(&xml)
    };
    let unread = signed("s3", "PUT", "/b?replication");
    assert!(lists("iam:PassRole").ask_for_body(&unread.request().expect("sound")));
    assert!(denied("iam:PassRole", &replicate(ROLE)).is_some());
    assert_eq!(denied("iam:PassRole", &replicate("")), None);
}

#[test]
fn a_role_is_passed_by_whatever_names_it() {
    let instance = |role: &str| {
        let body = format!(r#"{{"InstanceId":"mi-1","IamRole":"{role}"}}"#);
        json("ssm", "AmazonSSM.UpdateManagedInstanceRole").body(&body)
    };
    for role in ["AdminRole", "service-role/AdminRole", "what is this?", ROLE] {
        assert!(denied("iam:PassRole", &instance(role)).is_some(), "{role}");
    }
    assert_eq!(denied("iam:PassRole", &instance("")), None);
    let database = "Action=CreateDBInstance&Version=2014-10-31&DomainIAMRoleName=r";
    assert!(denied("iam:PassRole", &form("rds", database)).is_some());
    let job = json("glue", "AWSGlue.CreateJob").body(r#"{"Name":"j","Role":"service-role/r"}"#);
    assert!(denied("iam:PassRole", &job).is_some());
}

#[test]
fn what_is_called_a_role_and_is_none_is_not_passed() {
    let converse = signed("bedrock", "POST", "/model/m/converse");
    let body = r#"{"messages":[{"role":"user","content":[{"text":"hello"}]}]}"#;
    assert_eq!(denied("iam:*", &converse.body(body)), None);
    let broker = signed("mq", "POST", "/v1/brokers");
    let body = r#"{"brokerName":"b","ldapServerMetadata":{"roleBase":"ou=r","roleName":"cn"}}"#;
    assert_eq!(denied("iam:*", &broker.body(body)), None);
    let account = json("organizations", "AWSOrganizationsV20161128.CreateAccount");
    let body = r#"{"Email":"a@b","AccountName":"a","RoleName":"OrganizationAccountAccessRole"}"#;
    assert_eq!(denied("iam:*", &account.body(body)), None);
    let user = json("workmail", "WorkMailService.CreateUser");
    let body = r#"{"OrganizationId":"m-1","Name":"n","DisplayName":"n","Role":"USER"}"#;
    assert_eq!(denied("iam:*", &user.body(body)), None);
}

#[test]
fn what_a_session_is_to_have_is_denied_by_its_action() {
    let assume = |more: &str| {
        let body = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={ROLE}{more}");
        form("sts", &body)
    };
    let tags = "&Tags.member.1.Key=team&Tags.member.1.Value=admin";
    for (pattern, more) in [
        ("sts:TagSession", tags),
        ("sts:TagSession", "&TransitiveTagKeys.member.1=team"),
        ("sts:SetSourceIdentity", "&SourceIdentity=me"),
        (
            "sts:SetContext",
            "&ProvidedContexts.member.1.ContextAssertion=c",
        ),
    ] {
        let expected = format!("{pattern} by {pattern}");
        assert_eq!(denied(pattern, &assume(more)), Some(expected));
        assert_eq!(denied(pattern, &assume("")), None);
    }
    assert_eq!(denied("sts:SetSourceIdentity", &assume(tags)), None);
    let token = "Action=GetWebIdentityToken&Version=2011-06-15&Tags.member.1.Key=team";
    assert!(denied("sts:TagGet*", &form("sts", token)).is_some());
}

#[test]
fn tags_are_seen_under_each_name_that_a_service_takes() {
    for tags in [
        "&Tag.1.Key=a&Tag.1.Value=b",
        "&tags.entry.1.key=a",
        "&Tags.a=b",
    ] {
        let create = format!("Action=CreateQueue&Version=2012-11-05&QueueName=q{tags}");
        assert!(
            denied("sqs:TagQueue", &form("sqs", &create)).is_some(),
            "{tags}"
        );
    }
    let create = "Action=CreateQueue&Version=2012-11-05&QueueName=q&Attribute.1.Name=Tags";
    assert_eq!(denied("sqs:TagQueue", &form("sqs", create)), None);
    let list = "Action=CreateDBInstance&Version=2014-10-31&Tags.member.1.Key=a";
    assert!(denied("rds:AddTagsToResource", &form("rds", list)).is_some());
}

#[test]
fn a_name_that_is_too_long_to_take_apart_is_denied() {
    let name = "a.".repeat(2_000);
    let run = format!("Action=RunInstances&Version=2016-11-15&{name}b=1");
    assert!(denied("iam:PassRole", &form("ec2", &run)).is_some());
}

#[test]
fn a_role_beside_an_element_is_no_xml_of_s3() {
    let xml =
        format!("<ReplicationConfiguration><Role><a/>{ROLE}</Role></ReplicationConfiguration>");
    let put = signed("s3", "PUT", "/b?replication").body(&xml);
    assert!(denied("iam:PassRole", &put).is_some());
}
