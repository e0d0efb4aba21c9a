//! TLS to an Engine on TCP: its own CA, a client certificate, verification or none.
//!
//! As in docker: a `ca.pem` replaces the system's roots, a client certificate is used where
//! both of its files are there, and encrypted keys are refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs, io};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use zeroize::Zeroizing;

/// The PEM files of one endpoint.
#[derive(Default)]
pub struct TlsFiles {
    /// Who may have signed the Engine's certificate; without it, the system's roots.
    pub ca: Option<Vec<u8>>,
    /// The client certificate.
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
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// `ca.pem` holds no certificate.
    #[error("the CA file holds no certificate that can be used")]
    Ca,
    /// `cert.pem` holds no certificate.
    #[error("the client certificate's file holds no certificate")]
    Certificate,
    /// `key.pem` is protected by a password.
    #[error("the client certificate's key is encrypted")]
    EncryptedKey,
    /// `key.pem` holds no key.
    #[error("the client certificate's key file holds no private key")]
    Key,
    /// Key and certificate do not belong together, or are of an unknown kind.
    #[error("the client certificate cannot be used")]
    Client(#[source] rustls::Error),
    /// No roots of trust on this machine.
    #[error("no CA certificates: neither of the Engine's nor of the system")]
    Roots(#[source] rustls::client::VerifierBuilderError),
    /// The address's host can stand in no certificate.
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
    /// Reads a file that must be there.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`].
    pub fn required(path: &Path) -> Result<Vec<u8>, TlsError> {
        fs::read(path).map_err(|source| TlsError::Unreadable {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads a file that may be missing.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`] for one that is there.
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
    /// A client of the Engine that is called `host`.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn new(host: &str, files: &TlsFiles, verify: bool) -> Result<Self, TlsError> {
        let server =
            ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // The CA file is checked even where nothing will be verified, as docker does.
        let own_roots = files.ca.as_deref().map(roots_of_file).transpose()?;
        let verifier: Arc<dyn ServerCertVerifier> = if verify {
            let roots = own_roots.unwrap_or_else(system_roots);
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .map_err(TlsError::Roots)?
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
        })
    }

    /// Shakes hands on an open connection.
    pub(super) async fn handshake(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        TlsConnector::from(self.config.clone())
            .connect(self.server.clone(), stream)
            .await
    }
}

/// What cannot be read as a certificate is passed over, as long as one can.
fn roots_of_file(pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).filter_map(Result::ok));
    if roots.is_empty() {
        return Err(TlsError::Ca);
    }
    Ok(roots)
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(TlsError::Certificate),
    }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    // PKCS#8 says it in the label, the older form in a header.
    let is_encrypted = [&b"ENCRYPTED PRIVATE KEY"[..], b"4,ENCRYPTED"]
        .iter()
        .any(|mark| pem.windows(mark.len()).any(|window| window == *mark));
    if is_encrypted {
        return Err(TlsError::EncryptedKey);
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsError::Key)
}

/// Takes any certificate: `--tls` without `--tlsverify`, and `SkipTLSVerify` of a context.
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
