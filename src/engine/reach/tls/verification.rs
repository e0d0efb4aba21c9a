//! How the Engine's certificate is verified, if at all.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::engine::reach::tls::error::TlsError;

/// Decides which server is the Engine. That the server has the key of its certificate is verified in
/// any case.
#[derive(Debug)]
pub(super) struct Verification {
    algorithms: WebPkiSupportedAlgorithms,
    trust: Trust,
}

#[derive(Debug)]
enum Trust {
    /// Any certificate: `--tls` without `--tlsverify`, and `SkipTLSVerify` of a context.
    Any,
    /// What rustls accepts, and one thing more: a server whose own certificate is the CA file. Go's
    /// TLS accepts it, and `openssl req -x509` creates such certificates.
    Authorities {
        rustls: Arc<WebPkiServerVerifier>,
        certificates: Vec<CertificateDer<'static>>,
    },
}

impl Verification {
    pub(super) fn none(provider: &CryptoProvider) -> Self {
        Self {
            algorithms: provider.signature_verification_algorithms,
            trust: Trust::Any,
        }
    }

    /// Uses the authorities of the CA file, or the system's if there is none.
    pub(super) fn by_authorities(
        own: Option<Vec<CertificateDer<'static>>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let certificates = own.unwrap_or_else(|| rustls_native_certs::load_native_certs().certs);
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let rustls = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(TlsError::Roots)?;
        Ok(Self {
            algorithms: provider.signature_verification_algorithms,
            trust: Trust::Authorities {
                rustls,
                certificates,
            },
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
        let Trust::Authorities {
            rustls,
            certificates,
        } = &self.trust
        else {
            return Ok(ServerCertVerified::assertion());
        };
        match rustls.verify_server_cert(server, intermediates, name, ocsp, now) {
            Err(error) if is_authority_itself(&error) && certificates.contains(server) => {
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
        rustls::crypto::verify_tls12_signature(message, cert, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustls::pki_types::pem::PemObject as _;

    use super::super::authorities;
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
        let verification =
            Verification::by_authorities(Some(authorities), &provider).expect("roots");
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
}
