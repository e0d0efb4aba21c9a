//! The environment variables that credrun reads or sets, each once, with its meaning.

use std::collections::BTreeMap;
use std::path::PathBuf;

macro_rules! variables {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = stringify!($name);)+
    };
}

variables! {
    /// First half of a key pair; not secret.
    AWS_ACCESS_KEY_ID;
    /// Second half of a key pair.
    AWS_SECRET_ACCESS_KEY;
    /// Marks a key pair as temporary.
    AWS_SESSION_TOKEN;
    /// When a temporary set ends, RFC 3339 with `Z`. Read by botocore and the JS SDK.
    AWS_CREDENTIAL_EXPIRATION;
    /// The region, for CLI v2 and most SDKs.
    AWS_REGION;
    /// The region, for boto3, CLI v1 and older SDKs.
    AWS_DEFAULT_REGION;
    /// Names a profile of the shared config files.
    AWS_PROFILE;
    /// The profile's name in botocore's and Go's older spelling.
    AWS_DEFAULT_PROFILE;
    /// The credential endpoint as a whole URL: CloudShell, EKS.
    AWS_CONTAINER_CREDENTIALS_FULL_URI;
    /// The credential endpoint as a path on 169.254.170.2: ECS. It outranks the full URI.
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
    /// The token for the credential endpoint, sent verbatim in `Authorization`.
    AWS_CONTAINER_AUTHORIZATION_TOKEN;
    /// A file that holds that token and may change; it outranks the variable.
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
    /// Where the shared config file is, instead of `~/.aws/config`.
    AWS_CONFIG_FILE;
    /// Where the shared credentials file is, instead of `~/.aws/credentials`.
    AWS_SHARED_CREDENTIALS_FILE;
    /// Any value lets older SDKs for Go and JavaScript read the config file.
    AWS_SDK_LOAD_CONFIG;
    /// `true` keeps SDKs from asking the instance metadata service.
    AWS_EC2_METADATA_DISABLED;
    /// `true` has SDKs tell of their calls in datagrams: client-side monitoring.
    AWS_CSM_ENABLED;
    /// Where these go.
    AWS_CSM_HOST;
    /// Where these go.
    AWS_CSM_PORT;
    /// What these are marked with.
    AWS_CSM_CLIENT_ID;
    /// A web identity token (OIDC) to exchange for a role.
    AWS_WEB_IDENTITY_TOKEN_FILE;
    /// The role that the web identity token is exchanged for.
    AWS_ROLE_ARN;
    /// The session name for that role.
    AWS_ROLE_SESSION_NAME;
    /// The session token in an older spelling, which botocore prefers to the newer.
    AWS_SECURITY_TOKEN;
    /// The account of a key pair in the environment.
    AWS_ACCOUNT_ID;
    /// Replaces every AWS service's endpoint.
    AWS_ENDPOINT_URL;
    /// Replaces the endpoint of STS; it outranks `AWS_ENDPOINT_URL`.
    AWS_ENDPOINT_URL_STS;
    /// The same for IAM Identity Center.
    AWS_ENDPOINT_URL_SSO;
    /// The same for renewing its token.
    AWS_ENDPOINT_URL_SSO_OIDC;
    /// `true` leaves the endpoints of config files and of `AWS_ENDPOINT_URL` out.
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS;
    /// The name of a Docker Compose project.
    COMPOSE_PROJECT_NAME;
    /// `true` for a Compose that `credrun compose-env` has started.
    CREDRUN_COMPOSE_ENV;
    /// The profiles whose `credential_process` led here, to detect a loop.
    CREDRUN_PROFILE_CHAIN;
    /// `true` asks for FIPS endpoints.
    AWS_USE_FIPS_ENDPOINT;
    /// `true` asks for endpoints that speak IPv6 too.
    AWS_USE_DUALSTACK_ENDPOINT;
    /// Where the instance metadata service is, instead of 169.254.169.254.
    AWS_EC2_METADATA_SERVICE_ENDPOINT;
    /// A file of CA certificates to trust for AWS instead of the machine's.
    AWS_CA_BUNDLE;
    /// The same for Python's requests; the AWS CLI falls back to it.
    REQUESTS_CA_BUNDLE;
    /// The proxy for AWS endpoints over plain http.
    HTTP_PROXY;
    /// The proxy for AWS endpoints over https.
    HTTPS_PROXY;
    /// Hosts and domains, separated by commas, that are accessed without a proxy.
    NO_PROXY;
    /// `CloudShell` inside AWS CloudShell, set by its default shell profile.
    AWS_EXECUTION_ENV;
    /// Where ECR's API is, instead of its public address.
    AWS_ENDPOINT_URL_ECR;
    /// Where ECR Public's API is.
    AWS_ENDPOINT_URL_ECR_PUBLIC;
    /// Where the Engine listens: `unix://`, `tcp://`, `ssh://`.
    DOCKER_HOST;
    /// Which docker context to use where no host is given.
    DOCKER_CONTEXT;
    /// The directory of docker's `config.json`, instead of `~/.docker`.
    DOCKER_CONFIG;
    /// Pins the Engine API version instead of negotiating it.
    DOCKER_API_VERSION;
    /// Any value turns TLS on, with verification.
    DOCKER_TLS_VERIFY;
    /// Any value turns TLS on.
    DOCKER_TLS;
    /// The directory of `ca.pem`, `cert.pem` and `key.pem`.
    DOCKER_CERT_PATH;
    /// Any value but an empty or a false one: docker's client verifies the signature of a tag.
    DOCKER_CONTENT_TRUST;
    /// Registry logins as JSON, before config.json's.
    DOCKER_AUTH_CONFIG;
    /// Default of `--platform`.
    DOCKER_DEFAULT_PLATFORM;
    /// A socket of docker's client, which closes it to end a plugin.
    DOCKER_CLI_PLUGIN_SOCKET;
    /// HTTP headers for every Engine request, as CSV of `name=value`; replaces config.json's.
    DOCKER_CUSTOM_HEADERS;
    /// Any value but an empty one: no colours, by the convention of no-color.org.
    NO_COLOR;
    /// What the terminal can do; `dumb` is one that shows text and can do nothing else.
    TERM;
    /// Where programs keep logs, instead of `~/.local/state`.
    XDG_STATE_HOME;
    /// Where sockets of the user's own services are.
    XDG_RUNTIME_DIR;
    /// The home directory.
    HOME;
    /// Where programs are looked for.
    PATH;
    /// Any value keeps the terminal out of raw mode, as docker's client does.
    NORAW;
}

/// A shell's name: the completion script of that shell asks for candidates.
pub const COMPLETE: &str = "_CREDRUN_COMPLETE";

/// `HTTP_PROXY` as most programs spell it. It outranks the other spelling.
pub const HTTP_PROXY_LOWER: &str = "http_proxy";
/// `HTTPS_PROXY` as most programs spell it. It outranks the other spelling.
pub const HTTPS_PROXY_LOWER: &str = "https_proxy";
/// `NO_PROXY` as most programs spell it. It outranks the other spelling.
pub const NO_PROXY_LOWER: &str = "no_proxy";

/// Where to look up variables: in the process's own, or in a fixed set for tests.
///
/// Values are read on demand and never kept, so that no secret is copied here.
#[derive(Clone)]
pub struct Environment(Lookup);

#[derive(Clone)]
enum Lookup {
    Process,
    Fixed(BTreeMap<String, String>),
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(Lookup::Process)
    }

    /// Just these variables.
    #[must_use]
    pub fn fixed<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(Lookup::Fixed(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        ))
    }

    /// The value of `name`, which may be empty. Bytes that are not UTF-8 are replaced, as they
    /// would be in the Engine's JSON.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        match &self.0 {
            Lookup::Process => {
                std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
            }
            Lookup::Fixed(variables) => variables.get(name).cloned(),
        }
    }

    /// The names that begin with `prefix`, of variables that are not empty, in alphabetical order.
    #[must_use]
    pub fn names_with(&self, prefix: &str) -> Vec<String> {
        let mut names: Vec<String> = match &self.0 {
            Lookup::Process => std::env::vars_os()
                .filter_map(|(name, _)| name.into_string().ok())
                .collect(),
            Lookup::Fixed(variables) => variables.keys().cloned().collect(),
        };
        names.retain(|name| name.starts_with(prefix) && self.non_empty(name).is_some());
        names.sort_unstable();
        names
    }

    /// The value of `name`, if it is not empty. Docker and AWS both treat an empty variable as
    /// unset.
    #[must_use]
    pub fn non_empty(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether the variable is set to `true`, in any case, as AWS's tools read a switch.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| is_true(&value))
    }

    /// The directory for what outlives a process: `$XDG_STATE_HOME/credrun`, or its default below
    /// the home directory; `None` if there is neither.
    #[must_use]
    pub fn state_directory(&self) -> Option<PathBuf> {
        let state = self
            .non_empty(XDG_STATE_HOME)
            .map(PathBuf::from)
            // By the XDG Base Directory Specification, a relative path is invalid and ignored.
            .filter(|path| path.is_absolute())
            .or_else(|| self.home().map(|home| home.join(".local/state")));
        Some(state?.join("credrun"))
    }

    /// The home directory: `HOME`, or else the entry in the user database.
    #[must_use]
    pub fn home(&self) -> Option<PathBuf> {
        match &self.0 {
            Lookup::Process => std::env::home_dir(),
            Lookup::Fixed(_) => self.non_empty(HOME).map(PathBuf::from),
        }
        .filter(|home| !home.as_os_str().is_empty())
    }
}

/// Whether a switch of AWS's tools is on, in a variable or a config file.
#[must_use]
pub fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Environment(..)")
    }
}
