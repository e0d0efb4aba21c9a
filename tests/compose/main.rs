//! Promises of credrun as a provider of Docker Compose, with the real Compose on a real Engine.

// Their means are Linux's: see scripts/test.sh.
#![cfg(target_os = "linux")]

mod devcontainers;
mod ends;
mod env;
mod examples;
mod features;
mod hostile;
mod keyless;
mod live;
mod mfa;
mod older;
mod podman;
mod python;
mod refusals;

use credrun_test_support as support;

/// A service that asks for credentials once a second, as a new client does, and writes the key ID or
/// FAILED. Like SDKs, it tries three times.
pub(crate) const ASKS: &str = r#"
    image: credrun-test:latest
    depends_on: [aws]
    init: true
    stop_grace_period: 1s
    command:
      - /bin/busybox
      - sh
      - -c
      - |
        ask() {
          /bin/busybox wget -q -O - --header "Authorization: $$AWS_CONTAINER_AUTHORIZATION_TOKEN" \
            "$$AWS_CONTAINER_CREDENTIALS_FULL_URI" 2>/dev/null |
            /bin/busybox sed -n 's/.*"AccessKeyId": *"\([^"]*\)".*/\1/p' | /bin/busybox grep ASIA
        }
        while :; do
          ask || { /bin/busybox sleep 1; ask; } || { /bin/busybox sleep 1; ask; } || echo FAILED
          /bin/busybox sleep 1
        done
"#;
