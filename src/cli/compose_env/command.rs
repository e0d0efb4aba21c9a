//! The project that a command line of Compose names itself.

use std::ffi::OsString;
use std::path::Path;

/// Options of Compose, and of docker before it, whose value is the next word.
const WITH_VALUE: [&str; 19] = [
    "-f",
    "--file",
    "--profile",
    "--env-file",
    "--project-directory",
    "--workdir",
    "--ansi",
    "--parallel",
    "--progress",
    "-c",
    "--context",
    "-H",
    "--host",
    "-l",
    "--log-level",
    "--config",
    "--tlscacert",
    "--tlscert",
    "--tlskey",
];
const PROJECT: [&str; 2] = ["-p", "--project-name"];

/// The last one counts, as with Compose. `None` also where the words are no Compose's: a script may run
/// one.
pub(super) fn project_in(command: &[OsString]) -> Option<String> {
    let mut words = command.iter().map(|word| word.to_str().unwrap_or_default());
    let program = Path::new(words.next()?).file_name()?.to_str()?;
    match program {
        "docker-compose" => named_in(&mut words).0,
        "docker" => match named_in(&mut words) {
            (_, Some("compose")) => named_in(&mut words).0,
            _ => None,
        },
        _ => None,
    }
}

/// The project in the options up to the first word that is none, and that word.
fn named_in<'a>(words: &mut impl Iterator<Item = &'a str>) -> (Option<String>, Option<&'a str>) {
    let mut named = None;
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            return (named.map(str::to_owned), Some(word));
        } else if WITH_VALUE.contains(&word) {
            words.next();
        } else if PROJECT.contains(&word) {
            named = words.next();
        } else if let Some(name) = with_it(word) {
            named = Some(name);
        }
    }
    (named.map(str::to_owned), None)
}

/// The value in `--project-name=NAME`, `-pNAME` or `-p=NAME`.
fn with_it(word: &str) -> Option<&str> {
    match word.strip_prefix("--project-name=") {
        None if word.starts_with("--") => None,
        None => {
            let name = word.strip_prefix("-p")?;
            Some(name.strip_prefix('=').unwrap_or(name))
        }
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_before_the_command_of_compose_and_the_last_one_counts() {
        for (line, expected) in [
            ("docker-compose up -d", None),
            ("docker-compose -p b up -d", Some("b")),
            ("/usr/bin/docker-compose -f a.yml -p b up", Some("b")),
            ("docker-compose --project-name b up", Some("b")),
            ("docker-compose -p a --project-name=b up", Some("b")),
            ("docker-compose -pb --verbose up", Some("b")),
            ("docker compose -p=b up", Some("b")),
            ("docker --context x compose --profile y -p b up", Some("b")),
            // That is a port.
            ("docker compose run -p 80:80 app", None),
            ("docker-compose -f -p up", None),
            ("docker run -p 80:80 app", None),
            ("docker -p b", None),
            ("make -p b up", None),
            ("docker-compose -p", None),
            ("docker", None),
        ] {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            assert_eq!(project_in(&words).as_deref(), expected, "{line}");
        }
    }
}
