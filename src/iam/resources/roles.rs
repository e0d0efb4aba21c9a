//! Roles that a request hands to the service, for which AWS asks for `iam:PassRole`.

use super::call::Call;
use super::members::last;
use crate::iam::action::only_reads;
use crate::iam::arn::Arn;
use crate::iam::needs::Needs;

/// Members that have a role by its name, too, in operations that pass one.
const BY_NAME: [&str; 5] = [
    "role",
    "rolearn",
    "servicerole",
    "executionrolearn",
    "taskrolearn",
];

/// Members that have an instance profile, by its name or its ARN, in operations that pass its role.
const PROFILES: [&str; 6] = [
    "iaminstanceprofile",
    "iaminstanceprofile.name",
    "iaminstanceprofile.arn",
    "instanceprofilename",
    "instancerole",
    "jobflowrole",
];

/// ARNs of roles, and of instance profiles, each of which stands for a role that the request does not
/// name.
pub(super) fn passed(call: Call<'_>, needs: &Needs) -> Vec<String> {
    let operation = call.operation;
    // Who assumes a role does not pass it.
    if operation.module.name == "sts" || needs.certain.iter().all(|one| only_reads(*one)) {
        return Vec::new();
    }
    if operation.name() == "AddRoleToInstanceProfile" {
        let names = call.members.all(&["RoleName"]);
        return names.flat_map(|name| named(call, name)).collect();
    }
    let passes = needs.may_pass_roles();
    let roles = call.members.all_paths().flat_map(|(path, text)| {
        let name = last(path).to_ascii_lowercase();
        if is_of("role/", text) {
            let is_passed = passes || name.contains("role");
            return is_passed.then(|| text.to_owned()).into_iter().collect();
        }
        if !passes {
            return Vec::new();
        }
        let is_profile = PROFILES.iter().any(|one| ends_with(path, one));
        match (is_of("instance-profile/", text), is_name(text)) {
            (true, _) => vec![text.to_owned()],
            (_, true) if is_profile => {
                vec![call.place.arn("iam", &format!("instance-profile/{text}"))]
            }
            (_, true) if BY_NAME.contains(&name.as_str()) => named(call, text),
            _ => Vec::new(),
        }
    });
    roles.collect()
}

/// A role of which the request has only the name can have a path.
fn named(call: Call<'_>, name: &str) -> Vec<String> {
    call.place.iam_arns("role", name)
}

/// Whether the path has these names at its end, in any case.
fn ends_with(path: &str, names: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.strip_suffix(names)
        .is_some_and(|before| before.is_empty() || before.ends_with(['.', '?']))
}

/// `arn:aws:iam::123456789012:role/path/name`
fn is_of(kind: &str, text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        let name = arn.resource.strip_prefix(kind);
        (arn.service, arn.region) == ("iam", "")
            && !arn.partition.is_empty()
            && !arn.account.is_empty()
            && name.is_some_and(|name| !name.is_empty())
    })
}

fn is_name(text: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_sound)
}
