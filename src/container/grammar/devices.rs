//! `--device` and `--device-cgroup-rule`.

use std::path::Path;

use bollard::models::{DeviceMapping, DeviceRequest};

use super::number::parse_decimal;
use super::volumes::clean;
use crate::container::FlagError;

/// The result of the `--device` flags.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    pub(crate) mappings: Vec<DeviceMapping>,
    /// CDI devices, in one request.
    pub(crate) request: Option<DeviceRequest>,
}

/// Distinguishes host devices from CDI names, and reads both.
pub(crate) fn parse(specs: &[String]) -> Result<Devices, FlagError> {
    let (cdi, paths): (Vec<String>, Vec<String>) =
        specs.iter().cloned().partition(|spec| is_cdi_name(spec));
    let mappings: Vec<Vec<DeviceMapping>> = paths
        .iter()
        .map(|spec| parse_mapping(spec))
        .collect::<Result<_, _>>()?;
    Ok(Devices {
        mappings: mappings.concat(),
        request: (!cdi.is_empty()).then(|| DeviceRequest {
            driver: Some("cdi".to_owned()),
            device_ids: Some(cdi),
            ..DeviceRequest::default()
        }),
    })
}

/// `HOST[:CONTAINER][:MODE]`; a second part made of `r`, `w` and `m` is the mode. A host path that
/// ends in `*` means every path that it matches.
fn parse_mapping(spec: &str) -> Result<Vec<DeviceMapping>, FlagError> {
    let bad_format = || FlagError::new(format!("bad format for path: {spec}"));
    let parts: Vec<&str> = spec.split(':').collect();
    let (host, container, mode) = match *parts.as_slice() {
        ["", ..] => return Err(bad_format()),
        [host] => (cleaned(host), None, "rwm"),
        [host, mode] if is_mode(mode) => (cleaned(host), None, mode),
        [host, container] => (host.to_owned(), Some(cleaned(container)), "rwm"),
        [_, _, mode] if !is_mode(mode) => {
            return Err(FlagError::new(format!("bad mode specified: {mode}")));
        }
        [host, container, mode] => (host.to_owned(), Some(container.to_owned()), mode),
        _ => return Err(bad_format()),
    };
    let target = container.as_deref().unwrap_or(&host);
    if !target.starts_with('/') {
        // The typed text, not its cleaned form.
        let typed = if container.is_some() {
            parts[1]
        } else {
            parts[0]
        };
        return Err(FlagError::new(format!("{typed} is not an absolute path")));
    }
    let mapping = |host: &str, container: &str| DeviceMapping {
        path_on_host: Some(host.to_owned()),
        path_in_container: Some(container.to_owned()),
        cgroup_permissions: Some(mode.to_owned()),
    };
    match (host.strip_suffix('*'), &container) {
        (Some(_), Some(_)) => Err(FlagError::new(format!(
            "device with * suffix can't have dst: {spec}"
        ))),
        (Some(prefix), None) => Ok(matching(prefix)
            .iter()
            .map(|path| mapping(path, path))
            .collect()),
        _ => Ok(vec![mapping(&host, target)]),
    }
}

/// Files whose path begins with `prefix`, sorted.
fn matching(prefix: &str) -> Vec<String> {
    let (directory, name) = prefix.rsplit_once('/').unwrap_or(("", prefix));
    let mut paths: Vec<String> = std::fs::read_dir(format!("{directory}/"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|file| file.starts_with(name))
        .map(|file| format!("{directory}/{file}"))
        .collect();
    paths.sort();
    paths
}

fn cleaned(path: &str) -> String {
    clean(Path::new(path)).display().to_string()
}

/// Any of `r`, `w` and `m`, each once.
fn is_mode(mode: &str) -> bool {
    let distinct = ['r', 'w', 'm']
        .iter()
        .all(|letter| mode.matches(*letter).count() <= 1);
    !mode.is_empty() && mode.chars().all(|c| "rwm".contains(c)) && distinct
}

/// `vendor.com/class=name`, as the Container Device Interface names devices.
fn is_cdi_name(spec: &str) -> bool {
    let Some((kind, name)) = spec.split_once('=') else {
        return false;
    };
    let Some((vendor, class)) = kind.split_once('/') else {
        return false;
    };
    is_cdi_word(vendor, char::is_alphabetic, "_-.")
        && is_cdi_word(class, char::is_alphabetic, "_-")
        && is_cdi_word(name, char::is_alphanumeric, "_-.:")
}

fn is_cdi_word(word: &str, first: impl Fn(char) -> bool, inner: &str) -> bool {
    word.is_ascii()
        && word.starts_with(first)
        && word.ends_with(|c: char| c.is_ascii_alphanumeric())
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || inner.contains(c))
}

/// Checks `TYPE MAJOR:MINOR MODE`: type a, b or c; numbers or `*`.
///
/// # Errors
/// Any other form.
pub(crate) fn parse_cgroup_rule(rule: &str) -> Result<String, FlagError> {
    let number = |text: &str| text == "*" || parse_decimal::<u64>(text).is_some();
    let valid = match rule.split(' ').collect::<Vec<_>>().as_slice() {
        ["a" | "b" | "c", numbers, mode] => {
            numbers
                .split_once(':')
                .is_some_and(|(major, minor)| number(major) && number(minor))
                && (1..=3).contains(&mode.len())
                && mode.chars().all(|c| "rwm".contains(c))
        }
        _ => false,
    };
    if valid {
        Ok(rule.to_owned())
    } else {
        Err(FlagError::new(format!(
            "invalid device cgroup format '{rule}'"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(spec: &str) -> String {
        let devices = parse(&[spec.to_owned()]).expect("well-formed").mappings;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        devices
            .iter()
            .map(|device| {
                format!(
                    "{} {} {}",
                    text(&device.path_on_host),
                    text(&device.path_in_container),
                    text(&device.cgroup_permissions)
                )
            })
            .collect()
    }

    #[test]
    fn a_second_part_of_mode_letters_is_the_mode() {
        assert_eq!(mapping("/dev/fuse"), "/dev/fuse /dev/fuse rwm");
        assert_eq!(mapping("/dev/sda:/dev/xvda"), "/dev/sda /dev/xvda rwm");
        assert_eq!(mapping("/dev/zero:/dev/z:r"), "/dev/zero /dev/z r");
        assert_eq!(mapping("/dev/null:rw"), "/dev/null /dev/null rw");
        assert_eq!(mapping("/dev//null/"), "/dev/null /dev/null rwm");
    }

    #[test]
    fn a_star_stands_for_all_that_match() {
        let directory = tempfile::tempdir().expect("directory");
        for name in ["tty1", "tty0", "other"] {
            std::fs::write(directory.path().join(name), "").expect("file");
        }
        let pattern = format!("{}/tty*:r", directory.path().display());
        let devices = parse(&[pattern]).expect("well-formed").mappings;
        let names: Vec<_> = devices
            .iter()
            .filter_map(|device| device.path_on_host.as_deref()?.rsplit('/').next())
            .collect();
        assert_eq!(names, ["tty0", "tty1"]);
    }

    #[test]
    fn cdi_names_are_requests() {
        let devices = parse(&["vendor.com/gpu=0".to_owned()]).expect("well-formed");
        assert!(devices.mappings.is_empty());
        let request = devices.request.expect("a request");
        assert_eq!(request.driver.as_deref(), Some("cdi"));
        assert_eq!(request.device_ids, Some(vec!["vendor.com/gpu=0".into()]));
    }

    #[test]
    fn what_is_no_cdi_name_is_a_path() {
        for word in [
            "vendor.com/gpu",
            "vendor.com/g.pu=0",
            "vendor.com/1gpu=0",
            "vendor.com/gpu-=0",
            "1vendor.com/gpu=0",
            "vendor.com/gpu=_0",
            "vendor.com/gpu=a/b",
            "vendor.com/gpu=\u{e9}",
        ] {
            let refused = parse(&[word.to_owned()]).expect_err("refused");
            let expected = format!("{word} is not an absolute path");
            assert_eq!(refused.to_string(), expected);
        }
        for word in ["vendor.com/gpu=0", "a_b/c_d-e=x:0.1", "v/c=all"] {
            assert!(is_cdi_name(word), "{word}");
        }
    }

    #[test]
    fn a_path_that_is_missing_or_stands_for_many_has_no_second_part() {
        let message = |spec: &str| parse(&[spec.to_owned()]).expect_err("refused").to_string();
        assert_eq!(message(":/dev/a"), "bad format for path: :/dev/a");
        assert_eq!(
            message("/dev/tty*:/dev/tty"),
            "device with * suffix can't have dst: /dev/tty*:/dev/tty"
        );
    }

    #[test]
    fn malformed_devices_are_refused() {
        let message = |spec: &str| parse(&[spec.to_owned()]).expect_err("refused").to_string();
        assert_eq!(message("/dev/a:/dev/b:xyz"), "bad mode specified: xyz");
        assert_eq!(message("/a:/b:r:c"), "bad format for path: /a:/b:r:c");
        assert_eq!(message("foo"), "foo is not an absolute path");
        assert_eq!(message("/dev/a:b"), "b is not an absolute path");
    }

    #[test]
    fn cgroup_rules_have_one_form() {
        assert!(parse_cgroup_rule("c 10:200 rwm").is_ok());
        assert!(parse_cgroup_rule("a *:* r").is_ok());
        for bad in [
            "x 10:200 rwm",
            "c x:200 rwm",
            "c 10:x rwm",
            "c 10 rwm",
            "c 1:2",
            "c 1:2 rwmr",
            "c 1:2  r",
        ] {
            assert!(parse_cgroup_rule(bad).is_err(), "{bad:?}");
        }
    }
}
