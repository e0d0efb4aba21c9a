//! The resources that a call is about, as ARNs, as far as the request says it: for each action those
//! that its resource types allow.
//!
//! Services that are called most have rules of their own. For all others, the reference says how their
//! ARNs are built, and the tables which members of a request fill them.

mod by_form;
mod call;
pub(crate) mod created;
mod dynamodb;
mod ec2;
mod members;
pub(super) mod roles;
mod s3;
mod services;
pub(super) mod sessions;

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use self::call::Call;
use self::members::Members;
use super::action::Action;
use super::literal::visible;
use super::needs::Needs;
use super::operation::Operation;
use super::place::Place;
use super::reference;
use super::request::Request;

/// A call can be about a thousand things. This many are named.
const MOST: usize = 100;

/// The longest ARN is a key of S3's. Of each letter of a name, a pattern can make four.
const LONGEST: usize = 4 * 1200;

/// What a request names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// Each action that is needed, with the ARNs of what it is needed on, each once. None where the
    /// action has no resources, or the request does not say which.
    pub(crate) actions: Vec<(Action, Vec<String>)>,
    /// How many more there are, each once. A name that is longer than any of AWS's is one.
    pub(crate) further: usize,
    /// Aliases in the place of keys of KMS, by the action.
    pub(crate) key_aliases: Vec<(Action, String)>,
    /// The action that AWS asks for as well because the request has tags, in the same form.
    pub(crate) tagging: Option<(Action, Vec<String>)>,
    /// Roles that the request hands to the service, and instance profiles, each with a role.
    pub(crate) roles: Vec<String>,
    /// Whether it hands over any, if only by something that names none.
    pub(crate) has_roles: bool,
    /// Actions of STS that AWS asks for as well, for what a session is to have.
    pub(crate) session: Vec<Action>,
    /// The request has more than could be read.
    pub(crate) is_cut: bool,
}

impl Named {
    pub(crate) fn of(
        operation: &Operation,
        request: &Request<'_>,
        needs: &Needs,
        place: &Place<'_>,
    ) -> Self {
        let members = Members::of(operation, request);
        let naming: Vec<_> = operation.module.naming(operation.name()).collect();
        let call = Call {
            operation,
            request,
            members: &members,
            naming: &naming,
            place,
        };
        let actions = needs.certain.iter();
        let mut left_out = HashSet::new();
        let actions: Vec<_> = actions
            .map(|one| {
                let Sound { kept, further } = sound(call.resources(*one));
                left_out.extend(further);
                (*one, kept)
            })
            .collect();
        for named in actions.iter().flat_map(|(_, kept)| kept) {
            left_out.remove(&digest(named));
        }
        let tagging = call.tagging(&actions);
        let roles = roles::passed(call, needs);
        Self {
            has_roles: !roles.is_empty() || roles::are_passed(call, needs),
            key_aliases: call.key_aliases(&actions),
            further: left_out.len() + overlong_names(operation, &members),
            actions,
            tagging,
            roles: sound(roles).kept,
            session: sessions::of(operation, &members),
            is_cut: members.is_cut(),
        }
    }
}

/// Names of S3 are counted as ARNs: most are in its paths.
fn overlong_names(operation: &Operation, members: &Members) -> usize {
    match operation.module.name {
        "s3" => 0,
        _ => members.overlong_names(),
    }
}

impl Call<'_> {
    fn resources(&self, action: Action) -> Vec<String> {
        if reference::takes_resources(&action.to_string()) == Some(false) {
            return Vec::new();
        }
        let mut found = match self.by_hand(action) {
            Some(found) => found,
            None => by_form::resources(*self, action),
        };
        found.extend(ec2::launched(*self, action));
        found
    }

    /// By the rules of the service. None where it has none for the request.
    fn by_hand(&self, action: Action) -> Option<Vec<String>> {
        let Self {
            operation,
            request,
            members,
            place,
            ..
        } = *self;
        let found = match operation.module.name {
            "s3" => return Some(s3::resources(operation, request, place, action.name)),
            "apigateway" | "apigatewayv2" => return Some(services::api_gateway(request, place)),
            "dynamodb" => dynamodb::resources(request, members, place, action.name),
            "kms" => services::kms(operation, members, place, action.name),
            "sns" if members.first("PhoneNumber").is_some() => return Some(Vec::new()),
            "dynamodbstreams" => dynamodb::streams(members, place),
            "sqs" => services::sqs(request, members, place),
            "sns" => services::sns(operation, members, place),
            "ssm" => services::ssm(operation, members, place),
            "secretsmanager" => services::secrets(operation, members, place),
            "lambda" => services::lambda(request, place),
            "logs" => services::logs(operation, members, place),
            "ecr" => services::ecr(members, place),
            "iam" => services::iam(operation, members, place),
            "ec2" => services::ec2_tags(operation, members, place),
            "events" => services::events(operation, members, place),
            _ => return None,
        };
        (!found.is_empty()).then(|| by_form::fitting(action, found))
    }

    fn key_aliases(&self, actions: &[(Action, Vec<String>)]) -> Vec<(Action, String)> {
        if self.operation.module.name != "kms" {
            return Vec::new();
        }
        let actions = actions.iter().map(|(action, _)| *action);
        let alias =
            |action: Action| Some((action, services::key_alias(self.members, action.name)?));
        actions.filter_map(alias).collect()
    }

    fn tagging(&self, actions: &[(Action, Vec<String>)]) -> Option<(Action, Vec<String>)> {
        let (action, path) = of_tags(self.operation)?;
        let is_there = match path.strip_prefix('!') {
            Some(header) => self.request.has_header(header),
            None => self.members.has(path) || self.members.have_tags(path),
        };
        if !is_there {
            return None;
        }
        let all = actions.iter().flat_map(|(_, resources)| resources);
        let kinds: Vec<_> = self
            .members
            .all(&["TagSpecification.ResourceType"])
            .collect();
        // EC2's requests say which of the things that they create has the tags.
        let is_tagged = |arn: &str| match kinds.is_empty() {
            true => true,
            false => kinds.iter().any(|kind| arn.contains(&format!(":{kind}/"))),
        };
        let types = reference::types_of(&action.to_string())?;
        let fits = |arn: &&String| is_tagged(arn) && types.iter().any(|one| one.form.fits(arn));
        Some((action, sound(all.filter(fits).cloned().collect()).kept))
    }
}

/// The action that AWS asks for as well where a request of the operation has tags.
pub(super) fn tagging_action(operation: &Operation) -> Option<Action> {
    of_tags(operation).map(|(action, _)| action)
}

/// That action, and the member that has the tags.
fn of_tags(operation: &Operation) -> Option<(Action, &'static str)> {
    let module = operation.module;
    let mut naming = module.naming(operation.name());
    let asked = naming.find_map(|one| one.strip_prefix('+'))?;
    let (name, path) = asked.split_once('=')?;
    let service = module.service;
    Some((Action { service, name }, path))
}

/// ARNs, each once.
#[derive(Debug, Default)]
struct Sound {
    kept: Vec<String>,
    /// Digests of what there is no room for.
    further: HashSet<u64>,
}

/// Two names that have the same are counted once.
fn digest(arn: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(arn)
}

fn sound(found: Vec<String>) -> Sound {
    let mut sound = Sound::default();
    for arn in found.into_iter().map(visible) {
        if sound.kept.contains(&arn) {
            continue;
        }
        if arn.len() <= LONGEST && sound.kept.len() < MOST {
            sound.kept.push(arn);
        } else {
            sound.further.insert(digest(&arn));
        }
    }
    sound
}

#[cfg(test)]
mod tests;
