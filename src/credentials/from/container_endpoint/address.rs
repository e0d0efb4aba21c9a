//! The address of the container endpoint, and whether it may be used.
//!
//! With an `http` URL, the token and the credentials are sent in the clear. Plain http is therefore
//! accepted only for this machine and the fixed addresses of ECS and EKS. The rule and its list are
//! botocore's and the Rust SDK's. A host name other than `localhost` is refused without being
//! resolved, since the resolver may not be trustworthy.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::vars::{self, Environment};

/// The ECS agent, which serves relative URIs.
const ECS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 2);
/// The EKS Pod Identity agent.
const EKS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 23);
/// The EKS Pod Identity agent over IPv6, fd00:ec2::23.
const EKS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);
/// CloudShell's own path; its host is `localhost:1338`.
const CLOUDSHELL_PATH: &str = "/latest/meta-data/container/security-credentials";

/// The URL of a permitted container endpoint.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address(Url);

/// Why the address in the environment is not used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// A relative URI must be a path.
    #[error(
        "{} must start with a slash",
        vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
    )]
    NotAPath,
    /// Not a URL at all.
    #[error("{} is not a URL", vars::AWS_CONTAINER_CREDENTIALS_FULL_URI)]
    NotAUrl,
    /// Neither http nor https.
    #[error(
        "{} must be an http or https URL",
        vars::AWS_CONTAINER_CREDENTIALS_FULL_URI
    )]
    Scheme,
    /// Plain http to a host that must not see the token.
    #[error(
        "{} names {host}, which cannot be used over plain http",
        vars::AWS_CONTAINER_CREDENTIALS_FULL_URI
    )]
    Host { host: String },
}

impl AddressError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotAPath | Self::NotAUrl | Self::Scheme => format!(
                "CloudShell, ECS and EKS set the variable themselves; unset {} and {} elsewhere",
                vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
                vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
            ),
            Self::Host { .. } => format!(
                "plain http is allowed for localhost, loopback addresses, {ECS}, {EKS} and [{EKS_V6}]; use https for other hosts"
            ),
        }
    }
}

impl Address {
    /// The address from the environment. The relative URI outranks the full one, as in every SDK
    /// but old Go. An empty variable counts as unset.
    pub(crate) fn from_environment(
        environment: &Environment,
    ) -> Result<Option<Self>, AddressError> {
        if let Some(path) = environment.non_empty(vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI) {
            return Self::relative(&path).map(Some);
        }
        environment
            .non_empty(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI)
            .map(|url| Self::full(&url))
            .transpose()
    }

    fn relative(path: &str) -> Result<Self, AddressError> {
        if !path.starts_with('/') {
            return Err(AddressError::NotAPath);
        }
        // A path such as `//other.host/` must stay a path.
        let mut url = Url::parse(&format!("http://{ECS}/")).map_err(|_| AddressError::NotAPath)?;
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        url.set_path(path);
        url.set_query(query);
        Ok(Self(url))
    }

    fn full(url: &str) -> Result<Self, AddressError> {
        let url = Url::parse(url).map_err(|_| AddressError::NotAUrl)?;
        let host = url.host_str().ok_or(AddressError::NotAUrl)?;
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if may_see_the_token(host) => Ok(Self(url)),
            "http" => Err(AddressError::Host {
                host: host.to_owned(),
            }),
            _ => Err(AddressError::Scheme),
        }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether this is CloudShell, judged by its address too: its variable is lost with a replaced
    /// `.bashrc`, `env -i` or sudo, but its address is not.
    pub(crate) fn is_cloudshell(&self) -> bool {
        self.0.host_str() == Some("localhost")
            && self.0.port() == Some(1338)
            && self.0.path() == CLOUDSHELL_PATH
    }
}

fn may_see_the_token(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address == ECS || address == EKS,
        Ok(IpAddr::V6(address)) => address.is_loopback() || address == EKS_V6,
        Err(_) => host == "localhost",
    }
}

/// The URL without its possibly secret parts: user, password, query.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        write!(
            f,
            "{}://{}",
            url.scheme(),
            url.host_str().unwrap_or_default()
        )?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(url: &str) -> Result<String, AddressError> {
        let environment = Environment::fixed([(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, url)]);
        Address::from_environment(&environment)
            .map(|address| address.expect("an address").url().to_string())
    }

    fn address(url: &str) -> Address {
        let environment = Environment::fixed([(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, url)]);
        let address = Address::from_environment(&environment).expect("valid");
        address.expect("an address")
    }

    #[test]
    fn an_address_is_known_by_its_scheme_and_cloudshells_by_all_its_parts() {
        assert!(address("https://credentials.example/x").is_https());
        assert!(!address("http://localhost/x").is_https());
        let cloudshell = format!("http://localhost:1338{CLOUDSHELL_PATH}");
        assert!(address(&cloudshell).is_cloudshell());
        for (part, other) in [
            ("localhost", "127.0.0.1"),
            ("1338", "1339"),
            (CLOUDSHELL_PATH, "/other"),
        ] {
            let other = cloudshell.replace(part, other);
            assert!(!address(&other).is_cloudshell(), "{other}");
        }
    }

    #[test]
    fn no_variable_and_empty_variables_are_no_address() {
        let none = Environment::fixed([]);
        assert_eq!(Address::from_environment(&none), Ok(None));
        let empty = Environment::fixed([
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, ""),
            (vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, ""),
        ]);
        assert_eq!(Address::from_environment(&empty), Ok(None));
    }

    #[test]
    fn the_relative_uri_outranks_the_full_one_and_belongs_to_the_ecs_agent() {
        let both = Environment::fixed([
            (
                vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
                "http://localhost/",
            ),
            (
                vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
                "/v2/credentials/a-b?x=1",
            ),
        ]);
        let address = Address::from_environment(&both)
            .expect("valid")
            .expect("set");
        assert_eq!(
            address.url().as_str(),
            "http://169.254.170.2/v2/credentials/a-b?x=1"
        );
    }

    #[test]
    fn a_relative_uri_cannot_name_another_host() {
        let environment = Environment::fixed([(
            vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
            "//attacker.example/creds",
        )]);
        let address = Address::from_environment(&environment)
            .expect("valid")
            .expect("set");
        assert_eq!(address.url().host_str(), Some("169.254.170.2"));
        let environment = Environment::fixed([(
            vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
            "@attacker.example",
        )]);
        assert_eq!(
            Address::from_environment(&environment),
            Err(AddressError::NotAPath)
        );
    }

    #[test]
    fn plain_http_is_for_this_machine_and_the_agents_only() {
        for allowed in [
            "http://localhost:1338/x?a=b",
            "http://127.0.0.1/x",
            "http://127.8.9.10/x",
            "http://[::1]:80/x",
            "http://169.254.170.2/x",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
            "https://any.example/x",
            "https://192.0.2.1/x",
        ] {
            assert!(full(allowed).is_ok(), "{allowed}");
        }
        for refused in [
            "http://192.168.1.1/x",
            "http://169.254.0.1/x",
            "http://169.254.169.254/x",
            "http://[::2]/x",
            "http://example.com/x",
            "http://localhost.example.com/x",
            "http://0.0.0.0/x",
        ] {
            assert!(
                matches!(full(refused), Err(AddressError::Host { .. })),
                "{refused}"
            );
        }
    }

    #[test]
    fn what_is_no_url_is_refused_by_name() {
        assert_eq!(full("localhost:1338/x"), Err(AddressError::NotAUrl));
        assert_eq!(full("/latest"), Err(AddressError::NotAUrl));
        assert_eq!(full("ftp://localhost/x"), Err(AddressError::Scheme));
    }

    #[test]
    fn the_query_is_asked_with_but_never_shown() {
        let environment = Environment::fixed([(
            vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
            "http://user:pass@127.0.0.1:99/path?key=hush",
        )]);
        let address = Address::from_environment(&environment)
            .expect("valid")
            .expect("set");
        assert_eq!(address.url().query(), Some("key=hush"));
        assert_eq!(address.to_string(), "http://127.0.0.1:99/path");
        assert_eq!(format!("{address:?}"), "Address(http://127.0.0.1:99/path)");
    }

    #[test]
    fn cloudshell_is_known_by_its_address() {
        let url = "http://localhost:1338/latest/meta-data/container/security-credentials";
        let environment = Environment::fixed([(vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, url)]);
        let address = Address::from_environment(&environment)
            .expect("valid")
            .expect("set");
        assert!(address.is_cloudshell());
    }
}
