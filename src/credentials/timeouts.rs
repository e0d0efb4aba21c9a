//! How long a call to AWS may take.

use std::time::Duration;

use aws_sdk_sts::config::timeout::TimeoutConfig;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(8);

const OPERATION_TIMEOUT: Duration = Duration::from_secs(20);

/// The timeouts for a call to AWS.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}
