//! A service that asks for credentials, and what it has got.

use crate::support::compose::Project;
use crate::support::until;

/// It asks once a second, as a new client does, and writes the key ID or
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

/// How often the service has been answered.
pub(crate) fn answers(project: &Project, service: &str) -> usize {
    let output = project.output();
    output
        .lines()
        .filter(|line| line.starts_with(service) && line.contains("ASIA"))
        .count()
}

/// Waits until the service has been answered again.
pub(crate) fn is_served(project: &Project, service: &str) {
    let before = answers(project, service);
    until(&format!("{service} has credentials"), || {
        answers(project, service) > before
    });
}

pub(crate) fn none_failed(project: &Project) {
    let output = project.output();
    assert!(!output.contains("FAILED"), "{output}");
}
