//! `credrun compose metadata`: the options of the Compose file.
//!
//! With a list of options, Compose leaves out those that are not in it, without a word: a service
//! with a mistyped `role-arn` would get the credentials of the profile instead. Compose passes all
//! options where description and lists are empty. So they are listed for editors, who read these
//! names as they are; Compose's decoder ignores case and takes the last value of a name, which is
//! empty. credrun then refuses what it does not know.

use crate::cli::compose::{ProviderOption, options};
use crate::json::quoted;

const DESCRIPTION: &str = "AWS credentials for the services that depend on it";

pub(super) fn metadata() -> String {
    let parameters: Vec<String> = options().iter().map(parameter).collect();
    format!(
        "{{\n  \"description\": {},\n  \"up\": {{\"parameters\": [\n    {}\n  ]}},\n  \
         \"down\": {{\"parameters\": []}},\n  \
         \"DESCRIPTION\": \"\", \"UP\": {{\"parameters\": null}}, \"DOWN\": {{\"parameters\": null}}\n}}\n",
        quoted(DESCRIPTION),
        parameters.join(",\n    ")
    )
}

fn parameter(option: &ProviderOption) -> String {
    let mut members = vec![
        format!("\"name\": {}", quoted(&option.name)),
        format!("\"description\": {}", quoted(&option.help)),
        "\"required\": false".to_owned(),
        format!("\"type\": {}", quoted(option.kind)),
    ];
    if let Some(default) = &option.default {
        members.push(format!("\"default\": {}", quoted(default)));
    }
    if !option.values.is_empty() {
        members.push(format!("\"enum\": {}", quoted(&option.values.join(","))));
    }
    format!("{{{}}}", members.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_listed_for_editors_and_hidden_from_compose() {
        let metadata: serde_json::Value = serde_json::from_str(&metadata()).expect("JSON");
        let listed = metadata["up"]["parameters"].as_array().expect("a list");
        let names: Vec<_> = listed
            .iter()
            .filter_map(|one| one["name"].as_str())
            .collect();
        for name in [
            "delivery", "role-arn", "profile", "region", "min-ttl", "policy", "tags",
        ] {
            assert!(names.contains(&name), "{name}: {names:?}");
        }
        assert_eq!(listed[0]["enum"], "env,live,keyless");
        assert!(metadata["UP"]["parameters"].is_null());
        assert_eq!(metadata["DESCRIPTION"], "");
    }
}
