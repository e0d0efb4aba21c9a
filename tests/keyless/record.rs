//! `--record FILE`, where FILE is not a file, and where it does not take what is written.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;

use rustix::fs::OFlags;
use serde_json::{Value, json};

use crate::client::{Client, PATIENCE};
use crate::support::fifo::Fifo;
use crate::support::live::{nothing_is_left, runs};
use crate::support::process::{Lines, credrun, finish, finish_within, run, start};
use crate::support::until;
use crate::support::verifying_aws::{Caller, VerifyingAws};

const CALL_AND_WAIT: &str = "
import boto3
boto3.client('sts').get_caller_identity()
print('up', flush=True)
try:
    input()
except EOFError:
    pass
";

fn read(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
}

#[test]
fn a_named_pipe_gets_each_line_while_the_container_runs() {
    let caller = VerifyingAws::shared().caller();
    let pipe = Fifo::new();
    let path = pipe.path().to_str().expect("UTF-8").to_owned();
    let mut client = Client::new(&caller, "keyless-record-fifo", &["-i", "--record", &path]);
    let mut child = start(client.command().args(["-c", CALL_AND_WAIT]));
    let input = child.stdin.take();
    // Opens once credrun has opened the other end.
    let lines = Lines::of(File::open(pipe.path()).expect("a writer"));
    assert_eq!(read(&lines.next())["Operation"], "GetCallerIdentity");
    drop(input);
    finish(child).success();
}

#[test]
fn a_detached_run_records_to_its_callers_descriptor_and_reports_the_counts_at_its_end() {
    let caller = VerifyingAws::shared().caller();
    let room = tempfile::tempdir().expect("a directory");
    let (record, report) = (room.path().join("calls.jsonl"), room.path().join("report"));
    let report_to = report.to_str().expect("UTF-8");
    let flags = ["-d", "--record", "/dev/fd/3", "--report", report_to];
    let mut client = Client::new(&caller, "keyless-record-fd", &flags);
    let script = "
import signal, time, boto3
signal.signal(signal.SIGTERM, lambda *_: (boto3.client('sts').get_caller_identity(), exit(0)))
print('up', flush=True)
time.sleep(600)
";
    let with_keys = client.command();
    with_keys.args(["-c", script]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" 3>\"$RECORD\"", "sh"]);
    shell
        .arg(with_keys.get_program())
        .args(with_keys.get_args());
    shell.env_clear();
    let variables = with_keys.get_envs();
    shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    finish_within(PATIENCE, start(shell.env("RECORD", &record))).success();
    let name = client.container().to_owned();
    runs(&name);
    // The call comes long after credrun has left its caller.
    run(caller.credrun().args(["stop", "--time", "60", &name])).success();
    nothing_is_left(&name);
    until("the report is there", || report.exists());
    let text = std::fs::read_to_string(&record).expect("a record");
    let lines: Vec<Value> = text.lines().map(read).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert_eq!(lines[0]["Operation"], "GetCallerIdentity");
    let report = std::fs::read_to_string(&report).expect("a report");
    let report = read(&report);
    assert_eq!(report["Delivery"], "keyless");
    assert_eq!(report["Calls"]["Total"], 1, "{report}");
}

/// Creates things whose names only the answers say, tags one, passes a role and copies an object that
/// is encrypted with a key.
const CREATE: &str = r#"
import io, json, os, zipfile
import boto3

run = os.environ["RUN"]
bucket = f"record-{run}"
s3, iam, ec2 = boto3.client("s3"), boto3.client("iam"), boto3.client("ec2")
s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]})
s3.put_object(Bucket=bucket, Key="from", Body=b"x")
key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
s3.copy_object(
    Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from"},
    ServerSideEncryption="aws:kms", SSEKMSKeyId=key,
)
topic = boto3.client("sns").create_topic(Name=f"record-{run}")["TopicArn"]
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
group = ec2.create_security_group(
    GroupName=f"record-{run}", Description="x", VpcId=vpc,
    TagSpecifications=[{"ResourceType": "security-group", "Tags": [{"Key": "a", "Value": "b"}]}],
)["GroupId"]
ec2.delete_security_group(GroupId=group)
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = iam.create_role(RoleName=f"record-{run}", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    # Longer than the copy that is read of the call.
    archive.writestr("handler.py", os.urandom(200_000))
function = boto3.client("lambda").create_function(
    Code={"ZipFile": code.getvalue()}, FunctionName=f"record-{run}", Runtime="python3.12",
    Handler="handler.handle", Role=role,
)["FunctionArn"]
print(json.dumps({"key": key, "topic": topic, "vpc": vpc, "group": group, "role": role, "function": function}))
"#;

#[test]
fn a_record_says_what_each_action_is_on_what_was_created_and_which_role_was_passed() {
    let caller = VerifyingAws::shared().caller();
    let room = tempfile::tempdir().expect("a directory");
    let record = room.path().join("calls.jsonl");
    let run = std::process::id().to_string();
    let (variable, file) = (format!("RUN={run}"), record.to_str().expect("UTF-8"));
    let flags = ["-e", &variable, "--record", file];
    let mut client = Client::new(&caller, "keyless-record-created", &flags);
    let ran = client.run(&["-c", CREATE]).success();
    let made: Value = serde_json::from_slice(&ran.stdout).expect("what was made");
    let text = std::fs::read_to_string(&record).expect("a record");
    let lines: Vec<Value> = text.lines().map(read).collect();
    let line = |operation: &str| {
        let mut found = lines.iter().filter(|line| line["Operation"] == operation);
        found
            .next()
            .unwrap_or_else(|| panic!("{operation}: {text}"))
    };

    let copy = line("CopyObject");
    let object = |key: &str| json!([format!("arn:aws:s3:::record-{run}/{key}")]);
    assert_eq!(
        copy["ResourcesOf"]["s3:GetObject"],
        object("from"),
        "{copy}"
    );
    assert_eq!(copy["ResourcesOf"]["s3:PutObject"], object("to"), "{copy}");
    assert_eq!(copy["KmsKeys"], json!([made["key"]]), "{copy}");

    for (operation, name) in [
        ("CreateKey", "key"),
        ("CreateTopic", "topic"),
        ("CreateRole", "role"),
    ] {
        assert_eq!(line(operation)["Created"], json!([made[name]]), "{text}");
    }

    let group = line("CreateSecurityGroup");
    let place = made["topic"]
        .as_str()
        .and_then(|arn| arn.strip_prefix("arn:aws:sns:"));
    let place: Vec<_> = place.expect("an ARN").split(':').take(2).collect();
    let own = |kind: &str, id: &str| format!("arn:aws:ec2:{}:{kind}/{id}", place.join(":"));
    let named = |name: &str| made[name].as_str().expect("an ID");
    let (any, created) = (
        own("security-group", "*"),
        own("security-group", named("group")),
    );
    assert_eq!(group["Created"], json!([created]), "{group}");
    assert_eq!(
        group["Actions"],
        json!(["ec2:CreateSecurityGroup", "ec2:CreateTags"]),
        "{group}"
    );
    assert_eq!(
        group["ResourcesOf"],
        json!({
            "ec2:CreateSecurityGroup": [any, own("vpc", named("vpc"))],
            "ec2:CreateTags": [any],
        })
    );
    assert_eq!(line("DeleteSecurityGroup")["Resources"], json!([created]));

    let function = line("CreateFunction");
    assert_eq!(
        function["Resources"],
        json!([made["function"]]),
        "{function}"
    );
    assert_eq!(function["PassedRoles"], json!([made["role"]]), "{function}");
    assert_eq!(function["Created"], json!([made["function"]]), "{function}");
}

/// Puts an item once it is told to.
const PUT_WHEN_TOLD: &str = "
import os, boto3
from botocore.exceptions import ClientError
print('up', flush=True)
input()
try:
    boto3.client('dynamodb').put_item(TableName='orders', Item={'id': {'S': '1'}})
except ClientError:
    pass
";

#[test]
fn the_account_of_credentials_that_do_not_say_it_is_asked_for_and_is_in_the_record() {
    let caller = VerifyingAws::shared().caller();
    let room = tempfile::tempdir().expect("a directory");
    let record = room.path().join("calls.jsonl");
    let path = record.to_str().expect("UTF-8");
    let mut client = Client::new(&caller, "keyless-record-account", &["-i", "--record", path]);
    let with_keys = client.command();
    with_keys.env_remove("AWS_ACCOUNT_ID");
    let mut child = start(with_keys.args(["-c", PUT_WHEN_TOLD]));
    // The container calls STS never.
    until("credrun has asked whose account it is", || {
        let calls = caller.calls();
        calls
            .iter()
            .any(|call| call.operation == "GetCallerIdentity")
    });
    let mut input = child.stdin.take().expect("a pipe");
    writeln!(input).expect("a reader");
    drop(input);
    finish_within(PATIENCE, child).success();
    let operations: Vec<_> = caller
        .calls()
        .into_iter()
        .map(|call| call.operation)
        .collect();
    assert_eq!(operations, ["GetCallerIdentity", "PutItem"]);
    let text = std::fs::read_to_string(&record).expect("a record");
    let lines: Vec<Value> = text.lines().map(read).collect();
    let table = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders";
    assert_eq!(lines.len(), 1, "{text}");
    assert_eq!(lines[0]["Resources"], json!([table]), "{text}");
}

#[test]
fn nobody_is_asked_for_the_account_without_a_record_and_a_refusal_costs_the_run_nothing() {
    let asked = |caller: &Caller<'_>| {
        let calls = caller.calls().into_iter();
        calls
            .filter(|call| call.operation == "GetCallerIdentity")
            .count()
    };
    let put = PUT_WHEN_TOLD.replace("input()", "");
    let caller = VerifyingAws::shared().caller();
    let mut client = Client::new(&caller, "keyless-no-record", &[]);
    client.command().env_remove("AWS_ACCOUNT_ID");
    client.run(&["-c", &put]).success();
    assert_eq!(asked(&caller), 0);

    let caller = VerifyingAws::shared().caller();
    let room = tempfile::tempdir().expect("a directory");
    let record = room.path().join("calls.jsonl");
    let path = record.to_str().expect("UTF-8");
    let refusal = json!({"times": 9, "where": "GetCallerIdentity",
        "answer": {"status": 403, "body": "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"}});
    caller.fault(&refusal);
    let mut client = Client::new(&caller, "keyless-record-no-account", &["--record", path]);
    client.command().env_remove("AWS_ACCOUNT_ID");
    client.run(&["-c", &put]).success();
    assert_eq!(asked(&caller), 1);
    let policy = run(credrun().args(["policy", path])).success();
    let table = "arn:aws:dynamodb:eu-central-1:*:table/orders";
    assert!(policy.out().contains(table), "{}", policy.out());
    let told = format!(
        "does not say the account of these, so the policy has them in every account: {table}"
    );
    assert!(policy.stderr.contains(&told), "{}", policy.stderr);
}

#[test]
fn a_reader_that_does_not_read_holds_up_no_call_and_what_it_misses_is_counted() {
    let caller = VerifyingAws::shared().caller();
    let pipe = Fifo::new();
    let mut options = File::options();
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let reader = options.read(true).custom_flags(nonblocking);
    let reader = reader.open(pipe.path()).expect("a reader");
    let path = pipe.path().to_str().expect("UTF-8");
    let flags = ["--record", path, "--deny", "sts:*"];
    let mut client = Client::new(&caller, "keyless-record-slow", &flags);
    // More than fits into the pipe and what credrun keeps.
    let script = "
import boto3
from botocore.exceptions import ClientError
sts = boto3.client('sts')
for _ in range(2000):
    try:
        sts.get_caller_identity()
    except ClientError:
        pass
";
    let ran = client.run(&["-c", script]).success();
    let summary = "2000 calls, 2000 refused: sts:GetCallerIdentity";
    assert!(ran.stderr.contains(summary), "{}", ran.stderr);
    let told = "calls are missing (it was not read within 5 s)";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    // What is there is whole, but for the line in which the pipe was full.
    let nonblocking = BufReader::new(reader).lines().map_while(Result::ok);
    let lines: Vec<String> = nonblocking.collect();
    assert!(lines.len() > 100, "{}", lines.len());
    for line in &lines[..lines.len() - 1] {
        assert_eq!(read(line)["Verdict"], "refused");
    }
}

#[test]
fn a_full_disk_costs_lines_and_no_call() {
    let caller = VerifyingAws::shared().caller();
    let flags = ["-q", "--record", "/dev/full"];
    let mut client = Client::new(&caller, "keyless-record-full", &flags);
    let script = "import boto3; boto3.client('sts').get_caller_identity()";
    let ran = client.run(&["-c", script]).success();
    let told = "the record /dev/full is not complete: 1 call is missing (No space left on device";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!(caller.calls().len(), 1);
}
