//! Which IAM actions a call needs. The plain rule is that an operation's action has its name; the
//! tables have the exceptions, and S3, DynamoDB and API Gateway have rules of their own.

mod apigateway;
mod dynamodb;
pub(super) mod s3;

use http::HeaderMap;

use super::action::{Action, is_by_hand};
use super::module::modules;
use super::operation::Operation;
use super::request::Request;

/// What a call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// All of these.
    pub certain: Vec<Action>,
    /// Perhaps these, for some parameters or in some accounts, as iam:PassRole.
    pub possible: Vec<Action>,
    /// AWS asks for no permission: everybody may call it.
    pub none: bool,
}

impl Needs {
    pub fn of(operation: &Operation, request: &Request<'_>) -> Self {
        let mut needs = Self::by_table(operation);
        if let Some(certain) = by_hand(operation, request) {
            needs.certain = certain;
        }
        needs
    }

    /// What each request of the operation needs, as far as that can be said.
    pub(crate) fn of_any_request(operation: &Operation) -> Self {
        let headers = HeaderMap::new();
        match Request::new("", "/", &headers, None, None) {
            // Its actions are in no table.
            Ok(plain) if operation.module.name == "s3" => Self::of(operation, &plain),
            _ => Self::by_table(operation),
        }
    }

    /// Whether a request can hand a role to the service.
    pub(crate) fn may_pass_roles(&self) -> bool {
        let mut possible = self.possible.iter();
        possible.any(|one| (one.service, one.name) == ("iam", "PassRole"))
    }

    /// What can be said without a request.
    pub(super) fn by_table(operation: &Operation) -> Self {
        let service = operation.module.service;
        let actions = |mark| {
            let texts = operation.row.flags(mark).flat_map(|texts| texts.split(','));
            texts.map(|text| Action::parse(service, text)).collect()
        };
        let mut certain: Vec<_> = actions(':');
        if certain.is_empty() && !is_by_hand(operation.module) {
            certain.push(Action::parse(service, operation.name()));
        }
        Self {
            certain,
            possible: actions('~'),
            none: operation.row.flags('0').next().is_some(),
        }
    }
}

/// Whether AWS asks for no permission: `sts:GetCallerIdentity`.
pub(crate) fn is_free(action: &str) -> bool {
    let Some((service, name)) = action.split_once(':') else {
        return false;
    };
    let of_service = modules().iter().filter(|module| module.service == service);
    let mut rows = of_service.filter_map(|module| module.row(name));
    rows.any(|row| row.flags('0').next().is_some())
}

fn by_hand(operation: &Operation, request: &Request<'_>) -> Option<Vec<Action>> {
    match operation.module.name {
        "s3" => Some(s3::actions(operation, request)),
        "apigateway" | "apigatewayv2" => Some(apigateway::actions(request)),
        "dynamodb" => dynamodb::actions(operation.name(), request.body),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::sample::{form, json, signed};

    #[test]
    fn the_action_has_the_name_of_the_operation_and_the_service_of_iam() {
        assert_eq!(
            json("dynamodb", "DynamoDB_20120810.GetItem").actions(),
            "dynamodb:GetItem"
        );
        let metrics = form("monitoring", "Action=GetMetricData&Version=2010-08-01");
        assert_eq!(metrics.actions(), "cloudwatch:GetMetricData");
        assert_eq!(
            signed("iotdata", "POST", "/topics/a").actions(),
            "iot:Publish"
        );
        let tags = json("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources");
        assert_eq!(tags.actions(), "tag:GetResources");
    }

    #[test]
    fn no_operation_needs_more_than_eight_actions() {
        for module in modules() {
            for name in module.names() {
                let operation = Operation::named(module.name, name);
                let needed = Needs::by_table(&operation).certain.len();
                assert!(needed <= 8, "{module:?}.{name}: {needed}");
            }
        }
    }

    #[test]
    fn exceptions_are_in_the_tables() {
        let invoke = signed("lambda", "POST", "/2015-03-31/functions/f/invocations");
        assert_eq!(invoke.actions(), "lambda:InvokeFunction");
        let converse = signed("bedrock", "POST", "/model/m/converse");
        assert_eq!(converse.actions(), "bedrock:InvokeModel");
        let batch = json("sqs", "AmazonSQS.DeleteMessageBatch");
        assert_eq!(batch.actions(), "sqs:DeleteMessage");
        let again = json("kms", "TrentService.ReEncrypt");
        assert_eq!(again.actions(), "kms:ReEncryptFrom kms:ReEncryptTo");
        let public = signed("s3", "GET", "/v20180820/configuration/publicAccessBlock")
            .header("x-amz-account-id", "1");
        assert_eq!(public.actions(), "s3:GetAccountPublicAccessBlock");
    }

    #[test]
    fn an_action_that_exists_today_is_certain_and_an_older_map_only_says_what_else_can_be() {
        let sample = signed("lex", "POST", "/bots/");
        let needs = Needs::of(&sample.operation(), &sample.request().expect("sound"));
        assert_eq!(needs.certain[0].to_string(), "lex:ListBots");
        assert_eq!(needs.possible[0].to_string(), "lex:GetBots");
    }

    #[test]
    fn roles_that_are_passed_are_possible_and_never_certain() {
        let run = json("ecs", "AmazonEC2ContainerServiceV20141113.RunTask");
        let needs = Needs::of(&run.operation(), &run.request().expect("sound"));
        assert_eq!(needs.certain[0].to_string(), "ecs:RunTask");
        assert!(
            needs
                .possible
                .iter()
                .any(|one| one.to_string() == "iam:PassRole")
        );
        for module in crate::iam::module::modules() {
            for row in module.rows() {
                let certain: Vec<_> = row.flags(':').collect();
                assert!(
                    !certain.iter().any(|one| one.contains("iam:PassRole")),
                    "{row:?}"
                );
            }
        }
    }

    #[test]
    fn three_operations_need_no_permission() {
        let none = |sample: crate::iam::sample::Sample| {
            Needs::of(&sample.operation(), &sample.request().expect("sound")).none
        };
        assert!(none(form(
            "sts",
            "Action=GetCallerIdentity&Version=2011-06-15"
        )));
        assert!(none(form(
            "sts",
            "Action=GetSessionToken&Version=2011-06-15"
        )));
        assert!(none(json(
            "dynamodb",
            "DynamoDB_20120810.DescribeEndpoints"
        )));
        assert!(!none(form("sts", "Action=AssumeRole&Version=2011-06-15")));
        let actions = crate::iam::module::modules().iter().flat_map(|module| {
            let names = module.names();
            names.map(move |name| format!("{}:{name}", module.service))
        });
        let mut free: Vec<_> = actions.filter(|action| is_free(action)).collect();
        free.sort();
        assert_eq!(
            free,
            [
                "dynamodb:DescribeEndpoints",
                "sts:GetCallerIdentity",
                "sts:GetSessionToken"
            ]
        );
    }
}
