//! How many files credrun may have open. A container may have a thousand calls at a time, each with a
//! connection to AWS, and one credrun may serve several containers.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Linux's usual limit is 1,024, and macOS's 256. Programs that credrun starts inherit it, so it is no higher.
const FILES: u64 = 10_240;

/// Raises the limit. Where it cannot be raised, it stays as it is.
pub(super) fn raise() {
    if let Some(raised) = raised(getrlimit(Resource::Nofile)) {
        let _ = setrlimit(Resource::Nofile, raised);
    }
}

/// As far as the system allows; none where it is high enough.
fn raised(limit: Rlimit) -> Option<Rlimit> {
    let wanted = limit.maximum.map_or(FILES, |most| most.min(FILES));
    let is_low = limit.current.is_some_and(|current| current < wanted);
    is_low.then_some(Rlimit {
        current: Some(wanted),
        ..limit
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_is_needed_and_allowed() {
        for (current, maximum, expected) in [
            (Some(1024), Some(1_048_576), Some(FILES)),
            (Some(256), None, Some(FILES)),
            (Some(1024), Some(4096), Some(4096)),
            (Some(4096), Some(4096), None),
            (Some(20_000), Some(20_000), None),
            (None, None, None),
        ] {
            let raised = raised(Rlimit { current, maximum });
            assert_eq!(raised.and_then(|raised| raised.current), expected);
            assert!(raised.is_none_or(|raised| raised.maximum == maximum));
        }
    }
}
