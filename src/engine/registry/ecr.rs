//! Amazon ECR without `docker login`: recognizes ECR's hosts, and makes a login from AWS
//! credentials.
//!
//! The host patterns are those of amazon-ecr-credential-helper. An explicit docker login wins;
//! callers ask [`super::auth`] first.

mod token;

use super::auth::RegistryAuth;
use crate::credentials::{Credentials, HttpClient};
use crate::iam::arn::is_account;
use crate::vars::{self, Environment};

pub use token::TokenError;

/// A registry that takes AWS credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EcrRegistry {
    /// A registry of an account, in a region.
    Private(PrivateRegistry),
    Public {
        host: String,
        /// Whether the dual-stack name was used.
        is_dual_stack: bool,
    },
}

/// What the host name of a private registry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateRegistry {
    host: String,
    account_id: String,
    region: String,
    is_fips: bool,
    /// Domain of the partition's APIs: `amazonaws.com`; for dual-stack hosts `api.aws`.
    api_domain: &'static str,
    is_dual_stack: bool,
}

/// The registry domains of each partition, with its API domains. Dual-stack ones differ.
const DOMAINS: [(&str, &str, bool); 9] = [
    ("amazonaws.com", "amazonaws.com", false),
    ("amazonaws.com.cn", "amazonaws.com.cn", false),
    ("amazonaws.eu", "amazonaws.eu", false),
    ("on.aws", "api.aws", true),
    (
        "on.amazonwebservices.com.cn",
        "api.amazonwebservices.com.cn",
        true,
    ),
    ("sc2s.sgov.gov", "sc2s.sgov.gov", false),
    ("c2s.ic.gov", "c2s.ic.gov", false),
    ("cloud.adc-e.uk", "cloud.adc-e.uk", false),
    ("csp.hci.ic.gov", "csp.hci.ic.gov", false),
];

/// ECR Public's API is in this region only.
const PUBLIC_REGION: &str = "us-east-1";

/// Why AWS credentials did not yield a login.
#[derive(Debug, thiserror::Error)]
#[error("cannot log in to {host} with the AWS credentials of this run")]
pub struct EcrError {
    pub host: String,
    permission: &'static str,
    pub source: TokenError,
}

impl EcrError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let permission = self.permission;
        Some(match &self.source {
            TokenError::Refused { status, code, .. }
                if code.starts_with("AccessDenied") || (*status == 403 && code.is_empty()) =>
            {
                format!(
                    "allow {permission} on \"*\" for this identity; the pull itself needs \
                     {PULL_PERMISSIONS}"
                )
            }
            TokenError::Refused { code, .. }
                if code.starts_with("ExpiredToken") || code.starts_with("UnrecognizedClient") =>
            {
                "these credentials have expired, or are not valid in the registry's region"
                    .to_owned()
            }
            TokenError::Unreachable { source, .. } if source.hint().is_some() => {
                return source.hint();
            }
            _ => "`--ecr-login=false` pulls with docker's own logins only".to_owned(),
        })
    }
}

const PULL_PERMISSIONS: &str = "ecr:BatchGetImage and ecr:GetDownloadUrlForLayer";

impl EcrRegistry {
    /// The registry at `domain`, the host of an image's name, if it belongs to ECR.
    #[must_use]
    pub fn of_domain(domain: &str) -> Option<Self> {
        let public = |is_dual_stack| Self::Public {
            host: domain.to_owned(),
            is_dual_stack,
        };
        match domain {
            "public.ecr.aws" => Some(public(false)),
            "ecr-public.aws.com" => Some(public(true)),
            _ => PrivateRegistry::of_host(domain).map(Self::Private),
        }
    }

    /// Exchanges AWS credentials for a login. It is valid for 12 hours, and only used for one pull.
    ///
    /// # Errors
    /// See [`EcrError`].
    pub async fn login(
        &self,
        credentials: &Credentials,
        http: &HttpClient,
        environment: &Environment,
    ) -> Result<RegistryAuth, EcrError> {
        let call = self.call(environment);
        match token::fetch(&call, credentials, http).await {
            Ok(token::Login { username, password }) => Ok(RegistryAuth {
                username,
                password,
                server_address: self.host().to_owned(),
                ..RegistryAuth::default()
            }),
            Err(source) => Err(EcrError {
                host: self.host().to_owned(),
                permission: self.permission(),
                source,
            }),
        }
    }

    /// What to say about the Engine's `message` when it could not pull from this registry with such
    /// a login; none if the message is clear.
    #[must_use]
    pub fn hint_for_refused_pull(&self, message: &str) -> Option<String> {
        let has = |text: &str| message.contains(text);
        let Self::Private(registry) = self else {
            return None;
        };
        if has("no basic auth credentials") {
            return Some(format!(
                "{} requires a login: allow ecr:GetAuthorizationToken, and do not use \
                 --ecr-login=false",
                registry.host
            ));
        }
        if has("not authorized to perform") || has("denied") || has("403") {
            return Some(format!(
                "this identity needs {PULL_PERMISSIONS} on the repository; an identity \
                 from another account than {} also needs them in the repository's policy",
                registry.account_id
            ));
        }
        None
    }

    fn host(&self) -> &str {
        match self {
            Self::Private(registry) => &registry.host,
            Self::Public { host, .. } => host,
        }
    }

    fn permission(&self) -> &'static str {
        match self {
            Self::Private(_) => "ecr:GetAuthorizationToken",
            Self::Public { .. } => "ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken",
        }
    }

    fn call(&self, environment: &Environment) -> token::Call {
        match self {
            Self::Private(registry) => token::Call {
                endpoint: configured_endpoint(vars::AWS_ENDPOINT_URL_ECR, environment)
                    .unwrap_or_else(|| registry.endpoint()),
                region: registry.region.clone(),
                signing_name: "ecr",
                target: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
                body: serde_json::json!({ "registryIds": [registry.account_id] }).to_string(),
            },
            Self::Public { is_dual_stack, .. } => token::Call {
                endpoint: configured_endpoint(vars::AWS_ENDPOINT_URL_ECR_PUBLIC, environment)
                    .unwrap_or_else(|| public_endpoint(*is_dual_stack).to_owned()),
                region: PUBLIC_REGION.to_owned(),
                signing_name: "ecr-public",
                target: "SpencerFrontendService.GetAuthorizationToken",
                body: "{}".to_owned(),
            },
        }
    }
}

impl PrivateRegistry {
    /// Matches `ACCOUNT.dkr.ecr[-fips].REGION.DOMAIN`, with `dkr-ecr` in dual-stack names.
    fn of_host(host: &str) -> Option<Self> {
        let (account_id, rest) = host.split_once('.')?;
        let rest = rest
            .strip_prefix("dkr.ecr")
            .or_else(|| rest.strip_prefix("dkr-ecr"))?;
        let (is_fips, rest) = match rest.strip_prefix("-fips") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (region, domain) = rest.strip_prefix('.')?.split_once('.')?;
        let (_, api_domain, is_dual_stack) =
            *DOMAINS.iter().find(|(known, _, _)| *known == domain)?;
        (is_account(account_id) && is_region(region)).then(|| Self {
            host: host.to_owned(),
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            is_fips,
            api_domain,
            is_dual_stack,
        })
    }

    fn endpoint(&self) -> String {
        let service = match (self.is_fips, self.is_dual_stack) {
            (true, _) => "ecr-fips",
            (false, true) => "ecr",
            (false, false) => "api.ecr",
        };
        format!("https://{service}.{}.{}", self.region, self.api_domain)
    }
}

fn is_region(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn public_endpoint(is_dual_stack: bool) -> &'static str {
    if is_dual_stack {
        "https://ecr-public.us-east-1.api.aws"
    } else {
        "https://api.ecr-public.us-east-1.amazonaws.com"
    }
}

fn configured_endpoint(own_variable: &str, environment: &Environment) -> Option<String> {
    if environment.is_true(vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS) {
        return None;
    }
    environment
        .non_empty(own_variable)
        .or_else(|| environment.non_empty(vars::AWS_ENDPOINT_URL))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(domain: &str) -> Option<String> {
        let call = EcrRegistry::of_domain(domain)?.call(&Environment::fixed([]));
        Some(format!("{} {}", call.region, call.endpoint))
    }

    /// Hosts of amazon-ecr-credential-helper's tests, endpoints of botocore's rules and of the
    /// AWS General Reference.
    #[test]
    fn every_host_leads_to_the_api_of_its_own_region_and_partition() {
        for (host, expected) in [
            (
                "123456789012.dkr.ecr.us-east-1.amazonaws.com",
                "us-east-1 https://api.ecr.us-east-1.amazonaws.com",
            ),
            (
                "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
                "us-gov-west-1 https://ecr-fips.us-gov-west-1.amazonaws.com",
            ),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
                "cn-north-1 https://api.ecr.cn-north-1.amazonaws.com.cn",
            ),
            (
                "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
                "cn-north-1 https://ecr.cn-north-1.api.amazonwebservices.com.cn",
            ),
            (
                "123456789012.dkr-ecr.us-west-2.on.aws",
                "us-west-2 https://ecr.us-west-2.api.aws",
            ),
            (
                "123456789012.dkr-ecr-fips.us-west-2.on.aws",
                "us-west-2 https://ecr-fips.us-west-2.api.aws",
            ),
            (
                "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu",
                "eusc-de-east-1 https://api.ecr.eusc-de-east-1.amazonaws.eu",
            ),
            (
                "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov",
                "us-iso-east-1 https://api.ecr.us-iso-east-1.c2s.ic.gov",
            ),
            (
                "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov",
                "us-isob-east-1 https://api.ecr.us-isob-east-1.sc2s.sgov.gov",
            ),
            (
                "123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk",
                "eu-isoe-west-1 https://api.ecr.eu-isoe-west-1.cloud.adc-e.uk",
            ),
            (
                "123456789012.dkr.ecr.us-isof-south-1.csp.hci.ic.gov",
                "us-isof-south-1 https://api.ecr.us-isof-south-1.csp.hci.ic.gov",
            ),
            (
                "public.ecr.aws",
                "us-east-1 https://api.ecr-public.us-east-1.amazonaws.com",
            ),
            (
                "ecr-public.aws.com",
                "us-east-1 https://ecr-public.us-east-1.api.aws",
            ),
        ] {
            assert_eq!(endpoint(host).as_deref(), Some(expected), "{host}");
        }
    }

    #[test]
    fn a_host_that_only_looks_like_ecr_gets_no_aws_credentials() {
        for host in [
            "docker.io",
            "12345678901.dkr.ecr.us-east-1.amazonaws.com",
            "1234567890123.dkr.ecr.us-east-1.amazonaws.com",
            "12345678901a.dkr.ecr.us-east-1.amazonaws.com",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example",
            "123456789012.dkr.ecr.us-east-1.evil.example",
            "123456789012.dkr.ecr.us-east-1.x.amazonaws.com",
            "123456789012.dkr.ecr.-us.amazonaws.com",
            "123456789012.dkr.ecr..amazonaws.com",
            "123456789012.dkr.ecrx.us-east-1.amazonaws.com",
            "123456789012.ecr.us-east-1.amazonaws.com",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com:443",
            "x.public.ecr.aws",
        ] {
            assert_eq!(EcrRegistry::of_domain(host), None, "{host}");
        }
    }

    #[test]
    fn configured_endpoints_are_honoured_own_before_general() {
        let general = ("AWS_ENDPOINT_URL", "http://general");
        let own = ("AWS_ENDPOINT_URL_ECR", "http://own");
        let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
        let registry = EcrRegistry::of_domain("123456789012.dkr.ecr.eu-west-1.amazonaws.com")
            .expect("a registry");
        let endpoint = |environment| registry.call(&environment).endpoint;
        assert_eq!(endpoint(Environment::fixed([general, own])), "http://own");
        assert_eq!(endpoint(Environment::fixed([general])), "http://general");
        assert_eq!(
            endpoint(Environment::fixed([general, own, ignore])),
            "https://api.ecr.eu-west-1.amazonaws.com"
        );
    }

    #[test]
    fn a_refused_pull_says_which_permissions_it_needs() {
        let registry = EcrRegistry::of_domain("123456789012.dkr.ecr.eu-west-1.amazonaws.com")
            .expect("a registry");
        let hint = |message| registry.hint_for_refused_pull(message);
        let denied = hint(
            "pull access denied for x, repository does not exist or may require 'docker \
             login': denied: User: arn:aws:iam::1:user/u is not authorized to perform: \
             ecr:BatchGetImage on resource: r",
        );
        assert!(denied.is_some_and(|hint| hint.contains("ecr:GetDownloadUrlForLayer")));
        let anonymous = hint("Head \"https://…\": no basic auth credentials");
        assert!(anonymous.is_some_and(|hint| hint.contains("ecr:GetAuthorizationToken")));
        assert_eq!(hint("manifest unknown"), None);
    }
}
