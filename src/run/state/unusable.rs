//! Why there is no state directory, or none to be used.

use std::io;

use crate::vars;

/// Why there is no such directory, or none to be used. It goes inside an [`io::Error`], from
/// which [`hint`] knows it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("there is no home directory")]
    NoHome,
    #[error(transparent)]
    NotMade(io::Error),
    #[error("it is a symbolic link")]
    Link,
    #[error("it belongs to another user, with UID {0}")]
    OtherOwner(u32),
    #[error("others may write to it: its mode is {0:03o}")]
    OpenToOthers(u32),
}

/// What the user can do about a failure, where it is that of [`StateDirectory::make`].
pub(crate) fn hint(error: &io::Error) -> Option<String> {
    let instead = format!(
        "set {} to a directory that credrun may write to, and nobody else",
        vars::XDG_STATE_HOME
    );
    let cause = error.get_ref()?.downcast_ref::<Unusable>()?;
    Some(match cause {
        Unusable::OpenToOthers(_) => {
            format!("the logs of -d --live go there; chmod 700 makes it yours alone, or {instead}")
        }
        _ => format!("the logs of -d --live go there; {instead}"),
    })
}
