//! `-v` and `--tmpfs`.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::container::FlagError;

/// The result of the `-v` flags.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Volumes {
    /// `SOURCE:TARGET[:OPTIONS]`, in the order typed.
    pub(crate) binds: Vec<String>,
    /// Targets of anonymous volumes.
    pub(crate) anonymous: Vec<String>,
}

/// Sorts specs into binds and anonymous volumes. A spec is passed on as typed, except that a source
/// that begins with a dot is made absolute; the Engine checks the rest.
pub(crate) fn parse(specs: &[String], directory: &Path) -> Result<Volumes, FlagError> {
    let mut volumes = Volumes::default();
    for spec in specs {
        let (list, entry) = match source(spec)? {
            Some(source) => (&mut volumes.binds, absolute(spec, &source, directory)),
            None => (&mut volumes.anonymous, spec.clone()),
        };
        if !list.contains(&entry) {
            list.push(entry);
        }
    }
    Ok(volumes)
}

/// The source of a spec; none for an anonymous volume.
fn source(spec: &str) -> Result<Option<String>, FlagError> {
    let invalid = |why| FlagError::new(format!("invalid spec: {spec}: {why}"));
    match spec.len() {
        0 => return Err(FlagError::new("invalid empty volume spec")),
        1 | 2 => return Ok(None),
        _ => {}
    }
    let sections = sections(spec);
    if sections.iter().any(String::is_empty) {
        return Err(invalid("empty section between colons"));
    }
    match sections.len() {
        1 => Ok(None),
        2 | 3 => Ok(sections.into_iter().next()),
        _ => Err(invalid("too many colons")),
    }
}

/// Splits at colons, except at the colon of a Windows drive (`c:\foo`).
fn sections(spec: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    for character in spec.chars() {
        let last = sections.len() - 1;
        let mut letters = sections[last].chars();
        let is_drive = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
        if character == ':' && !is_drive {
            sections.push(String::new());
        } else {
            sections[last].push(character);
        }
    }
    sections
}

fn absolute(spec: &str, source: &str, directory: &Path) -> String {
    match spec.split_once(':') {
        Some((host, rest)) if source.starts_with('.') => {
            format!("{}:{rest}", clean(&directory.join(host)).display())
        }
        _ => spec.to_owned(),
    }
}

/// Resolves `.` and `..` in the text only, as docker does: symbolic links are ignored.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

/// `TARGET[:OPTIONS]`, by target.
pub(crate) fn parse_tmpfs(specs: &[String]) -> HashMap<String, String> {
    specs
        .iter()
        .map(|spec| {
            let (target, options) = spec.split_once(':').unwrap_or((spec, ""));
            (target.to_owned(), options.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_in_home(specs: &[&str]) -> Result<Volumes, FlagError> {
        let specs: Vec<String> = specs.iter().map(|&spec| spec.to_owned()).collect();
        parse(&specs, Path::new("/home/me"))
    }

    fn binds(specs: &[&str]) -> Vec<String> {
        parse_in_home(specs).expect("well-formed").binds
    }

    fn anonymous(specs: &[&str]) -> Vec<String> {
        parse_in_home(specs).expect("well-formed").anonymous
    }

    #[test]
    fn only_sources_that_begin_with_a_dot_are_made_absolute() {
        assert_eq!(
            binds(&[".:/src", "./sub:/sub", "../up:/up:ro", ".cache:/c"]),
            [
                "/home/me:/src",
                "/home/me/sub:/sub",
                "/home/up:/up:ro",
                "/home/me/.cache:/c"
            ]
        );
        assert_eq!(binds(&["sub/dir:/x", "~/x:/x"]), ["sub/dir:/x", "~/x:/x"]);
    }

    #[test]
    fn binds_keep_their_order_and_duplicates_collapse() {
        assert_eq!(
            binds(&["vol:/b", "/a:/a", "vol:/b", "/c:/c:bogus"]),
            ["vol:/b", "/a:/a", "/c:/c:bogus"]
        );
    }

    #[test]
    fn a_target_alone_is_an_anonymous_volume() {
        assert_eq!(anonymous(&["/data", "/"]), ["/data", "/"]);
    }

    #[test]
    fn two_characters_are_a_target_as_docker_reads_them() {
        assert_eq!(source("::"), Ok(None));
        assert!(source(":::").is_err());
    }

    #[test]
    fn a_tmpfs_may_have_options() {
        let specs = ["/run".to_owned(), "/tmp:size=64m,mode=1777".to_owned()];
        let expected = [("/run", ""), ("/tmp", "size=64m,mode=1777")]
            .map(|(target, options)| (target.to_owned(), options.to_owned()));
        assert_eq!(parse_tmpfs(&specs), HashMap::from(expected));
    }

    #[test]
    fn a_single_letter_is_a_windows_drive() {
        assert_eq!(anonymous(&["a:/x", "a:b"]), ["a:/x", "a:b"]);
        assert_eq!(binds(&[r"c:\foo:/bar"]), [r"c:\foo:/bar"]);
    }

    #[test]
    fn malformed_specs_are_refused() {
        let message = |spec| parse_in_home(&[spec]).expect_err("refused").to_string();
        assert_eq!(message(""), "invalid empty volume spec");
        assert_eq!(
            message("/a::ro"),
            "invalid spec: /a::ro: empty section between colons"
        );
        assert_eq!(
            message("/a:/b:ro:extra"),
            "invalid spec: /a:/b:ro:extra: too many colons"
        );
    }
}
