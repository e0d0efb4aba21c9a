//! `--platform`, in containerd's normal form: `arm64` → `linux/arm64`.

use crate::architecture::docker_name;
use crate::container::FlagError;

/// Go's names of operating systems.
const SYSTEMS: &str = "aix android darwin dragonfly freebsd hurd illumos linux netbsd openbsd \
    solaris windows";

/// Go's names of architectures.
const ARCHITECTURES: &str = "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle \
    mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc \
    sparc64 wasm";

/// `OS`, `ARCH`, `OS/ARCH` or `OS/ARCH/VARIANT`.
pub(crate) fn normalise(specifier: &str) -> Result<String, FlagError> {
    let refused = |why: String| FlagError::new(format!("{why}: invalid argument"));
    if specifier.contains('*') {
        return Err(refused(format!(
            "{specifier:?}: wildcards not yet supported"
        )));
    }
    let parts: Vec<&str> = specifier.split('/').collect();
    for (index, part) in parts.iter().enumerate() {
        check_component(index, part, specifier).map_err(refused)?;
    }
    let lower = specifier.to_lowercase();
    match *lower.split('/').collect::<Vec<_>>().as_slice() {
        [word] => normalise_word(word).ok_or_else(|| {
            refused(format!(
                "{specifier:?}: unknown operating system or architecture"
            ))
        }),
        [os, architecture] => Ok(join(system(os), plain(architecture))),
        [os, architecture, variant] => {
            let (architecture, variant) = normalise_architecture(architecture, variant);
            let variant = match (architecture, variant) {
                ("arm64", "") => "v8",
                (_, variant) => variant,
            };
            Ok(join(system(os), (architecture, variant)))
        }
        _ => Err(refused(format!(
            "{specifier:?}: cannot parse platform specifier"
        ))),
    }
}

fn check_component(index: usize, part: &str, specifier: &str) -> Result<(), String> {
    // A version of the operating system may follow in parentheses.
    let (word, version) = match part
        .split_once('(')
        .map(|(word, rest)| (word, rest.strip_suffix(')')))
    {
        Some((word, Some(version))) => (word, version),
        _ => (part, ""),
    };
    let is_word = |text: &str, extra: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    if index == 0 {
        return match !word.is_empty() && is_word(word, "_-") && is_word(version, "_.-") {
            true => Ok(()),
            false => Err(format!(
                "{part:?} is an invalid OS component of {specifier:?}: OSAndVersion specifier \
                 component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.-]*)\\\\))?$\""
            )),
        };
    }
    match !part.is_empty() && is_word(part, "_.-") {
        true => Ok(()),
        false => Err(format!(
            "{part:?} is an invalid component of {specifier:?}: platform specifier component \
             must match \"^[A-Za-z0-9_.-]+$\""
        )),
    }
}

fn normalise_word(word: &str) -> Option<String> {
    let os = system(word);
    if listed(SYSTEMS, os) {
        return Some(join(os, (docker_name(std::env::consts::ARCH), "")));
    }
    let (architecture, variant) = plain(word);
    listed(ARCHITECTURES, architecture).then(|| join("linux", (architecture, variant)))
}

fn listed(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

/// Removes the version and uses the kernel's name.
fn system(name: &str) -> &str {
    match name.split('(').next().unwrap_or(name) {
        "macos" => "darwin",
        name => name,
    }
}

/// Normalises an architecture without a variant; omits the variant that all machines have.
fn plain(architecture: &str) -> (&str, &str) {
    match normalise_architecture(architecture, "") {
        ("arm", "v7") => ("arm", ""),
        other => other,
    }
}

fn normalise_architecture<'a>(architecture: &'a str, variant: &'a str) -> (&'a str, &'a str) {
    match (architecture, variant) {
        ("i386", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", variant) => {
            ("amd64", if variant == "v1" { "" } else { variant })
        }
        ("aarch64" | "arm64", "8" | "v8") => ("arm64", ""),
        ("aarch64" | "arm64", variant) => ("arm64", variant),
        ("armhf", _) => ("arm", "v7"),
        ("armel", _) => ("arm", "v6"),
        ("arm", "" | "7") => ("arm", "v7"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "6") => ("arm", "v6"),
        ("arm", "8") => ("arm", "v8"),
        other => other,
    }
}

fn join(os: &str, (architecture, variant): (&str, &str)) -> String {
    match variant {
        "" => format!("{os}/{architecture}"),
        _ => format!("{os}/{architecture}/{variant}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_foreign_names_are_put_in_the_normal_form() {
        for (typed, normal) in [
            ("arm64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64/v8"),
            ("linux/arm64/8", "linux/arm64/v8"),
            ("Linux/AMD64", "linux/amd64"),
            ("x86_64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/amd64/v2", "linux/amd64/v2"),
            ("armhf", "linux/arm"),
            ("armel", "linux/arm/v6"),
            ("linux/arm/v7", "linux/arm/v7"),
            ("arm/v7", "arm/v7"),
            ("foo/bar", "foo/bar"),
            ("i386", "linux/386"),
            ("windows(10.0)/amd64", "windows/amd64"),
        ] {
            assert_eq!(normalise(typed).as_deref(), Ok(normal), "{typed}");
        }
    }

    #[test]
    fn an_operating_system_alone_takes_the_hosts_architecture() {
        assert_eq!(
            normalise("macos"),
            Ok(format!("darwin/{}", docker_name(std::env::consts::ARCH)))
        );
    }

    #[test]
    fn what_is_no_platform_is_refused() {
        let message = |typed| normalise(typed).expect_err("refused").to_string();
        assert_eq!(
            message("a/b/c/d"),
            "\"a/b/c/d\": cannot parse platform specifier: invalid argument"
        );
        for bad in [
            "",
            "foo",
            "*",
            "linux/",
            "linux//v8",
            "li nux",
            "linux/a b",
            "(10.0)/amd64",
            "windows(10 0)/amd64",
            "linux/amd64(1)",
        ] {
            assert!(normalise(bad).is_err(), "{bad:?}");
        }
    }
}
