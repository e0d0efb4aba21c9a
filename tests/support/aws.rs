//! `scripts/aws-stand-in`: AWS with a CloudShell session, on loopback.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::process::{self, Finished, run};
use super::{repository, script};

/// A running stand-in. It ends with this value, and with the test process in any case.
pub struct AwsStandIn {
    process: Child,
    variables: BTreeMap<String, String>,
}

impl AwsStandIn {
    /// Starts one with an account of its own.
    ///
    /// # Panics
    ///
    /// Where it does not come up; what it says is on the test's stderr.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with arguments: `--set-lifetime SECONDS`, `--replaced-below SECONDS`.
    ///
    /// # Panics
    ///
    /// Where it does not come up; what it says is on the test's stderr.
    pub fn start_with(arguments: &[&str]) -> Self {
        let mut process = Command::new(script("aws-stand-in"))
            .arg("--until-stdin-closes")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/aws-stand-in");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let variables: BTreeMap<_, _> = lines
            .map_while(Result::ok)
            .filter_map(|line| {
                let (name, value) = line.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .take_while(|(name, _)| name != "STAND_IN")
            .collect();
        assert!(
            variables.contains_key("STAND_IN_ROLE_ARN"),
            "scripts/aws-stand-in did not come up"
        );
        Self { process, variables }
    }

    /// One for all tests of a file that only read from the account.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<AwsStandIn> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn variable(&self, name: &str) -> &str {
        &self.variables[name]
    }

    /// Where AWS is: the value for `AWS_ENDPOINT_URL` and `--endpoint-url`. It is on loopback, so a
    /// container needs `--network host` to reach it.
    pub fn endpoint_url(&self) -> &str {
        self.variable("AWS_ENDPOINT_URL")
    }

    /// The region of the session and of the bucket.
    pub fn region(&self) -> &str {
        self.variable("AWS_DEFAULT_REGION")
    }

    /// A bucket with the object `hello.txt`.
    pub fn bucket(&self) -> &str {
        self.variable("STAND_IN_BUCKET")
    }

    /// A role that may read from S3 and nothing else, and that the session may assume.
    pub fn role_arn(&self) -> &str {
        self.variable("STAND_IN_ROLE_ARN")
    }

    /// The role of the session, which may do everything.
    pub fn session_role_arn(&self) -> &str {
        self.variable("STAND_IN_SESSION_ROLE_ARN")
    }

    /// The variables of the CloudShell session, `AWS_ENDPOINT_URL` among them.
    pub fn cloudshell(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .filter(|(name, _)| name.starts_with("AWS_"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The variables of a user with long-lived keys, `AWS_ENDPOINT_URL` and the region among them.
    pub fn long_lived(&self) -> [(&str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint_url()),
            ("AWS_DEFAULT_REGION", self.region()),
            ("AWS_ACCESS_KEY_ID", self.variable("STAND_IN_ACCESS_KEY_ID")),
            (
                "AWS_SECRET_ACCESS_KEY",
                self.variable("STAND_IN_SECRET_ACCESS_KEY"),
            ),
        ]
    }

    /// The variables of a temporary set of `role_arn`, `AWS_ENDPOINT_URL` and the region among them.
    ///
    /// # Panics
    ///
    /// Where the stand-in refuses the role.
    pub fn temporary(&self, role_arn: &str) -> Vec<(&'static str, String)> {
        // The session role's own name, which the other role trusts.
        let assume = ["sts", "assume-role", "--role-session-name", "alice"];
        let answer = self.aws(&[&assume[..], &["--role-arn", role_arn]].concat());
        let answer: serde_json::Value =
            serde_json::from_str(&answer.success().out()).expect("JSON");
        let secret = |name: &str| answer["Credentials"][name].as_str().expect(name).to_owned();
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint_url().to_owned()),
            ("AWS_DEFAULT_REGION", self.region().to_owned()),
            ("AWS_ACCESS_KEY_ID", secret("AccessKeyId")),
            ("AWS_SECRET_ACCESS_KEY", secret("SecretAccessKey")),
            ("AWS_SESSION_TOKEN", secret("SessionToken")),
        ]
    }

    /// Runs the AWS CLI outside any container, as that user.
    pub fn aws(&self, arguments: &[&str]) -> Finished {
        let mut aws = process::clean(Command::new(python_tool("aws")));
        run(aws.envs(self.long_lived()).args(arguments))
    }
}

impl Drop for AwsStandIn {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A program of `scripts/requirements.txt`, such as `aws`, `cfn-lint`, or `python` with its modules.
///
/// # Panics
///
/// Where it cannot be installed; pip's words are on the test's stderr.
pub fn python_tool(name: &str) -> PathBuf {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let status = Command::new(script("python.sh")).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "scripts/python.sh"
        );
    });
    repository("target/python/bin").join(name)
}

/// What a YAML file says, with all values as they are written.
///
/// # Panics
///
/// Where it cannot be read.
pub fn yaml(file: &Path) -> serde_json::Value {
    let read = "
import json, sys, yaml
print(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))
";
    let mut python = Command::new(python_tool("python"));
    let read = run(python.args(["-c", read]).arg(file)).success().out();
    serde_json::from_str(&read).expect("JSON")
}
