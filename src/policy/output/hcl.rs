//! Terraform's language, formatted as `terraform fmt` does.

use std::fmt::Write as _;

use super::tree::Node;

/// A string literal. HCL reads `${` and `%{` in one as the start of a template.
pub(crate) fn string(value: &str) -> String {
    let escaped = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "$${")
        .replace("%{", "%%{");
    format!("\"{escaped}\"")
}

/// The items of a list, one a line.
pub(crate) fn strings(values: &[String], indent: usize) -> String {
    values
        .iter()
        .map(|value| format!("{:indent$}{},\n", "", string(value)))
        .collect()
}

/// `RoleArn` → `role_arn`
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// A value whose first line is at `indent` already.
pub(crate) fn value(node: &Node, indent: usize) -> String {
    let inner = indent + 2;
    match node {
        Node::Text(text) => string(text),
        Node::List(items) => match &items[..] {
            [Node::Text(only)] => format!("[{}]", string(only)),
            items => {
                let items = items
                    .iter()
                    .map(|item| format!("{:inner$}{},\n", "", value(item, inner)));
                format!("[\n{}{:indent$}]", items.collect::<String>(), "")
            }
        },
        Node::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(name, node)| (key(name), value(node, inner)))
                .collect();
            format!("{{\n{}{:indent$}}}", aligned(&entries, inner), "")
        }
    }
}

/// Lines with an equals sign, which are aligned where they follow each other.
fn aligned(entries: &[(String, String)], indent: usize) -> String {
    let is_one_line = |(_, value): &(String, String)| !value.contains('\n');
    let mut text = String::new();
    for together in entries.chunk_by(|one, other| is_one_line(one) && is_one_line(other)) {
        let width = together.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
        for (key, value) in together {
            let _ = writeln!(text, "{:indent$}{key:width$} = {value}", "");
        }
    }
    text
}

fn key(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_word) {
        true => name.to_owned(),
        false => string(name),
    }
}
