//! Services in Python: this machine's own is mounted into them.

use crate::support::aws::python_tool;
use crate::support::host_python::python_volumes;

/// A service that depends on the provider and runs this program.
pub(crate) fn service(name: &str, program: &str) -> String {
    let volumes: Vec<String> = python_volumes()
        .iter()
        .map(|(from, to)| format!("{}:{to}:ro", from.display()))
        .collect();
    let python = python_tool("python");
    let command = [python.to_str().expect("UTF-8"), "-c", program];
    format!(
        "  {name}:\n    image: credrun-test:latest\n    depends_on: [aws]\n    init: true\n    \
         stop_grace_period: 1s\n    tmpfs: [/tmp, /root]\n    volumes: {}\n    command: {}\n",
        serde_json::json!(volumes),
        serde_json::json!(command),
    )
}
