//! What an answer says was created, and which keys of KMS were used.

use super::members::{Members, last};
use super::sound;
use crate::iam::action::Action;
use crate::iam::form::Form;
use crate::iam::module::plain;
use crate::iam::operation::Operation;
use crate::iam::place::{Place, begins_as_arn};
use crate::iam::reference;

/// No ID is longer.
const LONGEST_ID: usize = 256;

/// Verbs of operations that create something.
const CREATES: [&str; 14] = [
    "Allocate",
    "Copy",
    "Create",
    "Import",
    "Launch",
    "Provision",
    "Publish",
    "Register",
    "Request",
    "Restore",
    "Run",
    "Start",
    "Submit",
    "Subscribe",
];

/// What an answer names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answered {
    /// ARNs of what the call has created.
    pub(crate) created: Vec<String>,
    /// ARNs of keys of KMS that the service used for the caller.
    pub(crate) kms_keys: Vec<String>,
}

impl Answered {
    /// `actions` are those that the call needs, and `requested` the resources that its request names.
    pub(crate) fn of(
        operation: &Operation,
        actions: &[Action],
        requested: &[&str],
        body: &[u8],
        place: &Place<'_>,
    ) -> Self {
        let members = Members::of_answer(operation.protocol, body);
        let keys = members.called(|path| {
            let name = last(path).to_ascii_lowercase();
            name.contains("kms") || name.ends_with("keyid")
        });
        let keys = keys.filter(|text| is_key(text)).map(ToOwned::to_owned);
        let kms_keys = sound(keys.collect()).kept;
        let created = Creation {
            operation,
            members: &members,
            place,
        };
        let found = created.found(actions, requested);
        Self {
            created: sound(found).kept,
            kms_keys,
        }
    }
}

/// `arn:aws:kms:eu-west-1:123456789012:key/…`
pub(crate) fn is_key(text: &str) -> bool {
    Form("kms:{r}:{a}:key/{KeyId}").fits(text) && is_id(text)
}

struct Creation<'a> {
    operation: &'a Operation,
    members: &'a Members,
    place: &'a Place<'a>,
}

impl Creation<'_> {
    fn found(&self, actions: &[Action], requested: &[&str]) -> Vec<String> {
        let (verb, noun) = verb_and_noun(self.operation.name());
        // Others repeat what they were asked to change or to use.
        if !CREATES.contains(&verb) {
            return Vec::new();
        }
        if self.operation.module.service == "apigateway" {
            return self.of_api_gateway(requested);
        }
        let mut found = self.called(&noun);
        if found.is_empty() {
            let forms = self.forms(actions, &noun).into_iter();
            found = forms.flat_map(|form| self.of_form(form, &noun)).collect();
        }
        // StartInstances starts what is there, and StartBuild makes a build.
        found.retain(|arn| verb == "Create" || !requested.contains(&arn.as_str()));
        found
    }

    /// `taskArn` of RunTask, `StackId` of CreateStack.
    fn called(&self, noun: &str) -> Vec<String> {
        let service = self.operation.module.service;
        let names = [format!("{noun}arn"), format!("{noun}id")];
        let named = self
            .members
            .called(|path| names.contains(&plain(last(path))));
        named
            .filter(|text| begins_as_arn(text) && is_id(text) && reference::knows(service, text))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// The forms of what is created: those that are called as the operation says. Else those of which
    /// every call of an action has a resource.
    fn forms(&self, actions: &[Action], noun: &str) -> Vec<Form> {
        let of_service = reference::forms(self.operation.module.service).iter();
        let called: Vec<_> = of_service
            .filter(|form| plain(form.kind()) == noun)
            .copied()
            .collect();
        if !called.is_empty() {
            return called;
        }
        let names = actions.iter().map(ToString::to_string);
        let types = names
            .filter_map(|name| reference::types_of(&name))
            .flatten();
        let types = types.filter(|one| one.is_required);
        types.map(|one| one.form).collect()
    }

    fn of_form(&self, form: Form, noun: &str) -> Vec<String> {
        let service = self.operation.module.service;
        let arns = self.members.called(|path| {
            let name = plain(last(path));
            name.ends_with("arn") || name.ends_with("id")
        });
        let arns = arns.filter(|text| is_id(text) && reference::is_of(service, text, form));
        let arns: Vec<_> = arns.map(ToOwned::to_owned).collect();
        if !arns.is_empty() {
            return arns;
        }
        let Some(variable) = form.only_variable() else {
            return Vec::new();
        };
        let (variable, own) = (plain(variable), format!("{noun}id"));
        let ids = self.members.called(|path| {
            let name = plain(last(path));
            name == own || (name.len() > 4 && name.ends_with("id") && variable.ends_with(&name))
        });
        let ids = ids.filter(|id| is_id(id) && !begins_as_arn(id));
        ids.map(|id| form.fill(self.place, &[Some(id)])).collect()
    }

    /// The path of what is created is below the one that was called.
    fn of_api_gateway(&self, requested: &[&str]) -> Vec<String> {
        let ids = self
            .members
            .all(&["id", "apiId", "deploymentId", "authorizerId"]);
        let ids = ids.filter(|id| is_id(id) && !id.contains('/')).take(1);
        let parents = requested.first();
        ids.zip(parents)
            .map(|(id, parent)| format!("{parent}/{id}"))
            .collect()
    }
}

/// `CreateSecurityGroup` → `Create`, `securitygroup`.
fn verb_and_noun(operation: &str) -> (&str, String) {
    let letters = operation.char_indices().skip(1);
    let mut capitals = letters.filter(|(_, letter)| letter.is_ascii_uppercase());
    let end = capitals.next().map_or(operation.len(), |(index, _)| index);
    let (verb, noun) = operation.split_at(end);
    let noun = plain(noun);
    // RunInstances creates instances, each with an ARN of its own.
    let one = match noun.strip_suffix('s') {
        Some(one) if !one.ends_with(['s', 'u']) => one.to_owned(),
        _ => noun,
    };
    (verb, one)
}

/// What an ID or an ARN is written with. A policy would read a star as any.
fn is_id(text: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+=,@".contains(&byte);
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_sound)
}

#[cfg(test)]
mod tests;
