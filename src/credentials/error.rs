//! Why there are no credentials.

/// A failure to get credentials. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Nothing in the chain had any.
    #[error("no AWS credentials found")]
    NotFound,
}

impl CredentialsError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        None
    }
}
