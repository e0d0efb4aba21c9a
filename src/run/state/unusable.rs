//! Why the state directory does not exist or cannot be used.

use std::io;

use crate::vars;

/// Why the directory does not exist or cannot be used. It goes inside an [`io::Error`]; [`hint`]
/// finds it there.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// No variable and no user database names one.
    #[error("no home directory found")]
    NoHome,
    /// The operating system says no.
    #[error(transparent)]
    NotMade(io::Error),
    /// It may lead to a place that another user chose.
    #[error("it is a symbolic link")]
    Link,
    /// Its owner decides who may write to it.
    #[error("it belongs to another user, with UID {0}")]
    OtherOwner(u32),
    /// Other users could put files there.
    #[error("other users can write to it: its mode is {0:03o}")]
    OpenToOthers(u32),
}

/// What the user can do about a failure of [`StateDirectory::make`](super::StateDirectory::make).
pub(crate) fn hint(error: &io::Error) -> Option<String> {
    let instead = format!(
        "set {} to a directory that only you can write to",
        vars::XDG_STATE_HOME
    );
    let cause = error.get_ref()?.downcast_ref::<Unusable>()?;
    Some(match cause {
        Unusable::OpenToOthers(_) => {
            format!(
                "logs of -d with --live or --keyless go there; make it private with chmod 700, or {instead}"
            )
        }
        _ => format!("logs of -d with --live or --keyless go there; {instead}"),
    })
}
