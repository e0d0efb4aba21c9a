//! A policy document as it is written: what IAM would take, and in which statement it would not.

use std::collections::BTreeMap;

use super::bad::{BadDocument, Label, Problem};
use super::{Conditions, Document, Effect, Statement, Which};
use crate::json::{self, Member};

/// Policies of before 2012 have no variables.
const WITHOUT_VARIABLES: &str = "2008-10-17";
const VERSION: &str = "2012-10-17";

impl Document {
    /// The document in a text of JSON.
    ///
    /// # Errors
    /// IAM would not take it as a policy of an identity.
    pub(crate) fn read(text: &str) -> Result<Self, BadDocument> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(BadDocument::Empty);
        }
        if text.lines().next().is_some_and(is_of_a_record) {
            return Err(BadDocument::Record);
        }
        let value: serde_json::Result<serde_json::Value> = serde_json::from_str(text);
        value.map_err(|error| BadDocument::Json(error.to_string()))?;
        let members = json::members(text).ok_or(BadDocument::Document(Problem::NotAnObject))?;
        if let Some(wrapped) = wrapped(&members) {
            return Err(wrapped);
        }
        let of_document = BadDocument::Document;
        each_once(&members, &["Version", "Id", "Statement"]).map_err(of_document)?;
        let has_variables = has_variables(&members).map_err(of_document)?;
        let Some(statements) = member(&members, "Statement") else {
            return Err(BadDocument::NoStatement);
        };
        let statements = json::elements(statements).unwrap_or_else(|| vec![statements]);
        let read = |(index, text): (usize, &&str)| statement(index + 1, text, has_variables);
        let statements: Vec<_> = statements
            .iter()
            .enumerate()
            .map(read)
            .collect::<Result<_, _>>()?;
        if statements.is_empty() {
            return Err(BadDocument::NoStatement);
        }
        let read = Self { statements };
        read.sids_are_unique()?;
        Ok(read)
    }

    fn sids_are_unique(&self) -> Result<(), BadDocument> {
        for (index, statement) in self.statements.iter().enumerate() {
            let sid = statement.sid.as_ref().filter(|sid| !sid.is_empty());
            let earlier = &self.statements[..index];
            if let Some(sid) = sid
                && let Some(first) = earlier.iter().position(|one| one.sid.as_ref() == Some(sid))
            {
                return Err(BadDocument::SameSid {
                    first: first + 1,
                    second: index + 1,
                    sid: sid.clone(),
                });
            }
        }
        Ok(())
    }
}

impl Statement {
    /// `number` counts from 1.
    pub(crate) fn label(&self, number: usize) -> Label {
        let sid = self.sid.clone().filter(|sid| !sid.is_empty());
        Label { number, sid }
    }
}

/// Whether the line tells of a call: each has its verdict.
fn is_of_a_record(line: &str) -> bool {
    json::members(line).is_some_and(|members| member(&members, "Verdict").is_some())
}

fn wrapped(members: &[Member<'_>]) -> Option<BadDocument> {
    let has = |name| member(members, name).is_some();
    let (what, hint) = if has("PolicyVersion") {
        (
            "the output of `aws iam get-policy-version`",
            "add --query PolicyVersion.Document to the command",
        )
    } else if has("PolicyDocument") {
        (
            "the output of `aws iam get-role-policy`, or a resource of CloudFormation",
            "give the PolicyDocument alone; of the AWS CLI, --query PolicyDocument prints it",
        )
    } else if has("Resources") || has("AWSTemplateFormatVersion") {
        (
            "a template of CloudFormation",
            "give the PolicyDocument of its policy alone",
        )
    } else {
        return None;
    };
    Some(BadDocument::Wrapped { what, hint })
}

fn has_variables(members: &[Member<'_>]) -> Result<bool, Problem> {
    // Without a version, it is of the older one.
    let Some(version) = member(members, "Version") else {
        return Ok(false);
    };
    match json::string(version).as_deref() {
        Some(VERSION) => Ok(true),
        Some(WITHOUT_VARIABLES) => Ok(false),
        _ => Err(Problem::Value {
            element: "Version",
            value: shortened(version),
            expected: "2012-10-17 or 2008-10-17",
        }),
    }
}

fn statement(number: usize, text: &str, has_variables: bool) -> Result<Statement, BadDocument> {
    let mut sid = None;
    parts(text, has_variables, &mut sid).map_err(|problem| BadDocument::Statement {
        statement: Label { number, sid },
        problem,
    })
}

/// The Sid is there as soon as it is known: an error says it.
fn parts(text: &str, has_variables: bool, sid: &mut Option<String>) -> Result<Statement, Problem> {
    let members = json::members(text).ok_or(Problem::NotAnObject)?;
    *sid = member(&members, "Sid").map(a_sid).transpose()?;
    for name in ["Principal", "NotPrincipal"] {
        if member(&members, name).is_some() {
            return Err(Problem::Principal(name));
        }
    }
    let known = [
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    each_once(&members, &known)?;
    let effect = effect(member(&members, "Effect").ok_or(Problem::NoEffect)?)?;
    let actions = which(&members, "Action", "NotAction")?;
    let mut resources = which(&members, "Resource", "NotResource")?;
    actions.each(an_action)?;
    resources.each(a_resource)?;
    let mut conditions = member(&members, "Condition").map_or(Ok(Conditions::new()), conditions)?;
    if !has_variables {
        resources.keep_dollars();
        let values = conditions.values_mut().flat_map(BTreeMap::values_mut);
        values.flatten().for_each(keep_dollars);
    }
    Ok(Statement {
        sid: sid.clone(),
        effect,
        actions,
        resources,
        conditions,
    })
}

fn a_sid(text: &str) -> Result<String, Problem> {
    let is_plain = |sid: &str| sid.chars().all(|letter| letter.is_ascii_alphanumeric());
    let sid = json::string(text).filter(|sid| is_plain(sid));
    sid.map(Into::into).ok_or_else(|| Problem::Value {
        element: "Sid",
        value: shortened(text),
        expected: "made of letters and digits",
    })
}

fn effect(text: &str) -> Result<Effect, Problem> {
    match json::string(text).as_deref() {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        _ => Err(Problem::Value {
            element: "Effect",
            value: shortened(text),
            expected: "Allow or Deny",
        }),
    }
}

fn which(
    members: &[Member<'_>],
    these: &'static str,
    all_but: &'static str,
) -> Result<Which, Problem> {
    match (member(members, these), member(members, all_but)) {
        (Some(text), None) => Ok(Which::These(texts(these, text)?)),
        (None, Some(text)) => Ok(Which::AllBut(texts(all_but, text)?)),
        (Some(_), Some(_)) => Err(Problem::Both(these, all_but)),
        (None, None) => Err(Problem::Neither(these, all_but)),
    }
}

/// A string, or a list of strings that is not empty.
fn texts(element: &'static str, text: &str) -> Result<Vec<String>, Problem> {
    let wrong = || Problem::Value {
        element,
        value: shortened(text),
        expected: "a string or a list of strings",
    };
    let found: Option<Vec<_>> = match json::elements(text) {
        Some(elements) => elements.into_iter().map(a_text).collect(),
        None => a_text(text).map(|one| vec![one]),
    };
    found.filter(|all| !all.is_empty()).ok_or_else(wrong)
}

fn a_text(text: &str) -> Option<String> {
    json::string(text).map(Into::into)
}

/// IAM has no wildcards in the service of an action: only `*` is all services.
fn an_action(action: &str) -> Result<(), Problem> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-.".contains(letter);
    let is_sound = action == "*"
        || action.split_once(':').is_some_and(|(service, name)| {
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || "*?".contains(letter);
            let is_service = service == "*" || service.chars().all(is_letter);
            !service.is_empty() && is_service && !name.is_empty() && name.chars().all(is_name)
        });
    is_sound.then_some(()).ok_or_else(|| Problem::Value {
        element: "Action",
        value: shortened(&json::quoted(action)),
        expected: "SERVICE:NAME, as in s3:Get*, or *",
    })
}

fn a_resource(resource: &str) -> Result<(), Problem> {
    let mut parts = resource.split(':');
    let is_sound = resource == "*"
        || (parts.next() == Some("arn")
            && parts.next().is_some_and(|partition| !partition.is_empty())
            && parts
                .next()
                .is_some_and(|service| !service.is_empty() && !service.contains(['*', '?'])));
    is_sound.then_some(()).ok_or_else(|| Problem::Value {
        element: "Resource",
        value: shortened(&json::quoted(resource)),
        expected: "an ARN with a partition and a service, or *",
    })
}

fn conditions(text: &str) -> Result<Conditions, Problem> {
    let wrong = |text: &str| Problem::Value {
        element: "Condition",
        value: shortened(text),
        expected: "{OPERATOR: {KEY: VALUE or a list of values}}",
    };
    let operators = json::members(text).ok_or_else(|| wrong(text))?;
    let mut conditions = Conditions::new();
    for (operator, tests) in operators {
        if !is_operator(&operator) {
            return Err(Problem::Operator(operator));
        }
        let mut keys = BTreeMap::new();
        for (key, values) in json::members(tests).ok_or_else(|| wrong(tests))? {
            let values = condition_values(values).ok_or_else(|| wrong(values))?;
            if keys.insert(key.clone(), values).is_some() {
                return Err(Problem::Twice(key));
            }
        }
        if conditions.insert(operator.clone(), keys).is_some() {
            return Err(Problem::Twice(operator));
        }
    }
    Ok(conditions)
}

/// IAM's condition operators, in any case.
fn is_operator(text: &str) -> bool {
    const TYPES: [(&str, &[&str]); 7] = [
        (
            "string",
            &[
                "equals",
                "notequals",
                "equalsignorecase",
                "notequalsignorecase",
                "like",
                "notlike",
            ],
        ),
        ("numeric", &COMPARED),
        ("date", &COMPARED),
        ("arn", &["equals", "like", "notequals", "notlike"]),
        ("ipaddress", &[""]),
        ("notipaddress", &[""]),
        ("binary", &["equals"]),
    ];
    const COMPARED: [&str; 6] = [
        "equals",
        "notequals",
        "lessthan",
        "lessthanequals",
        "greaterthan",
        "greaterthanequals",
    ];
    let text = text.to_ascii_lowercase();
    let sets = ["forallvalues:", "foranyvalue:"];
    let text = sets
        .iter()
        .find_map(|set| text.strip_prefix(set))
        .unwrap_or(&text);
    // Null asks whether the key is there at all.
    if text == "null" {
        return true;
    }
    let text = text.strip_suffix("ifexists").unwrap_or(text);
    text == "bool"
        || TYPES.iter().any(|(kind, tests)| {
            let test = text.strip_prefix(kind);
            test.is_some_and(|test| tests.contains(&test))
        })
}

/// Numbers, `true` and `false` may stand there without quotes.
fn condition_values(text: &str) -> Option<Vec<String>> {
    let one = |text: &str| match serde_json::from_str(text).ok()? {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Bool(value) => Some(value.to_string()),
        serde_json::Value::Number(value) => Some(value.to_string()),
        _ => None,
    };
    match json::elements(text) {
        Some(elements) => elements.into_iter().map(one).collect(),
        None => one(text).map(|one| vec![one]),
    }
}

impl Which {
    fn each(&self, check: impl Fn(&str) -> Result<(), Problem>) -> Result<(), Problem> {
        let (Self::These(texts) | Self::AllBut(texts)) = self;
        texts.iter().try_for_each(|text| check(text))
    }

    fn keep_dollars(&mut self) {
        let (Self::These(texts) | Self::AllBut(texts)) = self;
        texts.iter_mut().for_each(keep_dollars);
    }
}

/// `${` of a version without variables, as the newer one writes it.
fn keep_dollars(text: &mut String) {
    *text = text.replace("${", "${$}{");
}

fn member<'t>(members: &[Member<'t>], name: &str) -> Option<&'t str> {
    let mut found = members.iter().filter(|(one, _)| one == name);
    found.next().map(|(_, text)| *text)
}

fn each_once(members: &[Member<'_>], known: &[&str]) -> Result<(), Problem> {
    for (index, (name, _)) in members.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            return Err(Problem::Unknown(name.clone()));
        }
        if members[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(Problem::Twice(name.clone()));
        }
    }
    Ok(())
}

/// As much of a value as an error shows.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &one_line[..end]),
        None => one_line,
    }
}

#[cfg(test)]
mod tests;
