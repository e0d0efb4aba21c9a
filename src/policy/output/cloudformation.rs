//! A managed policy as a CloudFormation template.

use super::document;
use super::tree::{list, map, text};
use crate::policy::Policy;

pub(crate) fn render(policy: &Policy) -> String {
    let properties = map([
        ("Description", text("What a container needs, as recorded")),
        ("PolicyDocument", document(&policy.document)),
    ]);
    let resource = map([
        ("Type", text("AWS::IAM::ManagedPolicy")),
        ("Properties", properties),
    ]);
    let template = map([
        ("AWSTemplateFormatVersion", text("2010-09-09")),
        (
            "Description",
            text(
                "A policy for containers. Deploy it with: aws cloudformation deploy --stack-name NAME \
                 --template-file FILE --capabilities CAPABILITY_IAM",
            ),
        ),
        ("Resources", map([("Policy", resource)])),
        (
            "Outputs",
            map([(
                "PolicyArn",
                map([
                    ("Description", text("The policy's ARN")),
                    (
                        "Value",
                        map([("Fn::GetAtt", list([text("Policy"), text("PolicyArn")]))]),
                    ),
                ]),
            )]),
        ),
    ]);
    template.to_yaml()
}
