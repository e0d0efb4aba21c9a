//! Compares the local clock with AWS's.
//!
//! AWS refuses a signature that is more than five minutes off, but its message does not name the
//! clock: `SignatureDoesNotMatch`, or a set that seems to have expired before it was issued. The
//! `Date` header of that response shows the offset. The SDK reads it too and signs again with a
//! corrected time. The container would then fail where credrun succeeded, so successful responses
//! are checked as well.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;

const TOLERATED: Duration = Duration::from_secs(5 * 60);

/// The local clock's offset from a server's, at the time of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockOffset {
    by: Duration,
    ahead: bool,
}

impl ClockOffset {
    /// From the `Date` of a response that arrived at `now`.
    pub(crate) fn from_header(date: &str, now: SystemTime) -> Option<Self> {
        let server: SystemTime = DateTime::from_str(date, Format::HttpDate)
            .ok()?
            .try_into()
            .ok()?;
        Some(match now.duration_since(server) {
            Ok(by) => Self { by, ahead: true },
            Err(error) => Self {
                by: error.duration(),
                ahead: false,
            },
        })
    }

    /// A local clock that is behind the server's.
    #[cfg(test)]
    pub(crate) fn behind(by: Duration) -> Self {
        Self { by, ahead: false }
    }

    /// Whether the offset is more than AWS tolerates.
    #[must_use]
    pub fn matters(&self) -> bool {
        self.by > TOLERATED
    }

    /// The server's time when the local clock says `local`. `Date` has whole seconds and a response
    /// takes time to arrive, so a smaller difference counts as no offset.
    #[must_use]
    pub fn corrected(&self, local: SystemTime) -> SystemTime {
        const PRECISION: Duration = Duration::from_secs(2);
        let corrected = match (self.by <= PRECISION, self.ahead) {
            (true, _) => Some(local),
            (false, true) => local.checked_sub(self.by),
            (false, false) => local.checked_add(self.by),
        };
        corrected.unwrap_or(local)
    }

    /// Whether the local clock is ahead of the server's.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.ahead
    }

    #[must_use]
    pub fn by(&self) -> Duration {
        self.by
    }
}

impl fmt::Display for ClockOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.ahead { "ahead of" } else { "behind" };
        // To the minute: `Date` has whole seconds, and a response takes time to arrive.
        let minutes = (self.by.as_secs() + 30) / 60;
        let by = Duration::from_secs(minutes * 60);
        write!(f, "{} {side}", crate::credentials::lifetime::span::Span(by))
    }
}

/// Notes the offset of every response that the SDK receives.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClockWatch(Arc<Mutex<Option<ClockOffset>>>);

impl ClockWatch {
    /// The offset of the last response.
    pub(crate) fn last(&self) -> Option<ClockOffset> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for ClockWatch {
    fn name(&self) -> &'static str {
        "ClockWatch"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let offset = date.and_then(|date| ClockOffset::from_header(date, SystemTime::now()));
        if offset.is_some() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = offset;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_offset_is_the_distance_to_the_date_of_the_answer() {
        // 784111777 is the example in RFC 9110.
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let same = ClockOffset::from_header(date, at(784_111_777)).expect("a date");
        assert!(!same.matters());
        let ahead = ClockOffset::from_header(date, at(784_111_777 + 600)).expect("a date");
        assert!(ahead.matters() && ahead.is_ahead());
        assert_eq!(ahead.to_string(), "10m ahead of");
        let behind = ClockOffset::from_header(date, at(784_111_777 - 7200)).expect("a date");
        assert_eq!(behind.to_string(), "2h behind");
        assert!(!behind.is_ahead());
        assert_eq!(behind.by(), Duration::from_secs(7200));
        assert_eq!(ClockOffset::from_header("now", at(0)), None);
    }

    #[test]
    fn the_servers_time_is_the_local_one_without_the_offset() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let server = at(784_111_777);
        for local in [
            server + Duration::from_secs(7200),
            server - Duration::from_secs(7200),
        ] {
            let offset = ClockOffset::from_header(date, local).expect("a date");
            assert_eq!(offset.corrected(local), server);
        }
        let late = server + Duration::from_millis(1900);
        let none = ClockOffset::from_header(date, late).expect("a date");
        assert_eq!(none.corrected(late), late);
    }

    #[test]
    fn five_minutes_are_tolerated() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let edge = ClockOffset::from_header(date, at(784_111_777 + 300)).expect("a date");
        assert!(!edge.matters());
    }
}
