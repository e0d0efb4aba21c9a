//! Roles that a request hands to the service, for which AWS asks for `iam:PassRole`.

use super::call::Call;
use super::members::last;
use crate::iam::action::only_reads;
use crate::iam::needs::Needs;

/// Members that have a role by its name, too, in operations that pass one.
const BY_NAME: [&str; 5] = [
    "role",
    "rolearn",
    "servicerole",
    "executionrolearn",
    "taskrolearn",
];

/// ARNs of roles. A role of which the request has only the name can have a path.
pub(super) fn passed(call: Call<'_>, needs: &Needs) -> Vec<String> {
    let operation = call.operation;
    // Who assumes a role does not pass it.
    if operation.module.name == "sts" || needs.certain.iter().all(|one| only_reads(*one)) {
        return Vec::new();
    }
    let possible = needs.possible.iter();
    let passes = possible
        .map(ToString::to_string)
        .any(|one| one == "iam:PassRole");
    let by_name = |name: &str| passes && BY_NAME.contains(&name);
    if operation.name() == "AddRoleToInstanceProfile" {
        let names = call.members.all(&["RoleName"]);
        return names.map(|name| named(call, name)).collect();
    }
    let roles = call.members.all_paths().filter_map(|(path, text)| {
        let name = last(path).to_ascii_lowercase();
        if is_role(text) {
            name.contains("role").then(|| text.to_owned())
        } else {
            (by_name(&name) && is_name(text)).then(|| named(call, text))
        }
    });
    roles.collect()
}

fn named(call: Call<'_>, name: &str) -> String {
    call.place.arn("iam", &format!("role/*{name}"))
}

/// `arn:aws:iam::123456789012:role/path/name`
fn is_role(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (arn, partition, service) = (part(), part(), part());
    let (region, account, resource) = (part(), part(), part());
    arn == "arn"
        && !partition.is_empty()
        && (service, region) == ("iam", "")
        && !account.is_empty()
        && resource
            .strip_prefix("role/")
            .is_some_and(|name| !name.is_empty())
}

fn is_name(text: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_sound)
}
