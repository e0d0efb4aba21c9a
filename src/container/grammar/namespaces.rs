//! Modes of namespaces and of isolation: words from a short list.

use bollard::models::{
    HostConfigCgroupnsModeEnum as CgroupnsMode, HostConfigIsolationEnum as Isolation,
};

use crate::container::FlagError;

/// `--pid`: none, `host`, or `container:NAME`.
pub(crate) fn pid(mode: Option<&str>) -> Result<Option<String>, FlagError> {
    checked(mode, "--pid: invalid PID mode", |mode| {
        mode == "host"
            || mode
                .strip_prefix("container:")
                .is_some_and(|name| !name.is_empty())
    })
}

/// `--uts`: none or `host`.
pub(crate) fn uts(mode: Option<&str>) -> Result<Option<String>, FlagError> {
    checked(mode, "--uts: invalid UTS mode", |mode| mode == "host")
}

/// `--userns`: none or `host`.
pub(crate) fn userns(mode: Option<&str>) -> Result<Option<String>, FlagError> {
    checked(mode, "--userns: invalid USER mode", |mode| mode == "host")
}

fn checked(
    mode: Option<&str>,
    refusal: &str,
    valid: impl Fn(&str) -> bool,
) -> Result<Option<String>, FlagError> {
    match mode.filter(|mode| !mode.is_empty()) {
        Some(mode) if !valid(mode) => Err(FlagError::new(refusal)),
        mode => Ok(mode.map(str::to_owned)),
    }
}

/// `--cgroupns`: none, `host` or `private`.
pub(crate) fn cgroupns(mode: Option<&str>) -> Result<Option<CgroupnsMode>, FlagError> {
    match mode.filter(|mode| !mode.is_empty()) {
        None => Ok(None),
        Some("host") => Ok(Some(CgroupnsMode::HOST)),
        Some("private") => Ok(Some(CgroupnsMode::PRIVATE)),
        Some(_) => Err(FlagError::new("--cgroupns: invalid CGROUP mode")),
    }
}

/// `--isolation`, in any case: unknown names are refused here, where docker leaves that to the
/// Engine.
pub(crate) fn isolation(name: Option<&str>) -> Result<Option<Isolation>, FlagError> {
    let name = name.unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "default" => Ok(Some(Isolation::DEFAULT)),
        "process" => Ok(Some(Isolation::PROCESS)),
        "hyperv" => Ok(Some(Isolation::HYPERV)),
        _ => Err(FlagError::new(format!("invalid isolation: {name:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_words_from_a_list() {
        assert_eq!(pid(Some("container:abc")), Ok(Some("container:abc".into())));
        assert_eq!(pid(Some("")), Ok(None));
        assert!(pid(Some("container:")).is_err());
        assert!(pid(Some("foo")).is_err());
        assert!(uts(Some("foo")).is_err());
        assert!(userns(Some("foo")).is_err());
        assert_eq!(cgroupns(Some("private")), Ok(Some(CgroupnsMode::PRIVATE)));
        assert!(cgroupns(Some("foo")).is_err());
        assert_eq!(isolation(Some("Default")), Ok(Some(Isolation::DEFAULT)));
        assert_eq!(isolation(Some("process")), Ok(Some(Isolation::PROCESS)));
        assert_eq!(isolation(Some("HyperV")), Ok(Some(Isolation::HYPERV)));
        assert!(isolation(Some("foo")).is_err());
    }
}
