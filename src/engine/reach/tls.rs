//! TLS to an Engine on TCP: its own CA, a client certificate, with or without verification.
//!
//! As in docker, a `ca.pem` replaces the system's roots, a client certificate is used if both of
//! its files exist, and encrypted keys are refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use zeroize::Zeroizing;

use crate::files;

/// The PEM files of one endpoint.
#[derive(Default)]
pub struct TlsFiles {
    /// The CAs that may have signed the Engine's certificate; without them, the system's roots.
    pub ca: Option<Vec<u8>>,
    pub cert: Option<Vec<u8>>,
    /// The key of the client certificate.
    pub key: Option<Zeroizing<Vec<u8>>>,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// `ca.pem` holds no certificate.
    #[error("the CA file contains no usable certificate")]
    Ca,
    /// `cert.pem` holds no certificate.
    #[error("the client certificate's file contains no certificate")]
    Certificate,
    /// `key.pem` is protected by a password.
    #[error("the client certificate's key is encrypted")]
    EncryptedKey,
    /// `key.pem` holds no key.
    #[error("the client certificate's key file contains no private key")]
    Key,
    /// Key and certificate do not match, or are of an unknown kind.
    #[error("the client certificate cannot be used")]
    Client(#[source] rustls::Error),
    /// This machine has no trusted roots.
    #[error("no CA certificates, neither for the Engine nor on this system")]
    Roots(#[source] rustls::client::VerifierBuilderError),
    /// A certificate cannot contain the address's host.
    #[error("\"{0}\" is neither a host name nor an IP address")]
    Name(String),
}

impl TlsError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::EncryptedKey => Some(
                "decrypt it with `openssl pkey -in key.pem -out key.pem`; docker refuses \
                 encrypted keys as well"
                    .to_owned(),
            ),
            Self::Unreadable { .. } => Some(
                "DOCKER_CERT_PATH names the directory of ca.pem, cert.pem and key.pem; without \
                 it docker's configuration directory is looked at"
                    .to_owned(),
            ),
            _ => None,
        }
    }
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
        let verifier: Arc<dyn ServerCertVerifier> = if verify {
            Arc::new(Verification::new(own_roots, &provider)?)
        } else {
            Arc::new(NoVerification(provider.clone()))
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Client)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
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

/// Verifies as rustls does, with one exception: a server whose own certificate is the CA file. Go's
/// TLS accepts it, and `openssl req -x509` creates such certificates.
#[derive(Debug)]
struct Verification {
    rustls: Arc<WebPkiServerVerifier>,
    authorities: Vec<CertificateDer<'static>>,
}

impl Verification {
    /// Uses the authorities of the CA file, or the system's if there is none.
    fn new(
        own: Option<Vec<CertificateDer<'static>>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let authorities = own.unwrap_or_else(|| rustls_native_certs::load_native_certs().certs);
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(authorities.iter().cloned());
        let rustls = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(TlsError::Roots)?;
        Ok(Self {
            rustls,
            authorities,
        })
    }
}

impl ServerCertVerifier for Verification {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self
            .rustls
            .verify_server_cert(server, intermediates, name, ocsp, now)
        {
            Err(error) if is_authority_itself(&error) && self.authorities.contains(server) => {
                verify_server_name(&ParsedCertificate::try_from(server)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rustls.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rustls.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rustls.supported_verify_schemes()
    }
}

/// Whether the only fault of a server's certificate is that it is an authority's. rustls has
/// checked its dates by then; it has no name for this error of its certificate library.
fn is_authority_itself(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
            if other.to_string().contains("CaUsedAsEndEntity")
    )
}

/// Accepts any certificate: `--tls` without `--tlsverify`, and `SkipTLSVerify` of a context.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A self-signed authority certificate for 127.0.0.1.
    fn self_signed() -> (Vec<u8>, CertificateDer<'static>) {
        let directory = tempfile::tempdir().expect("a directory");
        let output = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
            .args(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=self"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
            .arg(directory.path().join("key.pem"))
            .output()
            .expect("openssl");
        let pem = output.stdout;
        let certificate = CertificateDer::from_pem_slice(&pem).expect("a certificate");
        (pem, certificate)
    }

    fn verify(ca: &[u8], server: &CertificateDer<'_>, name: &str) -> Result<(), rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let authorities = authorities(ca).expect("a CA file");
        let verification = Verification::new(Some(authorities), &provider).expect("roots");
        let name = ServerName::try_from(name).expect("a name");
        verification
            .verify_server_cert(server, &[], &name, &[], UnixTime::now())
            .map(drop)
    }

    #[test]
    fn a_server_may_be_its_own_authority_under_its_own_name_only() {
        let (pem, certificate) = self_signed();
        verify(&pem, &certificate, "127.0.0.1").expect("verified");
        verify(&pem, &certificate, "127.0.0.2").expect_err("another name");
        let (_, stranger) = self_signed();
        verify(&pem, &stranger, "127.0.0.1").expect_err("another certificate");
    }

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
