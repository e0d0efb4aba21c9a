//! The value of `Authorization` for the container endpoint.
//!
//! The token is sent verbatim. A file outranks the variable and is read at each fetch, since EKS
//! replaces it. A line break in either is refused, not trimmed: it would end the header.

use std::path::{Path, PathBuf};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::files;
use crate::vars::{self, Environment};

/// The location of the token.
#[derive(Debug, Clone)]
pub(crate) enum Token {
    None,
    Variable(SecretString),
    File(PathBuf),
}

/// Why there is no token to send. The token itself is never included.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The token file cannot be read.
    #[error("the token file {} cannot be read", .path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The token file is empty.
    #[error("the token file {} is empty", .path.display())]
    Empty { path: PathBuf },
    /// A line break would end the header.
    #[error("the token in {place} contains a line break")]
    LineBreak {
        /// The variable or the file.
        place: String,
    },
    /// Bytes that are not allowed in a header.
    #[error("the token in {place} contains characters that are not allowed in an HTTP header")]
    Unprintable {
        /// The variable or the file.
        place: String,
    },
}

impl TokenError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } | Self::Empty { .. } => format!(
                "{} names the file",
                vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
            ),
            Self::LineBreak { .. } => {
                "the token is sent as it is; write it with printf, which adds no line break"
                    .to_owned()
            }
            Self::Unprintable { .. } => "the token is sent as it is; copy it again".to_owned(),
        }
    }
}

impl Token {
    pub(crate) fn from_environment(environment: &Environment) -> Self {
        if let Some(path) = environment.non_empty(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE) {
            return Self::File(path.into());
        }
        match environment.non_empty(vars::AWS_CONTAINER_AUTHORIZATION_TOKEN) {
            Some(token) => Self::Variable(token.into()),
            None => Self::None,
        }
    }

    /// The file that holds the token, if it is in one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::None | Self::Variable(_) => None,
        }
    }

    /// The current value of the header.
    pub(crate) fn read(&self) -> Result<Option<HeaderValue>, TokenError> {
        match self {
            Self::None => Ok(None),
            Self::Variable(token) => header(
                token.expose_secret().as_bytes(),
                vars::AWS_CONTAINER_AUTHORIZATION_TOKEN,
            )
            .map(Some),
            Self::File(path) => read_file(path).map(Some),
        }
    }
}

fn read_file(path: &Path) -> Result<HeaderValue, TokenError> {
    let bytes = files::read(path).map_err(|source| TokenError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    if bytes.is_empty() {
        return Err(TokenError::Empty {
            path: path.to_owned(),
        });
    }
    header(&bytes, &path.display().to_string())
}

fn header(token: &[u8], place: &str) -> Result<HeaderValue, TokenError> {
    let place = place.to_owned();
    if token.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err(TokenError::LineBreak { place });
    }
    let mut value =
        HeaderValue::from_bytes(token).map_err(|_| TokenError::Unprintable { place })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t-t0k3n";

    fn of(variables: [(&str, &str); 2]) -> Token {
        Token::from_environment(&Environment::fixed(variables))
    }

    #[test]
    fn the_file_outranks_the_variable_and_is_read_each_time() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "first").expect("written");
        let token = of([
            (
                vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
                file.path().to_str().expect("UTF-8"),
            ),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, SECRET),
        ]);
        assert_eq!(token.read().expect("readable").expect("a token"), "first");
        std::fs::write(file.path(), "second").expect("written");
        assert_eq!(token.read().expect("readable").expect("a token"), "second");
    }

    #[test]
    fn an_empty_file_variable_leaves_the_token_to_the_other() {
        let token = of([
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, ""),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN, SECRET),
        ]);
        assert_eq!(token.read().expect("valid").expect("a token"), SECRET);
    }

    #[test]
    fn a_line_break_is_refused_without_showing_the_token() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), format!("{SECRET}\n")).expect("written");
        let from_file = Token::File(file.path().to_owned());
        let from_variable = Token::Variable(format!("a\r\nX-Evil: {SECRET}").into());
        for token in [from_file, from_variable] {
            let error = token.read().expect_err("refused");
            assert!(matches!(error, TokenError::LineBreak { .. }));
            assert!(!format!("{error} {error:?} {token:?}").contains(SECRET));
        }
    }

    #[test]
    fn a_file_that_is_not_there_or_empty_is_named() {
        let error = Token::File("/nonexistent/token".into())
            .read()
            .expect_err("refused");
        assert_eq!(
            error.to_string(),
            "the token file /nonexistent/token cannot be read"
        );
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = Token::File(file.path().to_owned())
            .read()
            .expect_err("refused");
        assert!(matches!(error, TokenError::Empty { .. }));
    }
}
