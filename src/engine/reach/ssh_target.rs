//! Parses `ssh://USER@HOST:PORT`.

use std::fmt;

use crate::engine::reach::host_port::{AddressError, split_host_port};

/// The parts of an `ssh://[user@]host[:port][/path]` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SshTarget {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// The Engine's socket there; none for docker's default there.
    socket: Option<String>,
}

impl SshTarget {
    /// Reads what follows `ssh://`.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        if let Some(mark) = text.chars().find(|c| matches!(c, '?' | '#')) {
            return Err(AddressError::SshExtra(mark));
        }
        let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let (user, host_port) = match authority.rsplit_once('@') {
            Some((user, _)) if user.contains(':') => return Err(AddressError::SshPassword),
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, authority),
        };
        let (host, port) = split_host_port(host_port)?;
        if host.is_empty() {
            return Err(AddressError::SshHost);
        }
        let is_root = path.trim_matches('/').is_empty();
        Ok(Self {
            user: user.filter(|user| !user.is_empty()),
            host: host.to_owned(),
            port,
            socket: (!is_root).then(|| path.to_owned()),
        })
    }

    /// The arguments of `ssh`, in docker's order.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if let Some(user) = &self.user {
            arguments.extend(["-l".to_owned(), user.clone()]);
        }
        if let Some(port) = self.port {
            arguments.extend(["-p".to_owned(), port.to_string()]);
        }
        arguments.extend(["-o", "ConnectTimeout=30", "-T", "--"].map(str::to_owned));
        arguments.push(self.host.clone());
        arguments.push(match &self.socket {
            None => "docker system dial-stdio".to_owned(),
            Some(path) => {
                let host = quoted_for_shell(&format!("--host=unix://{path}"));
                format!("docker {host} system dial-stdio")
            }
        });
        arguments
    }
}

impl fmt::Display for SshTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ssh://")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(self.socket.as_deref().unwrap_or_default())
    }
}

/// Quotes a word for the shell that sshd starts, if needed, exactly as docker does: a key may be
/// restricted to one exact command. `shell_words` would also quote `=` and `:`.
fn quoted_for_shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=:/.,@%+".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
