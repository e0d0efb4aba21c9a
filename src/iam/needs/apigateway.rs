//! API Gateway, whose actions are the methods of HTTP.

use crate::iam::action::Action;
use crate::iam::request::Request;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

pub(super) fn actions(request: &Request<'_>) -> Vec<Action> {
    let method = METHODS.into_iter().filter(|one| *one == request.method);
    method
        .map(|method| Action::parse("apigateway", method))
        .collect()
}
