//! Why TLS to an Engine cannot be set up.

use std::io;
use std::path::PathBuf;

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
