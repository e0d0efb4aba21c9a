//! TLS to an Engine on TCP: its own CA, a client certificate, with or without verification.
//!
//! As in docker, a `ca.pem` replaces the system's roots, a client certificate is used if both of
//! its files exist, and encrypted keys are refused.

use crate::engine::reach::tls::error::TlsError;
pub(crate) mod error;
mod verification;

use std::path::Path;
use std::sync::Arc;
use std::{fmt, io};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use zeroize::Zeroizing;

use crate::files;

use verification::Verification;

/// The PEM files of one endpoint.
#[derive(Default)]
pub struct TlsFiles {
    /// The CAs that may have signed the Engine's certificate; without them, the system's roots.
    pub ca: Option<Vec<u8>>,
    pub cert: Option<Vec<u8>>,
    /// The key of the client certificate.
    pub key: Option<Zeroizing<Vec<u8>>>,
}

impl TlsFiles {
    /// Reads a file that must exist.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`].
    pub fn required(path: &Path) -> Result<Vec<u8>, TlsError> {
        match files::read(path) {
            Ok(mut content) => Ok(std::mem::take(&mut *content)),
            Err(source) => Err(TlsError::Unreadable {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Reads a file that may be missing.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`] for a file that exists.
    pub fn optional(path: &Path) -> Result<Option<Vec<u8>>, TlsError> {
        match Self::required(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(TlsError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ca.is_none() && self.cert.is_none() && self.key.is_none()
    }
}

/// A TLS client of one Engine.
#[derive(Clone)]
pub struct TlsClient {
    config: Arc<ClientConfig>,
    server: ServerName<'static>,
    verifies: bool,
}

/// The configuration holds the client's key.
impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl TlsClient {
    /// A client for the Engine at `host`.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn new(host: &str, files: &TlsFiles, verify: bool) -> Result<Self, TlsError> {
        let server =
            ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // The CA file is checked even if nothing will be verified, as docker does.
        let own_roots = files.ca.as_deref().map(authorities).transpose()?;
        let verification = match verify {
            true => Verification::by_authorities(own_roots, &provider)?,
            false => Verification::none(&provider),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Client)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verification));
        let config = match (&files.cert, &files.key) {
            (Some(cert), Some(key)) => builder
                .with_client_auth_cert(certificates(cert)?, private_key(key)?)
                .map_err(TlsError::Client)?,
            _ => builder.with_no_client_auth(),
        };
        Ok(Self {
            config: Arc::new(config),
            server,
            verifies: verify,
        })
    }

    /// Whether the Engine's certificate is verified.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.verifies
    }

    /// Performs the handshake on an open connection.
    pub(crate) async fn handshake(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        TlsConnector::from(self.config.clone())
            .connect(self.server.clone(), stream)
            .await
    }
}

/// The certificates of a CA file. Unreadable entries are skipped, if there is a readable one.
fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let mut trial = RootCertStore::empty();
    let usable: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .filter_map(Result::ok)
        .filter(|certificate| trial.add(certificate.clone()).is_ok())
        .collect();
    if usable.is_empty() {
        return Err(TlsError::Ca);
    }
    Ok(usable)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(TlsError::Certificate),
    }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    // PKCS#8 has it in the label, the older form in a header.
    let is_encrypted = [&b"ENCRYPTED PRIVATE KEY"[..], b"4,ENCRYPTED"]
        .iter()
        .any(|mark| pem.windows(mark.len()).any(|window| window == *mark));
    if is_encrypted {
        return Err(TlsError::EncryptedKey);
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsError::Key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_keys_are_refused_in_both_forms() {
        for pem in [
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIFLTBX\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nMIIF\n-----END RSA PRIVATE KEY-----",
        ] {
            let error = private_key(pem.as_bytes()).expect_err("refused");
            assert!(matches!(error, TlsError::EncryptedKey), "{error}");
            assert!(error.hint().is_some());
        }
        assert!(matches!(private_key(b"no key"), Err(TlsError::Key)));
    }
}
