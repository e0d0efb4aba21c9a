//! `credrun compose-file`: an override file for a Compose without provider services. It names the
//! variables that services take from Compose's own environment, where `credrun compose-env` has set
//! them. So it has no value in it.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::compose::all_names;
use crate::cli::compose::ComposeDelivery;
use crate::cli::compose_file::ComposeFileArgs;
use crate::exit::ExitStatus;
use crate::files;
use crate::messages::error::Error;

/// Where Compose looks for a project's file, in this order.
const FILES: [&str; 4] = [
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
];

const WIDTH: usize = 96;

/// Prints the file.
///
/// # Errors
/// The project's own file cannot be read, or stdout cannot be written.
pub async fn compose_file(args: &ComposeFileArgs) -> Result<ExitStatus, Error> {
    let version = version(args.file.as_deref()).await?;
    let names = all_names(args.delivery)?;
    let mut services = args.services.clone();
    let mut known = HashSet::new();
    services.retain(|service| known.insert(service.clone()));
    let text = text(&services, args.delivery, &names, version.as_deref());
    crate::stdout::print(&text)
}

/// Where Compose's own environment has none of the `names`, Compose takes the value of the image and of
/// the project's file out.
fn text(
    services: &[String],
    delivery: ComposeDelivery,
    names: &[String],
    version: Option<&str>,
) -> String {
    let way = delivery.name();
    let mut text = format!(
        "# What `credrun compose-env --delivery {way}` sets for Compose goes on to these services.\n\
         # Without it, they have none of these variables, or those of the shell.\n"
    );
    if let Some(version) = version {
        let _ = writeln!(text, "version: \"{version}\"");
    }
    text.push_str("services:\n");
    for (index, service) in services.iter().enumerate() {
        // In quotes, because YAML reads null, 1 and true as no text.
        let _ = writeln!(text, "  \"{service}\":");
        text.push_str("    environment: ");
        text.push_str(match index {
            0 => "&credrun\n",
            _ => "*credrun\n",
        });
        if index == 0 {
            text.push_str(&list(names));
        }
    }
    text
}

/// A YAML list in brackets, in lines that are not too long.
fn list(names: &[String]) -> String {
    let mut text = "      [".to_owned();
    let mut length = text.len();
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if length + name.len() > WIDTH {
            text.push_str("\n      ");
            length = 6;
        } else if index > 0 {
            text.push(' ');
        }
        text.push_str(name);
        length += name.len() + 2;
    }
    text + "]\n"
}

/// The project's file says which version it is written for. Compose 1 takes no override with another.
async fn version(named: Option<&Path>) -> Result<Option<String>, Error> {
    let Some(path) = named.map(PathBuf::from).or_else(found) else {
        return Ok(None);
    };
    let action = format!("read {}", path.display());
    let content = files::off_thread(move || files::read_to_string(&path)).await;
    let content = content.map_err(|source| Error::Local { action, source })?;
    Ok(version_in(&content).map(str::to_owned))
}

/// As Compose does, in this directory or the nearest one above it.
fn found() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut candidates = here
        .ancestors()
        .flat_map(|directory| FILES.map(|name| directory.join(name)));
    candidates.find(|path| path.is_file())
}

/// `version: "3.8"` at the beginning of a line.
fn version_in(content: &str) -> Option<&str> {
    let mut lines = content.lines();
    let value = lines.find_map(|line| line.strip_prefix("version:"))?;
    let value = value.split(" #").next()?.trim();
    let value = value.trim_matches(['"', '\'']);
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    (!value.is_empty() && value.chars().all(is_number)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_projects_file() {
        for (content, expected) in [
            ("version: \"3.8\"\nservices: {}\n", Some("3.8")),
            ("# a\nversion: '2.4' # old\n", Some("2.4")),
            ("version: 3\n", Some("3")),
            ("services: {}\n", None),
            ("services:\n  version: \"3\"\n", None),
            ("version: {image: x}\n", None),
            ("version:\n", None),
        ] {
            assert_eq!(version_in(content), expected, "{content}");
        }
    }

    #[test]
    fn a_file_names_the_variables_once_and_has_no_value() {
        let services = ["app", "worker"].map(str::to_owned);
        let names = all_names(ComposeDelivery::Env).expect("random");
        let text = text(&services, ComposeDelivery::Env, &names, Some("3.8"));
        assert!(
            text.contains("\nversion: \"3.8\"\nservices:\n  \"app\":\n    environment: &credrun\n")
        );
        assert!(text.ends_with("]\n  \"worker\":\n    environment: *credrun\n"));
        assert_eq!(text.matches("AWS_ACCESS_KEY_ID").count(), 1);
        assert!(!text.contains('='), "{text}");
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    }
}
