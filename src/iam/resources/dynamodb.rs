//! Tables, indexes and streams of DynamoDB.

use super::members::Members;
use crate::iam::literal::literal;
use crate::iam::place::Place;
use crate::iam::request::Request;
use crate::json;

/// Of the items of a transaction, which need which action.
const ITEMS: [(&str, &str); 5] = [
    ("ConditionCheck", "ConditionCheckItem"),
    ("Delete", "DeleteItem"),
    ("Get", "GetItem"),
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
];

/// The word of a PartiQL statement that its table follows.
const STATEMENTS: [(&str, &str); 4] = [
    ("PartiQLSelect", "FROM"),
    ("PartiQLInsert", "INTO"),
    ("PartiQLUpdate", "UPDATE"),
    ("PartiQLDelete", "FROM"),
];

pub(super) fn resources(
    request: &Request<'_>,
    members: &Members,
    place: &Place<'_>,
    action: &str,
) -> Vec<String> {
    let table = |name: &str| place.arn_or("dynamodb", "table/", name);
    if let Some((_, word)) = STATEMENTS.iter().find(|(one, _)| *one == action) {
        let texts = [
            "Statement",
            "Statements.Statement",
            "TransactStatements.Statement",
        ];
        let statements = members.all(&texts);
        let named = statements.filter_map(|text| of_statement(text, action, word));
        return named.map(|name| table(&name)).collect();
    }
    let mut found: Vec<_> = members
        .all(&["TableName", "SourceTableName", "TargetTableName"])
        .map(table)
        .collect();
    if let (Some(index), Some(table)) = (members.first("IndexName"), found.first_mut()) {
        *table = format!("{table}/index/{index}");
    }
    let arns = ["TableArn", "SourceTableArn", "ResourceArn", "BackupArn"];
    found.extend(members.all(&arns).map(ToOwned::to_owned));
    let tables = tables_of_batch(request.body, action).unwrap_or_default();
    found.extend(tables.iter().map(|name| table(&literal(name))));
    found
}

/// The tables of BatchGetItem, BatchWriteItem and of transactions, as far as the action is for them.
fn tables_of_batch(body: Option<&[u8]>, action: &str) -> Option<Vec<String>> {
    let text = std::str::from_utf8(body?).ok()?;
    let mut tables = Vec::new();
    for (name, value) in json::members(text)? {
        match name.as_str() {
            "RequestItems" => {
                tables.extend(json::members(value)?.into_iter().map(|(name, _)| name));
            }
            "TransactItems" => {
                for item in json::elements(value)? {
                    for (kind, item) in json::members(item)? {
                        if ITEMS.contains(&(&kind, action)) {
                            let members = json::members(item)?.into_iter();
                            let names = members.filter(|(name, _)| name == "TableName");
                            let names = names.filter_map(|(_, value)| json::string(value));
                            tables.extend(names.map(std::borrow::Cow::into_owned));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Some(tables)
}

/// `SELECT * FROM "table"."index" WHERE …` → `table/index/index`. None for a statement of another
/// action, and where no table is where it must be.
fn of_statement(text: &str, action: &str, word: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let verb = words.clone().next()?;
    let verb = verb
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .next()?;
    let is_exists = verb.eq_ignore_ascii_case("EXISTS") && action == "PartiQLSelect";
    let is_of = |verb: &str| {
        action
            .strip_prefix("PartiQL")
            .is_some_and(|one| one.eq_ignore_ascii_case(verb))
    };
    if !is_of(verb) && !is_exists {
        return None;
    }
    words.find(|one| one.eq_ignore_ascii_case(word))?;
    let name = words.next()?.trim_end_matches([';', ')']);
    let mut parts = name.split('.').map(|part| part.trim_matches('"'));
    let (table, index) = (parts.next()?, parts.next());
    let is_plain = |part: &str| {
        let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        !part.is_empty() && part.bytes().all(is_sound)
    };
    match index {
        None if is_plain(table) => Some(table.to_owned()),
        Some(index) if is_plain(table) && is_plain(index) => Some(format!("{table}/index/{index}")),
        _ => None,
    }
}

pub(super) fn streams(members: &Members, place: &Place<'_>) -> Vec<String> {
    let streams = members.all(&["StreamArn"]).map(ToOwned::to_owned);
    let tables = members.all(&["TableName"]);
    let tables = tables.map(|name| place.arn_or("dynamodb", "table/", name) + "/stream/*");
    streams.chain(tables).collect()
}
