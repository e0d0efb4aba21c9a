//! The lines that Compose reads: one JSON object each (docs/extension.md of docker/compose).

use serde::Serialize;

use crate::container::grammar::env::EnvEntry;

#[derive(Serialize)]
struct Line<'a> {
    r#type: &'a str,
    message: &'a str,
}

fn line(kind: &str, message: &str) -> String {
    let line = Line {
        r#type: kind,
        message,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::grammar::env::EnvOrigin;

    #[test]
    fn compose_gets_names_without_the_prefix_that_it_adds() {
        let entry = |name: &str| EnvEntry::new(name, Some("a\"b".to_owned()), EnvOrigin::Credrun);
        assert_eq!(
            setenv_lines("aws", &[entry("AWS_REGION"), entry("BOTO_CONFIG")]),
            "{\"type\":\"setenv\",\"message\":\"REGION=a\\\"b\"}\n"
        );
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
