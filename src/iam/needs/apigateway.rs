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

#[cfg(test)]
mod tests {
    use crate::iam::sample::signed;

    #[test]
    fn the_action_is_the_method() {
        assert_eq!(
            signed("apigateway", "GET", "/restapis").actions(),
            "apigateway:GET"
        );
        assert_eq!(
            signed("apigateway", "POST", "/v2/apis").actions(),
            "apigateway:POST"
        );
        assert_eq!(
            signed("apigateway", "DELETE", "/restapis/a").actions(),
            "apigateway:DELETE"
        );
    }

    #[test]
    fn calls_to_deployed_interfaces_manage_connections() {
        let post = signed("execute-api", "POST", "/@connections/c");
        assert_eq!(post.actions(), "execute-api:ManageConnections");
    }
}
