//! `--mfa-session-cache`: keeps the session obtained with an MFA code for later runs.
//!
//! It uses a file, not a keyring: the machines that need this are often servers and containers
//! without a keyring, and the AWS CLI, too, keeps its sets in files that only their user can read.
//! Each session has its own file in credrun's [state directory](Environment::state_directory), named after the access key
//! ID and the device, so that runs do not wait for each other. It is created with mode 0600 and
//! renamed when it is complete. Nothing is read or written where another user could read or change
//! it, and no link is followed. An expired session is removed by the next run that looks.
//!
//! Only `--mfa-session-cache` writes here. This file is one of the few that write secrets out.

use std::fs::{DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RawMode, fstat, openat, renameat, unlinkat,
};
use rustix::process::geteuid;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::credentials::json_object::{self, into_text};
use crate::credentials::set::{CredentialValues, Credentials};
use crate::digest::sha256_hex;
use crate::timestamp;
use crate::vars::{self, Environment};

/// The prefix of the files' names.
const PREFIX: &str = "mfa-session-";
/// A session takes two KiB.
const LARGEST: u64 = 64 * 1024;
/// A draft is written in less time. An older one was left by a killed credrun.
const DRAFT: Duration = Duration::from_secs(60);
const OTHERS: RawMode = 0o077;
const OTHERS_WRITE: RawMode = 0o022;

/// Why sessions cannot be saved.
#[derive(Debug, thiserror::Error)]
pub enum SessionCacheError {
    /// There is no directory for them.
    #[error(
        "there is no directory for it: neither {} nor HOME is set",
        vars::XDG_STATE_HOME
    )]
    NoDirectory,
    /// The operating system returned an error.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Other users may have access to it.
    #[error("{} {problem}", .path.display())]
    Unsafe {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl SessionCacheError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let place = vars::XDG_STATE_HOME;
        match self {
            Self::Unsafe { path, .. } => format!(
                "remove {}, or set {place} to a directory of your own, or leave out --mfa-session-cache",
                path.display()
            ),
            Self::NoDirectory | Self::Io { .. } => format!(
                "set {place} to a directory that credrun can write to, or leave out --mfa-session-cache"
            ),
        }
    }
}

/// A session in the cache.
#[derive(Debug, Clone)]
pub struct KeptSession {
    /// The file. Removing it forgets the session.
    pub file: PathBuf,
    /// The access key ID of the keys that it was obtained with.
    pub obtained_with: String,
    pub serial: String,
    pub credentials: Credentials,
}

/// The directory of the saved sessions.
#[derive(Debug, Clone)]
pub(crate) struct SessionCache(PathBuf);

impl SessionCache {
    /// This user's cache. Nothing is created yet.
    pub(crate) fn of(environment: &Environment) -> Result<Self, SessionCacheError> {
        environment
            .state_directory()
            .map(Self)
            .ok_or(SessionCacheError::NoDirectory)
    }

    /// The session obtained with the keys `key` and the device `serial`, if there is one. Expired
    /// sessions are removed.
    ///
    /// # Errors
    /// No session could be saved; this fails before the user is prompted for a code in vain.
    pub(crate) async fn load(
        &self,
        key: &str,
        serial: &str,
    ) -> Result<Option<Credentials>, SessionCacheError> {
        let (cache, key, serial) = (self.clone(), key.to_owned(), serial.to_owned());
        on_a_thread(move || {
            let made = DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&cache.0);
            made.map_err(|source| io_error(&cache.0, source))?;
            let directory = cache.open()?;
            cache.remove_ended(&directory);
            let kept = cache.read(&directory, &name(&key, &serial))?;
            let is_it = |kept: &KeptSession| kept.obtained_with == key && kept.serial == serial;
            Ok(kept.filter(is_it).map(|kept| kept.credentials))
        })
        .await
    }

    /// Saves `session`, replacing the previous one.
    pub(crate) async fn store(
        &self,
        key: &str,
        serial: &str,
        session: &Credentials,
    ) -> Result<(), SessionCacheError> {
        let (cache, name) = (self.clone(), name(key, serial));
        let text = text(key, serial, session);
        on_a_thread(move || cache.write(&name, &text)).await
    }

    /// Removes the session of `key` and `serial`.
    pub(crate) async fn forget(&self, key: &str, serial: &str) -> Result<(), SessionCacheError> {
        let (cache, name) = (self.clone(), name(key, serial));
        on_a_thread(move || {
            let directory = cache.open()?;
            match unlinkat(&directory, &*name, AtFlags::empty()) {
                Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
                Err(error) => Err(io_error(&cache.0.join(&name), error.into())),
            }
        })
        .await
    }

    /// All usable sessions.
    fn all(&self) -> Result<Vec<KeptSession>, SessionCacheError> {
        let directory = self.open()?;
        let names = self.names();
        let kept = names.iter().filter_map(|name| {
            let kept = self.read(&directory, name).ok().flatten()?;
            (!has_ended(&kept)).then_some(kept)
        });
        Ok(kept.collect())
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter(|name| name.starts_with(PREFIX)).collect()
    }

    /// Opens the directory, if no other user has access to it.
    fn open(&self) -> Result<OwnedFd, SessionCacheError> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
        let directory = openat(CWD, &self.0, flags, Mode::empty())
            .map_err(|error| io_error(&self.0, error.into()))?;
        self.is_ours(&directory, &self.0, OTHERS_WRITE)?;
        Ok(directory)
    }

    fn is_ours(
        &self,
        file: &OwnedFd,
        path: &Path,
        never: RawMode,
    ) -> Result<(), SessionCacheError> {
        let stat = fstat(file).map_err(|error| io_error(path, error.into()))?;
        let problem = if stat.st_uid != geteuid().as_raw() {
            "belongs to another user"
        } else if stat.st_mode & never == 0 {
            return Ok(());
        } else {
            match never {
                OTHERS_WRITE => "can be changed by other users",
                _ => "can be read by other users",
            }
        };
        Err(SessionCacheError::Unsafe {
            path: path.to_owned(),
            problem,
        })
    }

    /// `None` if there is no such file, or if it holds no session.
    fn read(
        &self,
        directory: &OwnedFd,
        name: &str,
    ) -> Result<Option<KeptSession>, SessionCacheError> {
        let path = self.0.join(name);
        // Does not wait for a writer if it is a pipe.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(directory, name, flags, Mode::empty()) {
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            opened => opened.map_err(|error| io_error(&path, error.into()))?,
        };
        self.is_ours(&file, &path, OTHERS)?;
        let stat = fstat(&file).map_err(|error| io_error(&path, error.into()))?;
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile || size > LARGEST {
            return Ok(None);
        }
        let room = usize::try_from(LARGEST).unwrap_or_default();
        let mut text = Zeroizing::new(Vec::with_capacity(room));
        File::from(file)
            .take(LARGEST)
            .read_to_end(&mut text)
            .map_err(|source| io_error(&path, source))?;
        Ok(parse(path, &text))
    }

    /// Writes the file completely under its name, or not at all.
    fn write(&self, name: &str, text: &[u8]) -> Result<(), SessionCacheError> {
        let directory = self.open()?;
        let draft = format!("{name}.draft-{}", std::process::id());
        let path = self.0.join(&draft);
        let written = || -> io::Result<()> {
            let _ = unlinkat(&directory, &*draft, AtFlags::empty());
            let flags =
                OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = openat(&directory, &*draft, flags, Mode::RUSR | Mode::WUSR)?;
            File::from(file).write_all(text)?;
            renameat(&directory, &*draft, &directory, name)?;
            Ok(())
        };
        written().map_err(|source| {
            let _ = unlinkat(&directory, &*draft, AtFlags::empty());
            io_error(&path, source)
        })
    }

    /// A file that cannot be removed is left for the next time.
    fn remove_ended(&self, directory: &OwnedFd) {
        for name in self.names() {
            let is_old = match name.contains(".draft-") {
                true => self.is_abandoned(&name),
                false => {
                    let kept = self.read(directory, &name);
                    matches!(kept, Ok(Some(kept)) if has_ended(&kept))
                }
            };
            if is_old {
                let _ = unlinkat(directory, &*name, AtFlags::empty());
            }
        }
    }

    fn is_abandoned(&self, draft: &str) -> bool {
        let written =
            std::fs::symlink_metadata(self.0.join(draft)).and_then(|file| file.modified());
        let age = written.map(|at| at.elapsed().unwrap_or_default());
        age.is_ok_and(|age| age > DRAFT)
    }
}

/// This user's saved sessions, to list them.
#[must_use]
pub fn kept_mfa_sessions(environment: &Environment) -> Vec<KeptSession> {
    let all = SessionCache::of(environment).and_then(|cache| cache.all());
    all.unwrap_or_default()
}

fn io_error(path: &Path, source: io::Error) -> SessionCacheError {
    SessionCacheError::Io {
        path: path.to_owned(),
        source,
    }
}

/// On a thread, since a file system may hang.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SessionCacheError> + Send + 'static,
) -> Result<T, SessionCacheError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io_error(Path::new("the cache"), io::Error::other(error))))
}

fn has_ended(kept: &KeptSession) -> bool {
    kept.credentials
        .expiration
        .is_none_or(|end| end <= SystemTime::now())
}

/// The name contains no access key ID and no account.
fn name(key: &str, serial: &str) -> String {
    let digest = sha256_hex(format!("{key}\0{serial}"));
    format!("{PREFIX}{}.json", &digest[..32])
}

fn text(key: &str, serial: &str, session: &Credentials) -> Zeroizing<Vec<u8>> {
    let token = session
        .session_token
        .as_ref()
        .map(ExposeSecret::expose_secret);
    let end = session.expiration.map(timestamp::iso8601);
    let members = [
        ("ObtainedWith", Some(key)),
        ("SerialNumber", Some(serial)),
        ("AccessKeyId", Some(session.access_key_id.as_str())),
        (
            "SecretAccessKey",
            Some(session.secret_access_key.expose_secret()),
        ),
        ("SessionToken", token),
        ("Expiration", end.as_deref()),
        ("AccountId", session.account_id.as_deref()),
    ];
    // Large enough that the text is never moved, which would leave a copy behind.
    let sizes = members
        .iter()
        .filter_map(|(name, value)| Some(name.len() + 2 * value.as_ref()?.len()));
    let mut text = Zeroizing::new(Vec::with_capacity(sizes.sum::<usize>() + 256));
    text.push(b'{');
    for (name, value) in members {
        let Some(value) = value else { continue };
        if text.len() > 1 {
            text.extend_from_slice(b",\n ");
        }
        // A string can always be written as JSON.
        let value = Zeroizing::new(serde_json::to_string(value).unwrap_or_default());
        for part in ["\"", name, "\": ", &value] {
            text.extend_from_slice(part.as_bytes());
        }
    }
    text.extend_from_slice(b"}\n");
    text
}

fn parse(file: PathBuf, text: &[u8]) -> Option<KeptSession> {
    let names = [
        "ObtainedWith",
        "SerialNumber",
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
        "AccountId",
    ];
    let members = json_object::members(text, names).ok()?;
    let [obtained_with, serial, key, secret, token, end, account] = members.map(into_text);
    let credentials = Credentials::new(CredentialValues {
        access_key_id: key?,
        secret_access_key: secret?.into(),
        session_token: Some(token?.into()),
        expiration: Some(timestamp::parse(&end?)?),
        account_id: account,
    });
    Some(KeptSession {
        file,
        obtained_with: obtained_with?,
        serial: serial?,
        credentials: credentials.ok()?,
    })
}

#[cfg(test)]
mod tests;
