//! DynamoDB's statements and transactions, whose actions are in the body.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::iam::action::Action;

const STATEMENTS: [(&str, &str); 5] = [
    ("SELECT", "PartiQLSelect"),
    ("EXISTS", "PartiQLSelect"),
    ("INSERT", "PartiQLInsert"),
    ("UPDATE", "PartiQLUpdate"),
    ("DELETE", "PartiQLDelete"),
];

const ITEMS: [(&str, &str); 4] = [
    ("ConditionCheck", "ConditionCheckItem"),
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
    ("Delete", "DeleteItem"),
];

/// A body with more names and list entries than this is read no further. DynamoDB takes 100 statements,
/// and items of 400 KB.
const MOST: usize = 100_000;

/// None where the tables say it, which is also where the body cannot be read: they have all that
/// can be needed.
pub(super) fn actions(operation: &str, body: Option<&[u8]>) -> Option<Vec<Action>> {
    let body = || {
        let mut deserializer = serde_json::Deserializer::from_slice(body?);
        let mut left = MOST;
        let json = AnyJson(&mut left).deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        Some(json)
    };
    let names = match operation {
        "ExecuteStatement" => vec![statement(&body()?)?],
        "BatchExecuteStatement" => each(body()?.get("Statements")?, statement)?,
        "ExecuteTransaction" => each(body()?.get("TransactStatements")?, statement)?,
        "TransactWriteItems" => each(body()?.get("TransactItems")?, item)?,
        _ => return None,
    };
    let mut actions: Vec<Action> = Vec::new();
    for name in names {
        let action = Action::parse("dynamodb", name);
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    (!actions.is_empty()).then_some(actions)
}

/// None where one of them is none.
fn each(list: &Json, action: fn(&Json) -> Option<&'static str>) -> Option<Vec<&'static str>> {
    match list {
        Json::List(list) => list.iter().map(action).collect(),
        _ => None,
    }
}

fn statement(object: &Json) -> Option<&'static str> {
    let Json::Text(text) = object.get("Statement")? else {
        return None;
    };
    let verb = text.trim_start();
    let verb = verb.split(|letter: char| !letter.is_ascii_alphabetic());
    let verb = verb.take(1).next()?;
    let found = STATEMENTS
        .iter()
        .find(|(one, _)| one.eq_ignore_ascii_case(verb))?;
    Some(found.1)
}

fn item(object: &Json) -> Option<&'static str> {
    let Json::Object(entries) = object else {
        return None;
    };
    let [(kind, _)] = &entries[..] else {
        return None;
    };
    let found = ITEMS.iter().find(|(one, _)| one == kind)?;
    Some(found.1)
}

/// JSON in which no name comes twice: of two, AWS takes one, and does not say which.
enum Json {
    Object(Vec<(String, Json)>),
    List(Vec<Json>),
    Text(String),
    Other,
}

impl Json {
    fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(entries) = self else {
            return None;
        };
        let entry = entries.iter().find(|(one, _)| one == name)?;
        Some(&entry.1)
    }
}

/// Any JSON, with so many names and list entries left.
struct AnyJson<'a>(&'a mut usize);

impl AnyJson<'_> {
    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        let left = self.0.checked_sub(1);
        *self.0 = left.ok_or_else(|| E::custom("it is too large"))?;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for AnyJson<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyJson<'_> {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Json, A::Error> {
        let mut entries: Vec<(String, Json)> = Vec::new();
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            self.count()?;
            if !names.insert(name.clone()) {
                return Err(serde::de::Error::custom("a name comes twice"));
            }
            entries.push((name, map.next_value_seed(AnyJson(self.0))?));
        }
        Ok(Json::Object(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element_seed(AnyJson(self.0))? {
            self.count()?;
            entries.push(entry);
        }
        Ok(Json::List(entries))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }
}

#[cfg(test)]
mod tests {
    use crate::iam::sample::json;

    fn actions(operation: &str, body: &str) -> String {
        let sample = json("dynamodb", &format!("DynamoDB_20120810.{operation}")).body(body);
        sample.actions().replace("dynamodb:", "")
    }

    #[test]
    fn a_body_with_more_in_it_than_any_call_has_is_read_no_further() {
        let names: Vec<_> = (0..200_000)
            .map(|number| format!("\"k{number}\":0"))
            .collect();
        let body = format!("{{\"Statement\":\"SELECT 1\",{}}}", names.join(","));
        assert_eq!(actions("ExecuteStatement", &body), ALL);
        let list = format!("{{\"Statement\":[{}0]}}", "0,".repeat(200_000));
        assert_eq!(actions("ExecuteStatement", &list), ALL);
    }

    const ALL: &str = "PartiQLSelect PartiQLInsert PartiQLUpdate PartiQLDelete";

    #[test]
    fn a_statement_needs_the_action_of_its_verb() {
        let one = |text| actions("ExecuteStatement", &format!(r#"{{"Statement":"{text}"}}"#));
        assert_eq!(one("SELECT * FROM t"), "PartiQLSelect");
        assert_eq!(one(" \\n delete from t"), "PartiQLDelete");
        assert_eq!(one("\\u0055PDATE t SET a=1"), "PartiQLUpdate");
        let batch = r#"{"Statements":[{"Statement":"SELECT 1"},{"Statement":"INSERT INTO t"}]}"#;
        assert_eq!(
            actions("BatchExecuteStatement", batch),
            "PartiQLSelect PartiQLInsert"
        );
        let transaction = r#"{"TransactStatements":[{"Statement":"EXISTS(SELECT 1)"}]}"#;
        assert_eq!(actions("ExecuteTransaction", transaction), "PartiQLSelect");
    }

    #[test]
    fn a_statement_that_cannot_be_read_needs_them_all() {
        for body in [
            "",
            "{",
            "{}",
            r#"{"Statement":1}"#,
            r#"{"Statement":"-- SELECT\nDELETE FROM t"}"#,
            r#"{"Statement":"SELECT 1","Statement":"DELETE FROM t"}"#,
            r#"{"Statement":"SELECT 1","\u0053tatement":"DELETE FROM t"}"#,
            r#"{"Statement":"SELECT 1"} {"Statement":"DELETE FROM t"}"#,
        ] {
            assert_eq!(actions("ExecuteStatement", body), ALL, "{body}");
        }
        let sample = json("dynamodb", "DynamoDB_20120810.ExecuteStatement");
        assert_eq!(sample.actions().replace("dynamodb:", ""), ALL);
    }

    #[test]
    fn a_transaction_needs_what_its_items_are() {
        let write = |body| actions("TransactWriteItems", body);
        let items =
            r#"{"TransactItems":[{"Put":{"A":1}},{"Put":{"A":[true,null,0.5,-1]}},{"Delete":{}}]}"#;
        assert_eq!(write(items), "PutItem DeleteItem");
        let all = "ConditionCheckItem PutItem UpdateItem DeleteItem";
        assert_eq!(write(r#"{"TransactItems":[{"Put":{},"Delete":{}}]}"#), all);
        assert_eq!(write(r#"{"TransactItems":[]}"#), all);
        assert_eq!(actions("TransactGetItems", "{}"), "GetItem");
    }

    #[test]
    fn json_that_is_nested_too_deep_is_not_read() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(actions("ExecuteStatement", &deep), ALL);
    }
}
