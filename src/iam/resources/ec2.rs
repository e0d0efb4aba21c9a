//! What EC2 asks for beyond its resource types.

use super::call::Call;
use crate::iam::action::Action;

/// RunInstances creates the volumes of its image, which are no required type because an image can be
/// without. A launch template has its ID only where the request does not name it.
pub(super) fn launched(call: Call<'_>, action: Action) -> Vec<String> {
    if (action.service, action.name) != ("ec2", "RunInstances") {
        return Vec::new();
    }
    let volumes = Some("volume");
    let template = call.members.has("LaunchTemplate.LaunchTemplateName");
    let template = template.then_some("launch-template");
    let kinds = volumes.into_iter().chain(template);
    kinds
        .map(|kind| call.place.arn("ec2", &format!("{kind}/*")))
        .collect()
}
