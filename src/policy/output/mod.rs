//! A policy in the forms that it is printed in.

pub(crate) mod cloudformation;
pub(crate) mod hcl;
pub(crate) mod summary;
pub(crate) mod terraform;
pub(crate) mod tree;

use super::document::{Document, Statement, VERSION};
use tree::{Node, list, map, text};

/// The document as a part of a template.
pub(crate) fn document(document: &Document) -> Node {
    policy(document.statements.iter().map(statement))
}

/// A document of these statements.
pub(crate) fn policy(statements: impl IntoIterator<Item = Node>) -> Node {
    map([("Version", text(VERSION)), ("Statement", list(statements))])
}

pub(crate) fn statement(statement: &Statement) -> Node {
    let texts = |values: &[String]| list(values.iter().map(text));
    let (action, resource) = (&statement.actions, &statement.resources);
    let mut entries = Vec::new();
    if let Some(sid) = &statement.sid {
        entries.push(("Sid".into(), text(sid)));
    }
    entries.push(("Effect".into(), text(statement.effect.word())));
    entries.push((
        action.key("Action", "NotAction").into(),
        texts(action.values()),
    ));
    entries.push((
        resource.key("Resource", "NotResource").into(),
        texts(resource.values()),
    ));
    if !statement.conditions.is_empty() {
        let operators = statement.conditions.iter().map(|(operator, keys)| {
            let keys = keys
                .iter()
                .map(|(key, values)| (key.clone().into(), texts(values)));
            (operator.clone().into(), Node::Map(keys.collect()))
        });
        entries.push(("Condition".into(), Node::Map(operators.collect())));
    }
    Node::Map(entries)
}
