//! Whether to use TLS with an Engine, and with which files.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::engine::EngineArgs;
use crate::engine::reach::config_file::DockerConfig;
use crate::engine::reach::context::DockerContext;
use crate::engine::reach::tls::TlsFiles;
use crate::engine::reach::tls::error::TlsError;
use crate::vars::{self, Environment};

/// TLS for one endpoint.
pub(crate) struct Tls {
    pub(crate) files: TlsFiles,
    pub(crate) verify: bool,
}

/// A context has TLS if it has TLS files, or says that nothing is to be verified.
pub(crate) fn of_context(context: &DockerContext) -> Result<Option<Tls>, TlsError> {
    let read = |name: &str| TlsFiles::optional(&context.tls_directory.join(name));
    let files = TlsFiles {
        ca: read("ca.pem")?,
        cert: read("cert.pem")?,
        key: read("key.pem")?.map(Zeroizing::new),
    };
    let is_on = !files.is_empty() || context.skip_tls_verify;
    Ok(is_on.then_some(Tls {
        files,
        verify: !context.skip_tls_verify,
    }))
}

/// TLS of the default context: flags take precedence over variables.
pub(crate) struct DefaultTls {
    ca: PathBuf,
    cert: ClientFile,
    key: ClientFile,
    verify: bool,
}

/// A file of the client certificate: a named one must exist.
enum ClientFile {
    Named(PathBuf),
    Default(PathBuf),
}

impl ClientFile {
    fn new(named: Option<&PathBuf>, directory: &Path, name: &str) -> Self {
        match named {
            Some(path) => Self::Named(path.clone()),
            None => Self::Default(directory.join(name)),
        }
    }

    fn read(&self) -> Result<Option<Vec<u8>>, TlsError> {
        match self {
            Self::Named(path) => TlsFiles::required(path).map(Some),
            Self::Default(path) => TlsFiles::optional(path),
        }
    }
}

impl DefaultTls {
    pub(crate) fn new(
        arguments: &EngineArgs,
        environment: &Environment,
        config: &DockerConfig,
    ) -> Option<Self> {
        let by_variable = |name| environment.non_empty(name).is_some();
        let verify = arguments
            .tlsverify
            .unwrap_or_else(|| by_variable(vars::DOCKER_TLS_VERIFY));
        // Naming --tlsverify turns TLS on even where it turns verification off.
        let is_on = verify
            || arguments.tlsverify.is_some()
            || arguments
                .tls
                .unwrap_or_else(|| by_variable(vars::DOCKER_TLS));
        if !is_on {
            return None;
        }
        let directory = environment
            .non_empty(vars::DOCKER_CERT_PATH)
            .map(PathBuf::from)
            .or_else(|| config.directory.clone())
            .unwrap_or_default();
        Some(Self {
            ca: arguments
                .tlscacert
                .clone()
                .unwrap_or_else(|| directory.join("ca.pem")),
            cert: ClientFile::new(arguments.tlscert.as_ref(), &directory, "cert.pem"),
            key: ClientFile::new(arguments.tlskey.as_ref(), &directory, "key.pem"),
            verify,
        })
    }

    pub(crate) fn read(&self) -> Result<Tls, TlsError> {
        Ok(Tls {
            files: TlsFiles {
                ca: Some(TlsFiles::required(&self.ca)?),
                cert: self.cert.read()?,
                key: self.key.read()?.map(Zeroizing::new),
            },
            verify: self.verify,
        })
    }
}
