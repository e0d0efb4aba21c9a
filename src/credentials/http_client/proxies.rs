//! Chooses the proxy for a request to AWS, as botocore does.
//!
//! botocore reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` with Python's
//! `urllib.request.getproxies`: the lower-case names win, and an empty one disables its upper-case
//! counterpart. botocore ignores `ALL_PROXY`. Unlike botocore, which asks the instance metadata
//! service through a proxy, credrun uses no proxy for this machine and link-local addresses:
//! credentials come from there, and a proxy elsewhere cannot reach them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::Uri;
use reqwest::Url;

use crate::credentials::http_client::error::SettingsError;
use crate::vars::{self, Environment};

/// The networks of EC2's and EKS's own services over IPv6, fd00:ec2::/32.
const EC2_V6: [u16; 2] = [0xfd00, 0xec2];

/// The proxies that the environment names.
#[derive(Clone, Default)]
pub(super) struct Proxies {
    http: Option<Setting>,
    https: Option<Setting>,
    no_proxy: Option<String>,
}

/// A variable and its value, which may hold a password.
#[derive(Clone)]
struct Setting {
    variable: &'static str,
    value: String,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    variable: &'static str,
    /// The URL, with user and password.
    pub(super) url: Url,
}

impl Proxy {
    pub(super) fn unusable(&self) -> SettingsError {
        SettingsError::Proxy {
            variable: self.variable,
        }
    }
}

/// The URL, without user and password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "{}://{host}", self.url.scheme())?;
        if let Some(port) = self.url.port() {
            write!(f, ":{port}")?;
        }
        write!(f, " ({})", self.variable)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

impl Proxies {
    pub(super) fn of(environment: &Environment) -> Self {
        Self {
            http: setting(environment, [vars::HTTP_PROXY_LOWER, vars::HTTP_PROXY]),
            https: setting(environment, [vars::HTTPS_PROXY_LOWER, vars::HTTPS_PROXY]),
            no_proxy: setting(environment, [vars::NO_PROXY_LOWER, vars::NO_PROXY])
                .map(|setting| setting.value),
        }
    }

    /// The proxy for `uri`; `None` for a direct connection.
    pub(super) fn for_uri(&self, uri: &Uri) -> Result<Option<Proxy>, SettingsError> {
        let setting = match uri.scheme_str() {
            Some("http") => self.http.as_ref(),
            Some("https") => self.https.as_ref(),
            _ => None,
        };
        let host = uri.host().unwrap_or_default();
        match setting {
            Some(setting) if !is_near(host) && !self.leaves_out(uri) => setting.proxy().map(Some),
            _ => Ok(None),
        }
    }

    /// Whether `NO_PROXY` lists the host or a domain that contains it.
    fn leaves_out(&self, uri: &Uri) -> bool {
        let Some(list) = &self.no_proxy else {
            return false;
        };
        if list == "*" {
            return true;
        }
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let with_port = uri.port().map(|port| format!("{host}:{port}"));
        list.split(',')
            .map(|name| name.trim().trim_start_matches('.').to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .any(|name| {
                [Some(&host), with_port.as_ref()]
                    .into_iter()
                    .flatten()
                    .filter_map(|host| host.strip_suffix(&name))
                    .any(|before| before.is_empty() || before.ends_with('.'))
            })
    }
}

fn setting(environment: &Environment, names: [&'static str; 2]) -> Option<Setting> {
    let (variable, value) = names
        .into_iter()
        .find_map(|name| Some((name, environment.get(name)?)))?;
    (!value.is_empty()).then_some(Setting { variable, value })
}

impl Setting {
    fn proxy(&self) -> Result<Proxy, SettingsError> {
        let variable = self.variable;
        let value = &self.value;
        let scheme = value
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        let url = match scheme.as_deref() {
            Some("http" | "https") => value.clone(),
            Some(socks) if socks.starts_with("socks") => {
                return Err(SettingsError::Socks { variable });
            }
            Some("") | None => format!("http://{}", value.trim_start_matches("//")),
            Some(_) => return Err(SettingsError::Proxy { variable }),
        };
        match Url::parse(&url) {
            Ok(url) if url.has_host() && url.port() != Some(0) => Ok(Proxy { variable, url }),
            _ => Err(SettingsError::Proxy { variable }),
        }
    }
}

/// Whether the host is this machine or link-local: the instance metadata service and the agents of
/// ECS and EKS are there.
fn is_near(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || is_ec2(address),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

fn is_ec2(address: Ipv6Addr) -> bool {
    address.segments()[..2] == EC2_V6
}

#[cfg(test)]
mod tests {
    use super::*;

    const STS: &str = "https://sts.eu-west-1.amazonaws.com/";

    fn proxy<const N: usize>(variables: [(&str, &str); N], uri: &str) -> Option<String> {
        let proxies = Proxies::of(&Environment::fixed(variables));
        let proxy = proxies.for_uri(&uri.parse().expect("a URI"));
        proxy.expect("a proxy's URL").map(|proxy| proxy.to_string())
    }

    #[test]
    fn the_lower_case_name_wins_and_empty_it_switches_the_other_off() {
        let upper = ("HTTPS_PROXY", "http://upper:1");
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(proxy([upper], STS), told("http://upper:1 (HTTPS_PROXY)"));
        let lower = ("https_proxy", "http://lower:1");
        assert_eq!(
            proxy([upper, lower], STS),
            told("http://lower:1 (https_proxy)")
        );
        assert_eq!(proxy([upper, ("https_proxy", "")], STS), None);
        assert_eq!(proxy([("HTTPS_PROXY", "")], STS), None);
    }

    #[test]
    fn each_scheme_has_its_own_proxy_and_all_proxy_is_nobodys() {
        let http = ("HTTP_PROXY", "http://plain:1");
        assert_eq!(proxy([http, ("ALL_PROXY", "http://all:1")], STS), None);
        assert_eq!(
            proxy([http], "http://sts.internal/").as_deref(),
            Some("http://plain:1 (HTTP_PROXY)")
        );
    }

    #[test]
    fn a_proxy_is_told_without_its_user_and_password() {
        for (value, told) in [
            ("proxy.corp:3128", "http://proxy.corp:3128"),
            ("//proxy.corp:3128", "http://proxy.corp:3128"),
            ("me:hush@proxy.corp:3128", "http://proxy.corp:3128"),
            ("http://me:hu%40sh@proxy.corp", "http://proxy.corp"),
            (
                "https://proxy.corp:3129/path?hush",
                "https://proxy.corp:3129",
            ),
        ] {
            let expected = format!("{told} (HTTPS_PROXY)");
            assert_eq!(
                proxy([("HTTPS_PROXY", value)], STS),
                Some(expected),
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_by_its_variable_without_its_value() {
        for value in [
            "http://",
            "me:hush@",
            "http://hush:notaport",
            "ftp://hush:1",
            "a:b:c",
            "h:0",
        ] {
            let proxies = Proxies::of(&Environment::fixed([("https_proxy", value)]));
            let error = proxies.for_uri(&STS.parse().expect("a URI"));
            let error = error.expect_err(value);
            assert_eq!(error.to_string(), "https_proxy is not a proxy URL");
            assert!(!format!("{error:?}").contains("hush"));
        }
        let proxies = Proxies::of(&Environment::fixed([("HTTPS_PROXY", "socks5://h:1080")]));
        let error = proxies.for_uri(&STS.parse().expect("a URI"));
        assert_eq!(
            error.expect_err("refused").to_string(),
            "HTTPS_PROXY names a SOCKS proxy"
        );
    }

    #[test]
    fn no_proxy_has_hosts_and_domains_as_in_python() {
        let is_direct = |list: &str, uri: &str| {
            proxy([("HTTPS_PROXY", "p:1"), ("NO_PROXY", list)], uri).is_none()
        };
        for list in [
            "*",
            "sts.eu-west-1.amazonaws.com",
            "amazonaws.com",
            ".amazonaws.com",
            "x, STS.eu-west-1.AMAZONAWS.com ,y",
        ] {
            assert!(is_direct(list, STS), "{list}");
        }
        for list in [
            "",
            ",",
            "zonaws.com",
            "eu-west-1",
            "x,*",
            "*.amazonaws.com",
            "sts.eu-west-1.amazonaws.com:443",
        ] {
            assert!(!is_direct(list, STS), "{list}");
        }
        assert!(is_direct("internal:8443", "https://sts.internal:8443/"));
        assert!(!is_direct("internal:8444", "https://sts.internal:8443/"));
    }

    #[test]
    fn what_is_on_this_machine_or_link_is_never_asked_through_a_proxy() {
        let both = [("HTTP_PROXY", "p:1"), ("HTTPS_PROXY", "p:1")];
        for near in [
            "http://localhost:1338/",
            "https://localhost/",
            "http://127.0.0.1:5000/",
            "http://127.8.9.10/",
            "http://[::1]:80/",
            "http://169.254.169.254/latest/",
            "http://169.254.170.2/v2",
            "http://169.254.170.23/v1",
            "http://[fd00:ec2::23]/v1",
            "http://[fd00:ec2::254]/latest/",
        ] {
            assert_eq!(proxy(both, near), None, "{near}");
        }
        for far in [
            "http://192.168.1.1/",
            "https://localhost.example/",
            "http://[fd00::1]/",
        ] {
            assert!(proxy(both, far).is_some(), "{far}");
        }
    }
}
