//! The lines that Compose reads: one JSON object each (docs/extension.md of docker/compose).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::container::grammar::env::{EnvEntry, EnvOrigin};

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    r#type: Cow<'a, str>,
    message: Cow<'a, str>,
}

fn line(kind: &str, message: &str) -> String {
    let line = Line {
        r#type: kind.into(),
        message: message.into(),
    };
    // Text can always be written as JSON.
    serde_json::to_string(&line).unwrap_or_default() + "\n"
}

/// Ends the command of Compose, which shows the text.
#[must_use]
pub fn error_line(text: &str) -> String {
    line("error", text.trim_end())
}

/// Shown as the state of the provider service.
pub(super) fn info_line(text: &str) -> String {
    line("info", text)
}

/// Variables for the services that depend on `service`. Compose puts its name, in upper case, and an
/// underscore before each name, so it is taken off here. What does not begin like that cannot be set.
pub(super) fn setenv_lines(service: &str, variables: &[EnvEntry]) -> String {
    let prefix = format!("{}_", service.to_uppercase());
    let lines = variables.iter().filter_map(|entry| {
        let name = entry.name.strip_prefix(&prefix)?;
        Some(line("setenv", &format!("{name}={}", entry.value.as_ref()?)))
    });
    lines.collect()
}

/// What such lines say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::commands) struct Said {
    /// With the names that Compose makes of them.
    pub(in crate::commands) variables: Vec<EnvEntry>,
    pub(in crate::commands) texts: Vec<String>,
}

/// Reads what Compose would read for `service`.
pub(in crate::commands) fn read(service: &str, lines: &[u8]) -> Said {
    let mut said = Said::default();
    let prefix = service.to_uppercase();
    for line in lines.split(|&byte| byte == b'\n') {
        let Ok(Line { r#type, message }) = serde_json::from_slice(line) else {
            continue;
        };
        if r#type == "setenv" {
            let entry = format!("{prefix}_{message}");
            let entry = EnvEntry::parse(&entry, EnvOrigin::Credrun);
            said.variables.push(entry);
        } else {
            said.texts.push(message.into_owned());
        }
    }
    said
}

/// The texts of errors, and the other lines as they are.
pub(super) fn without_errors(lines: &[u8]) -> (Vec<String>, String) {
    let mut errors = Vec::new();
    let mut others = String::new();
    for line in String::from_utf8_lossy(lines).lines() {
        match serde_json::from_str(line) {
            Ok(Line { r#type, message }) if r#type == "error" => errors.push(message.into_owned()),
            _ => others = others + line + "\n",
        }
    }
    (errors, others)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn compose_gets_names_without_the_prefix_that_it_adds() {
        let entry = |name: &str| EnvEntry::new(name, Some("a\"b".to_owned()), EnvOrigin::Credrun);
        assert_eq!(
            setenv_lines("aws", &[entry("AWS_REGION"), entry("BOTO_CONFIG")]),
            "{\"type\":\"setenv\",\"message\":\"REGION=a\\\"b\"}\n"
        );
    }

    #[test]
    fn what_is_read_is_what_was_written_with_the_names_that_compose_makes() {
        let entry = |name: &str| EnvEntry::new(name, Some("a\"=b".to_owned()), EnvOrigin::Credrun);
        let written = [entry("AWS_REGION"), entry("AWS_PROFILE")];
        let lines = setenv_lines("aws", &written) + &info_line("credentials end");
        let said = read("aws", lines.as_bytes());
        assert_eq!(said.variables, written);
        assert_eq!(said.texts, ["credentials end"]);
    }

    #[test]
    fn errors_are_taken_out_and_what_is_left_is_as_it_was() {
        let info = info_line("a \"b\"");
        let (errors, others) =
            without_errors((info.clone() + &error_line("credrun: no\ncaused by: x\n")).as_bytes());
        assert_eq!(errors, ["credrun: no\ncaused by: x"]);
        assert_eq!(others, info);
    }

    #[test]
    fn an_error_of_several_lines_is_one_line_of_json() {
        let error = error_line("credrun: no\ncaused by: x\n");
        assert_eq!(
            error,
            "{\"type\":\"error\",\"message\":\"credrun: no\\ncaused by: x\"}\n"
        );
    }
}
