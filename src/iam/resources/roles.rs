//! Roles that a request hands to the service, for which AWS asks for `iam:PassRole`.

use super::call::Call;
use super::members::last;
use crate::iam::arn::Arn;
use crate::iam::module::Module;
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
const PROFILES: [&str; 7] = [
    "customiaminstanceprofile",
    "iaminstanceprofile",
    "iaminstanceprofile.name",
    "iaminstanceprofile.arn",
    "instanceprofilename",
    "instancerole",
    "jobflowrole",
];

/// An operation of IAM's own that passes a role, by its name.
const OF_A_PROFILE: &str = "AddRoleToInstanceProfile";

/// Whether a request of the operation can hand a role to the service.
pub(in crate::iam) fn can_be_passed(module: &Module, operation: &str, needs: &Needs) -> bool {
    operation == OF_A_PROFILE || needs.may_pass_roles() || members(module, operation).is_some()
}

/// The members of the operation's requests that have roles: paths with a comma between them.
fn members(module: &Module, operation: &str) -> Option<&'static str> {
    let mut naming = module.naming(operation);
    naming.find_map(|one| one.strip_prefix('^'))
}

/// ARNs of roles, and of instance profiles, each of which stands for a role that the request does not
/// name.
pub(super) fn passed(call: Call<'_>, needs: &Needs) -> Vec<String> {
    let operation = call.operation;
    if operation.name() == OF_A_PROFILE {
        let names = call.members.all(&["RoleName"]);
        return names.flat_map(|name| named(call, name)).collect();
    }
    let members = members(operation.module, operation.name()).unwrap_or_default();
    let passes = needs.may_pass_roles();
    let roles = call.members.all_paths().flat_map(|(path, text)| {
        let is_handed = || is_one_of(members, path);
        if is_of("role/", text) {
            return is_handed().then(|| text.to_owned()).into_iter().collect();
        }
        let is_profile = || PROFILES.iter().any(|one| ends_with(path, one));
        if is_of("instance-profile/", text) {
            let is_passed = is_handed() || (passes && is_profile());
            return is_passed.then(|| text.to_owned()).into_iter().collect();
        }
        if !is_name(text) {
            return Vec::new();
        }
        if is_profile() && (passes || is_handed()) {
            return vec![call.place.arn("iam", &format!("instance-profile/{text}"))];
        }
        let name = last(path).to_ascii_lowercase();
        let is_role = || takes_a_name(&name, passes) && is_handed();
        match (passes && BY_NAME.contains(&name.as_str())) || is_role() {
            true => named(call, text),
            false => Vec::new(),
        }
    });
    roles.collect()
}

/// A role of which the request has only the name can have a path.
fn named(call: Call<'_>, name: &str) -> Vec<String> {
    call.place.iam_arns("role", name)
}

/// Whether the request hands a role to the service in any form: a role that [`passed`] does not name, too.
pub(super) fn are_passed(call: Call<'_>, needs: &Needs) -> bool {
    let operation = call.operation;
    let members = members(operation.module, operation.name()).unwrap_or_default();
    let passes = needs.may_pass_roles();
    let mut texts = call.members.all_paths();
    texts.any(|(path, text)| {
        !text.is_empty() && takes_a_name(last(path), passes) && is_one_of(members, path)
    })
}

/// Whether a member of this name, which the tables have for roles, has a role by its name, too. Where the
/// operation is not known to pass one, other things have such names.
fn takes_a_name(member: &str, passes: bool) -> bool {
    let member = member.to_ascii_lowercase();
    let is_of_a_role = ["role", "rolename", "rolearn"]
        .iter()
        .any(|end| member.ends_with(end));
    is_of_a_role && (passes || member.contains("iamrole"))
}

/// Whether the path is that of one of these members, with a comma between them.
fn is_one_of(members: &str, path: &str) -> bool {
    members.split(',').any(|one| is_at(path, one))
}

/// Whether the path is that of a member, in which `*` is a key that the caller chooses.
fn is_at(path: &str, member: &str) -> bool {
    match member.strip_suffix('*') {
        Some(map) => path.starts_with(map),
        None => path == member,
    }
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
