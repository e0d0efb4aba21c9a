//! Settings for reaching AWS: proxies, and trusted certificates.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::proxies::Proxies;
use crate::credentials::config_file::Profiles;
use crate::credentials::http_client::error::SettingsError;
use crate::files;
use crate::vars::{self, Environment};

/// The settings of one command.
pub(super) struct Settings {
    pub(super) proxies: Proxies,
    environment: Environment,
    /// The profile whose `ca_bundle` is used.
    profile: Option<String>,
    trusting: OnceLock<ClientConfig>,
}

/// A file of certificates, and the setting that names it.
struct Bundle {
    path: PathBuf,
    named_by: String,
}

impl Settings {
    pub(super) fn of(environment: &Environment, profile: Option<&str>) -> Self {
        Self {
            proxies: Proxies::of(environment),
            environment: environment.clone(),
            profile: profile.map(str::to_owned),
            trusting: OnceLock::new(),
        }
    }

    /// The CA bundle that is configured, if any. It replaces the machine's certificates.
    fn bundle(&self) -> Option<Bundle> {
        let variable = |name: &str| {
            self.environment.non_empty(name).map(|path| Bundle {
                path: path.into(),
                named_by: name.to_owned(),
            })
        };
        variable(vars::AWS_CA_BUNDLE)
            .or_else(|| self.bundle_of_profile())
            .or_else(|| variable(vars::REQUESTS_CA_BUNDLE))
    }

    /// An unusable config file is ignored here; code that needs the file reports it.
    fn bundle_of_profile(&self) -> Option<Bundle> {
        let name = self.profile.as_deref()?;
        let profiles = Profiles::load(&self.environment).ok()?;
        let path = profiles.get(name)?.get("ca_bundle")?;
        (!path.is_empty()).then(|| Bundle {
            path: path.into(),
            named_by: format!("ca_bundle of profile {name:?}"),
        })
    }

    /// Reads the CA bundle, if one is configured. The machine's own certificates are read only when
    /// they are needed, since that takes a while.
    pub(super) fn check_bundle(&self) -> Result<(), SettingsError> {
        match self.bundle() {
            Some(bundle) if self.trusting.get().is_none() => self.trust(&bundle).map(drop),
            _ => Ok(()),
        }
    }

    /// TLS with the configured certificates. Reads files.
    pub(super) fn trusting(&self) -> Result<ClientConfig, SettingsError> {
        if let Some(config) = self.trusting.get() {
            return Ok(config.clone());
        }
        match self.bundle() {
            Some(bundle) => self.trust(&bundle),
            None => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                tracing::debug!(certificates = roots.len(), "trusting the machine's CAs");
                self.keep(roots)
            }
        }
    }

    fn trust(&self, bundle: &Bundle) -> Result<ClientConfig, SettingsError> {
        let Bundle { path, named_by } = bundle;
        let roots = roots_of(path).map_err(|source| SettingsError::Unreadable {
            path: path.clone(),
            named_by: named_by.clone(),
            source,
        })?;
        if roots.is_empty() {
            return Err(SettingsError::NoCertificate {
                path: path.clone(),
                named_by: named_by.clone(),
            });
        }
        let (path, certificates) = (path.display(), roots.len());
        tracing::debug!(%path, %named_by, certificates, "trusting a CA bundle");
        self.keep(roots)
    }

    fn keep(&self, roots: RootCertStore) -> Result<ClientConfig, SettingsError> {
        let config = client_config(roots)?;
        Ok(self.trusting.get_or_init(|| config).clone())
    }
}

/// TLS that trusts no certificate, for plain http.
pub(super) fn trusting_no_root() -> Result<ClientConfig, SettingsError> {
    client_config(RootCertStore::empty())
}

/// Skips whatever is not a certificate, as OpenSSL does.
fn roots_of(path: &Path) -> io::Result<RootCertStore> {
    let pem = files::read(path)?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok));
    Ok(roots)
}

fn client_config(roots: RootCertStore) -> Result<ClientConfig, SettingsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(SettingsError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<const N: usize>(variables: [(&str, &str); N], profile: Option<&str>) -> String {
        let settings = Settings::of(&Environment::fixed(variables), profile);
        let error = settings.check_bundle().expect_err("refused");
        assert!(error.hint().is_some());
        error.to_string()
    }

    #[test]
    fn the_variable_outranks_the_profile_and_that_the_one_of_requests() {
        let config = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(config.path(), "[profile p]\nca_bundle = /none/p\n").expect("written");
        let file = config.path().to_str().expect("UTF-8");
        let config = (vars::AWS_CONFIG_FILE, file);
        let aws = (vars::AWS_CA_BUNDLE, "/none/aws");
        let requests = (vars::REQUESTS_CA_BUNDLE, "/none/requests");
        for (told, expected) in [
            (
                refusal([config, aws, requests], Some("p")),
                "/none/aws (AWS_CA_BUNDLE)",
            ),
            (
                refusal([config, requests], Some("p")),
                "/none/p (ca_bundle of profile \"p\")",
            ),
            (
                refusal([config, requests], None),
                "/none/requests (REQUESTS_CA_BUNDLE)",
            ),
        ] {
            assert_eq!(told, format!("the CA bundle {expected} cannot be read"));
        }
    }

    #[test]
    fn a_bundle_without_a_certificate_is_refused_by_name() {
        let bundle = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(bundle.path(), "no PEM").expect("written");
        let path = bundle.path().to_str().expect("UTF-8");
        assert_eq!(
            refusal([(vars::AWS_CA_BUNDLE, path)], None),
            format!("the CA bundle {path} (AWS_CA_BUNDLE) contains no usable certificate")
        );
    }

    #[test]
    fn without_a_bundle_there_is_nothing_to_check() {
        let settings = Settings::of(&Environment::fixed([]), Some("p"));
        settings.check_bundle().expect("nothing");
    }
}
