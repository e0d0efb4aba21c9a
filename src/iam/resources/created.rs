//! What an answer says was created, and which keys of KMS were used.

use super::members::{Members, last};
use super::sound;
use crate::iam::action::Action;
use crate::iam::form::Form;
use crate::iam::operation::Operation;
use crate::iam::place::{Place, is_arn};
use crate::iam::reference;

/// No ID is longer.
const LONGEST_ID: usize = 256;

/// Verbs of operations that create something.
const CREATES: [&str; 14] = [
    "Allocate",
    "Copy",
    "Create",
    "Import",
    "Launch",
    "Provision",
    "Publish",
    "Register",
    "Request",
    "Restore",
    "Run",
    "Start",
    "Submit",
    "Subscribe",
];

/// What an answer names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answered {
    /// ARNs of what the call has created.
    pub(crate) created: Vec<String>,
    /// ARNs of keys of KMS that the service used for the caller.
    pub(crate) kms_keys: Vec<String>,
}

impl Answered {
    /// `actions` are those that the call needs, and `requested` the resources that its request names.
    pub(crate) fn of(
        operation: &Operation,
        actions: &[Action],
        requested: &[&str],
        body: &[u8],
        place: &Place<'_>,
    ) -> Self {
        let members = Members::of_answer(operation.protocol, body);
        let keys = members.called(|path| {
            let name = last(path).to_ascii_lowercase();
            name.contains("kms") || name.ends_with("keyid")
        });
        let keys = keys.filter(|text| is_key(text)).map(ToOwned::to_owned);
        let kms_keys = sound(keys.collect()).kept;
        let created = Creation {
            operation,
            members: &members,
            place,
        };
        let found = created.found(actions, requested);
        Self {
            created: sound(found).kept,
            kms_keys,
        }
    }
}

/// `arn:aws:kms:eu-west-1:123456789012:key/…`
pub(crate) fn is_key(text: &str) -> bool {
    Form("kms:{r}:{a}:key/{KeyId}").fits(text) && is_id(text)
}

struct Creation<'a> {
    operation: &'a Operation,
    members: &'a Members,
    place: &'a Place<'a>,
}

impl Creation<'_> {
    fn found(&self, actions: &[Action], requested: &[&str]) -> Vec<String> {
        let (verb, noun) = verb_and_noun(self.operation.name());
        // Others repeat what they were asked to change or to use.
        if !CREATES.contains(&verb) {
            return Vec::new();
        }
        if self.operation.module.service == "apigateway" {
            return self.of_api_gateway(requested);
        }
        let mut found = self.called(&noun);
        if found.is_empty() {
            let forms = self.forms(actions, &noun).into_iter();
            found = forms.flat_map(|form| self.of_form(form, &noun)).collect();
        }
        // StartInstances starts what is there, and StartBuild makes a build.
        found.retain(|arn| verb == "Create" || !requested.contains(&arn.as_str()));
        found
    }

    /// `taskArn` of RunTask, `StackId` of CreateStack.
    fn called(&self, noun: &str) -> Vec<String> {
        let service = self.operation.module.service;
        let names = [format!("{noun}arn"), format!("{noun}id")];
        let named = self
            .members
            .called(|path| names.contains(&plain(last(path))));
        named
            .filter(|text| is_arn(text) && is_id(text) && reference::knows(service, text))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// The forms of what is created: those that are called as the operation says. Else those of which
    /// every call of an action has a resource.
    fn forms(&self, actions: &[Action], noun: &str) -> Vec<Form> {
        let of_service = reference::forms(self.operation.module.service).iter();
        let called: Vec<_> = of_service
            .filter(|form| plain(form.kind()) == noun)
            .copied()
            .collect();
        if !called.is_empty() {
            return called;
        }
        let names = actions.iter().map(ToString::to_string);
        let types = names
            .filter_map(|name| reference::types_of(&name))
            .flatten();
        let types = types.filter(|one| one.is_required);
        types.map(|one| one.form).collect()
    }

    fn of_form(&self, form: Form, noun: &str) -> Vec<String> {
        let service = self.operation.module.service;
        let arns = self.members.called(|path| {
            let name = plain(last(path));
            name.ends_with("arn") || name.ends_with("id")
        });
        let arns = arns.filter(|text| is_id(text) && reference::is_of(service, text, form));
        let arns: Vec<_> = arns.map(ToOwned::to_owned).collect();
        if !arns.is_empty() {
            return arns;
        }
        let Some(variable) = form.only_variable() else {
            return Vec::new();
        };
        let (variable, own) = (plain(variable), format!("{noun}id"));
        let ids = self.members.called(|path| {
            let name = plain(last(path));
            name == own || (name.len() > 4 && name.ends_with("id") && variable.ends_with(&name))
        });
        let ids = ids.filter(|id| is_id(id) && !is_arn(id));
        ids.map(|id| form.fill(self.place, &[Some(id)])).collect()
    }

    /// The path of what is created is below the one that was called.
    fn of_api_gateway(&self, requested: &[&str]) -> Vec<String> {
        let ids = self
            .members
            .all(&["id", "apiId", "deploymentId", "authorizerId"]);
        let ids = ids.filter(|id| is_id(id) && !id.contains('/')).take(1);
        let parents = requested.first();
        ids.zip(parents)
            .map(|(id, parent)| format!("{parent}/{id}"))
            .collect()
    }
}

/// `CreateSecurityGroup` → `Create`, `securitygroup`.
fn verb_and_noun(operation: &str) -> (&str, String) {
    let letters = operation.char_indices().skip(1);
    let mut capitals = letters.filter(|(_, letter)| letter.is_ascii_uppercase());
    let end = capitals.next().map_or(operation.len(), |(index, _)| index);
    let (verb, noun) = operation.split_at(end);
    let noun = plain(noun);
    // RunInstances creates instances, each with an ARN of its own.
    let one = match noun.strip_suffix('s') {
        Some(one) if !one.ends_with(['s', 'u']) => one.to_owned(),
        _ => noun,
    };
    (verb, one)
}

/// Small letters and digits.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// What an ID or an ARN is written with. A policy would read a star as any.
fn is_id(text: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+=,@".contains(&byte);
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_sound)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::iam::needs::Needs;
    use crate::iam::resources::Named;
    use crate::iam::sample::{Sample, form, json, signed};

    const PLACE: Place<'static> = Place {
        partition: "aws",
        region: "eu-west-1",
        account: Some("123456789012"),
    };

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
        let request = json("ecs", "AmazonEC2ContainerServiceV20141113.RunTask")
            .body(r#"{"taskDefinition":"f"}"#);
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
}
