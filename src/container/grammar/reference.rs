//! Image references: `[DOMAIN/]PATH[:TAG][@DIGEST]`, parsed as Docker's distribution does.

use crate::container::FlagError;

const MAX_NAME: usize = 255;

/// An image, as typed and in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// As typed; the Engine's create request needs this form.
    pub typed: String,
    pub reference: Reference,
}

/// What an image is referred to by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// 64 hexadecimal digits: an image that the Engine has. It cannot be pulled.
    Id(String),
    /// A name in a registry.
    Name(Name),
}

/// A name in a registry, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The registry's host, with a port if typed: `docker.io` by default.
    pub domain: String,
    /// The repository there: `library/busybox`.
    pub path: String,
    /// The tag, `latest` by default. None if a digest was typed without one.
    pub tag: Option<String>,
    /// The digest, such as `sha256:…`.
    pub digest: Option<String>,
}

impl Image {
    /// What may be wrong with a name that the registry does not know.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.reference {
            // What else makes a host of it would be in a real one.
            Reference::Name(name)
                if name.domain != "localhost" && !name.domain.contains(['.', ':']) =>
            {
                let domain = &name.domain;
                Some(format!(
                    "image names have no capital letters, so {domain:?} is taken for a registry's host"
                ))
            }
            _ => None,
        }
    }
}

impl Name {
    /// `DOMAIN/PATH`: `fromImage` of a pull.
    #[must_use]
    pub fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The digest, or else the tag: `tag` of a pull.
    #[must_use]
    pub fn version(&self) -> &str {
        self.digest
            .as_deref()
            .or(self.tag.as_deref())
            .unwrap_or("latest")
    }

    /// As docker shows it: without `docker.io/library/`, with its tag.
    #[must_use]
    pub fn familiar(&self) -> String {
        let mut name = match self.domain.as_str() {
            "docker.io" => self
                .path
                .strip_prefix("library/")
                .filter(|path| !path.contains('/'))
                .unwrap_or(&self.path)
                .to_owned(),
            _ => self.repository(),
        };
        if let Some(tag) = &self.tag {
            name.push(':');
            name.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            name.push('@');
            name.push_str(digest);
        }
        name
    }
}

pub(crate) fn parse(typed: &str) -> Result<Image, FlagError> {
    let reference = if typed.len() == 64 && typed.bytes().all(is_lower_hex) {
        Reference::Id(typed.to_owned())
    } else {
        Reference::Name(parse_name(typed)?)
    };
    Ok(Image {
        typed: typed.to_owned(),
        reference,
    })
}

fn parse_name(typed: &str) -> Result<Name, FlagError> {
    let (name, digest) = match typed.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (typed, None),
    };
    let (domain, remainder) = split_domain(name);
    let (path, tag) = match remainder.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (remainder, None),
    };
    let path = match domain {
        "docker.io" if !path.contains('/') => format!("library/{path}"),
        _ => path.to_owned(),
    };
    if path.chars().any(char::is_uppercase) {
        return Err(FlagError::with_hint(
            format!("invalid reference format: repository name ({path}) must be lowercase"),
            "image names have no capital letters; tags may",
        ));
    }
    let well_formed = is_domain(domain)
        && path.split('/').all(is_path_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest);
    if !well_formed {
        return Err(FlagError::new("invalid reference format"));
    }
    if path.len() > MAX_NAME {
        return Err(FlagError::new(format!(
            "invalid reference format: repository name must not be more than {MAX_NAME} characters"
        )));
    }
    let default_tag = digest.is_none().then_some("latest");
    Ok(Name {
        domain: domain.to_owned(),
        path,
        tag: tag.or(default_tag).map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

/// The part before the first slash is a registry's host if it looks like one: it has a dot, a
/// colon or a capital letter, or is `localhost`.
fn split_domain(name: &str) -> (&str, &str) {
    const DEFAULT: &str = "docker.io";
    match name.split_once('/') {
        Some(("index.docker.io", rest)) => (DEFAULT, rest),
        Some((first, rest))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.chars().any(char::is_uppercase) =>
        {
            (first, rest)
        }
        _ => (DEFAULT, name),
    }
}

fn is_domain(domain: &str) -> bool {
    // An IPv6 address holds colons itself.
    let (host, port) = match domain
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, port)) => {
            let valid =
                !address.is_empty() && address.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
            return valid && (port.is_empty() || port.strip_prefix(':').is_some_and(is_number));
        }
        None => domain
            .split_once(':')
            .map_or((domain, None), |(host, port)| (host, Some(port))),
    };
    host.split('.').all(is_host_label) && port.is_none_or(is_number)
}

fn is_host_label(label: &str) -> bool {
    label.starts_with(|c: char| c.is_ascii_alphanumeric())
        && label.ends_with(|c: char| c.is_ascii_alphanumeric())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_path_component(component: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = component.split(is_word).filter(|part| !part.is_empty());
    component.starts_with(is_word)
        && component.ends_with(is_word)
        && separators
            .into_iter()
            .all(|s| matches!(s, "." | "_" | "__") || s.chars().all(|c| c == '-'))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(is_word)
        && tag.chars().all(|c| is_word(c) || c == '.' || c == '-')
}

/// `sha256:` and 64 digits, or one of the two longer algorithms.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return false;
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(is_lower_hex)
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capital_letter_that_makes_a_host_of_a_name_is_told() {
        let hint = |typed| parse(typed).expect("an image").hint();
        let told = hint("UPPER/case").expect("a hint");
        assert!(
            told.contains("\"UPPER\" is taken for a registry's host"),
            "{told}"
        );
        for typed in [
            "busybox",
            "me/tool",
            "localhost/x",
            "Reg.example/x",
            "REG:5000/x",
        ] {
            assert_eq!(hint(typed), None, "{typed}");
        }
    }

    const HEX: &str = "89cfea1a6610a15f9df541f91bb6bd67ed7789b01d25f4818f23bd26ac90b3be";

    fn name(typed: &str) -> (String, String) {
        match parse(typed).expect("a reference").reference {
            Reference::Name(name) => (name.repository(), name.version().to_owned()),
            Reference::Id(id) => (id, String::new()),
        }
    }

    fn pair(repository: &str, version: &str) -> (String, String) {
        (repository.to_owned(), version.to_owned())
    }

    #[test]
    fn a_name_is_completed() {
        assert_eq!(name("busybox"), pair("docker.io/library/busybox", "latest"));
        assert_eq!(
            name("amazon/aws-cli:2"),
            pair("docker.io/amazon/aws-cli", "2")
        );
        assert_eq!(name("index.docker.io/a/b"), pair("docker.io/a/b", "latest"));
        assert_eq!(
            name("localhost:5000/x_y/z--w"),
            pair("localhost:5000/x_y/z--w", "latest")
        );
        assert_eq!(
            name("public.ecr.aws/l/x:t"),
            pair("public.ecr.aws/l/x", "t")
        );
        assert_eq!(name("[::1]:5000/x"), pair("[::1]:5000/x", "latest"));
    }

    #[test]
    fn a_registry_is_a_host_or_an_address_with_or_without_a_port() {
        for domain in [
            "a",
            "a-b.example",
            "a:80",
            "[::1]",
            "[::1]:80",
            "1.2.3.4:80",
        ] {
            assert!(is_domain(domain), "{domain}");
        }
        for domain in [
            "", "a..b", "-a", "a-", "a_b", "a:", "a:x", "[]", "[::1]x", "[::1]:", "[::g]",
            "[::1]:x",
        ] {
            assert!(!is_domain(domain), "{domain}");
        }
    }

    #[test]
    fn a_repositorys_name_has_a_longest_length() {
        for (length, is_name) in [
            (MAX_NAME - 1, true),
            (MAX_NAME, true),
            (MAX_NAME + 1, false),
            (MAX_NAME + 2, false),
        ] {
            let typed = format!("localhost/{}", "a".repeat(length));
            assert_eq!(parse(&typed).is_ok(), is_name, "{length}");
        }
    }

    #[test]
    fn a_digest_is_of_its_algorithms_length() {
        for (algorithm, length) in [("sha256", 64), ("sha384", 96), ("sha512", 128)] {
            let digest = |length| format!("{algorithm}:{}", "a".repeat(length));
            assert!(is_digest(&digest(length)), "{algorithm}");
            assert!(!is_digest(&digest(length - 1)), "{algorithm}");
            let upper = format!("{algorithm}:{}", "A".repeat(length));
            assert!(!is_digest(&upper), "{algorithm}");
        }
        assert!(!is_digest(&format!("md5:{}", "a".repeat(64))));
    }

    #[test]
    fn a_digest_stands_before_a_tag() {
        let digest = format!("sha256:{HEX}");
        assert_eq!(
            name(&format!("busybox:1@{digest}")),
            pair("docker.io/library/busybox", &digest)
        );
    }

    #[test]
    fn sixty_four_hex_digits_are_an_id() {
        let image = parse(HEX).expect("an ID");
        assert_eq!(image.reference, Reference::Id(HEX.to_owned()));
    }

    #[test]
    fn names_are_shown_as_docker_shows_them() {
        for (typed, shown) in [
            ("busybox", "busybox:latest"),
            ("amazon/aws-cli:2", "amazon/aws-cli:2"),
            ("quay.io/a/b", "quay.io/a/b:latest"),
        ] {
            let Reference::Name(name) = parse(typed).expect("a name").reference else {
                panic!("{typed} is a name");
            };
            assert_eq!(name.familiar(), shown);
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for bad in [
            "",
            "foo:bar:baz",
            "a//b",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "a:",
            "a:-t",
            "a@sha256:12",
            "a@md5:00",
            ":80/a",
            "x.y:z/a",
            "a b",
        ] {
            assert_eq!(
                parse(bad).expect_err("refused").to_string(),
                "invalid reference format",
                "{bad:?}"
            );
        }
        assert_eq!(
            parse("UPPER/Case").expect_err("refused").to_string(),
            "invalid reference format: repository name (Case) must be lowercase"
        );
    }
}
