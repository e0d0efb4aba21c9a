//! Which IAM actions a call needs. The plain rule is that an operation's action has its name; the
//! tables have the exceptions, and S3, DynamoDB and API Gateway have rules of their own.

mod apigateway;
mod dynamodb;
pub(super) mod s3;

use super::action::{Action, is_by_hand};
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

fn by_hand(operation: &Operation, request: &Request<'_>) -> Option<Vec<Action>> {
    match operation.module.name {
        "s3" => Some(s3::actions(operation, request)),
        "apigateway" | "apigatewayv2" => Some(apigateway::actions(request)),
        "dynamodb" => dynamodb::actions(operation.name(), request.body),
        _ => None,
    }
}
