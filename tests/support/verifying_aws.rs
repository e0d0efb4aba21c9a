//! `tests/support/verifying_aws`: AWS that checks each signature, body and token against the real
//! sets, and tells what came.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::aws::python_tool;
use super::process::{clean, credrun};
use super::repository;
use super::wall_clock::WallClock;

/// The region of every caller.
pub const REGION: &str = "eu-central-1";

/// A running stand-in. It ends with this value, and with the test process in any case.
pub struct VerifyingAws {
    process: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

/// One request, as it came. What is not signed with a known set is in nobody's calls.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Call {
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    pub host: String,
    /// `GetItem`, or `GET /path` where the path says what it is.
    pub operation: String,
    /// Service and region that it was signed for.
    pub service: String,
    pub region: String,
    /// The access key ID of the real set.
    pub signed_by: Option<String>,
    /// `CODE: message`, where the request was not accepted.
    pub refused: Option<String>,
    /// The names of its headers, in small letters.
    pub headers: Vec<String>,
    /// `x-amz-content-sha256`.
    pub payload: Option<String>,
    pub bytes: u64,
    pub status: Option<u16>,
}

impl Call {
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header == name)
    }
}

/// The stand-in that verifies and passes on.
const MAIN: &str = "tests/support/verifying_aws/main.py";

impl VerifyingAws {
    /// One for all tests of a program. Buckets and tables are everybody's.
    ///
    /// # Panics
    ///
    /// Where it does not come up; what it says is on the test's stderr.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<VerifyingAws> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(MAIN, &mut Self::program()))
    }

    /// One with a clock that can be set.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn by_a_clock() -> (Self, WallClock) {
        let mut program = Self::program();
        let clock = WallClock::of(&mut program);
        (Self::start(MAIN, &mut program), clock)
    }

    /// One that has more: a script of the repository, which takes the same orders.
    ///
    /// # Panics
    ///
    /// Where it does not come up; what it says is on the test's stderr.
    pub fn of_script(script: &str, variables: &[(&str, &Path)]) -> Self {
        let mut program = Self::program();
        program.envs(variables.iter().copied());
        Self::start(script, &mut program)
    }

    fn program() -> Command {
        clean(Command::new(python_tool("python")))
    }

    fn start(script: &str, program: &mut Command) -> Self {
        let mut process = program
            .arg(repository(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python");
        let stdin = process.stdin.take().expect("a pipe");
        let mut stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n", "the stand-in did not come up");
        let pipes = Mutex::new((stdin, stdout));
        Self { process, pipes }
    }

    /// Gives an order, and takes its answer.
    ///
    /// # Panics
    ///
    /// Where it is not carried out; what it says is on the test's stderr.
    pub fn order<T: DeserializeOwned>(&self, order: &Value) -> T {
        let mut pipes = self.pipes.lock().expect("no test died with it");
        writeln!(pipes.0, "{order}").expect("the stand-in reads");
        let mut line = String::new();
        pipes.1.read_line(&mut line).expect("the stand-in answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{order}: {error}: {line:?}"))
    }

    /// A caller with a set of an hour.
    pub fn caller(&self) -> Caller<'_> {
        self.caller_with(&json!({"do": "caller", "lifetime": 3600}))
    }

    /// A caller with a credential endpoint, whose sets live for `life` and are replaced when
    /// `spare` is left.
    pub fn rotating(&self, life: Duration, spare: Duration) -> Caller<'_> {
        let (life, spare) = (life.as_secs(), spare.as_secs());
        self.caller_with(&json!({"do": "caller", "lifetime": life, "spare": spare}))
    }

    fn caller_with(&self, order: &Value) -> Caller<'_> {
        #[derive(Deserialize)]
        struct Made {
            name: String,
            variables: BTreeMap<String, String>,
        }
        let Made { name, variables } = self.order(order);
        let aws = self;
        Caller {
            aws,
            name,
            variables,
        }
    }

    /// Makes a bucket with objects of one byte: `key-00000`, …
    pub fn bucket(&self, name: &str, objects: u32) {
        let () = self.order(&json!({"do": "bucket", "name": name, "objects": objects}));
    }
}

impl Drop for VerifyingAws {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Who has real sets. Tests beside one another have one each.
pub struct Caller<'a> {
    aws: &'a VerifyingAws,
    name: String,
    variables: BTreeMap<String, String>,
}

impl Caller<'_> {
    /// credrun with the caller's credentials, and the stand-in as its AWS.
    pub fn credrun(&self) -> Command {
        let mut command = credrun();
        command.envs(&self.variables);
        command
    }

    /// The variables of [`Self::credrun`].
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Whose calls these are, where the caller does not rotate.
    pub fn access_key_id(&self) -> &str {
        &self.variables["AWS_ACCESS_KEY_ID"]
    }

    /// Everything that came with sets of this caller, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.aws.order(&json!({"do": "calls", "caller": self.name}))
    }

    /// All secret access keys and session tokens that the caller ever had.
    pub fn secrets(&self) -> Vec<String> {
        self.aws
            .order(&json!({"do": "secrets", "caller": self.name}))
    }

    /// Has calls answered as `tests/support/verifying_aws/faults.py` says.
    pub fn fault(&self, fault: &Value) {
        let () = self
            .aws
            .order(&json!({"do": "fault", "caller": self.name, "fault": fault}));
    }
}
