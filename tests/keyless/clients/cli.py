"""Calls of many services through the AWS CLI, each call a process. Says `ok` of each."""

import filecmp
import json
import os
import subprocess
import sys
import urllib.request

RUN = os.environ["RUN"]
BUCKET = f"cli-{RUN}"
VERSION_1 = "--version-1" in sys.argv


def aws(*arguments):
    command = [sys.executable, "-m", "awscli", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"aws {' '.join(arguments)}: {ran.returncode}\n{ran.stdout}{ran.stderr}")
    print("ok", *arguments[:4], flush=True)
    return ran.stdout


def content(path, size):
    with open(path, "wb") as file:
        file.write(os.urandom(size))
    return path


print(aws("--version"))
aws("s3", "mb", f"s3://{BUCKET}")
small, large = content("/tmp/small", 5), content("/tmp/large", (20 << 20) + 3)
aws("s3", "cp", small, f"s3://{BUCKET}/a b+ü.txt")
aws("s3", "cp", large, f"s3://{BUCKET}/large")
aws("s3", "cp", f"s3://{BUCKET}/large", "/tmp/back")
assert filecmp.cmp(large, "/tmp/back", shallow=False)
assert "a b+ü.txt" in aws("s3", "ls", f"s3://{BUCKET}")
aws("s3", "cp", f"s3://{BUCKET}/large", f"s3://{BUCKET}/copy")
# Version 1 presigns in the way of Signature Version 2.
if not VERSION_1:
    url = aws("s3", "presign", f"s3://{BUCKET}/a b+ü.txt").strip()
    with open(small, "rb") as file:
        assert urllib.request.urlopen(url).read() == file.read()
assert aws("s3", "ls", f"s3://{os.environ['FULL_BUCKET']}").count("\n") == 3000
aws("s3", "rb", "--force", f"s3://{BUCKET}")
sqs = ("sqs",)
if VERSION_1:
    # It calls a host of its own, unless it is told where to go.
    sqs = ("sqs", "--endpoint-url", os.environ["AWS_ENDPOINT_URL"])
url = json.loads(aws(*sqs, "create-queue", "--queue-name", f"cli-{RUN}"))["QueueUrl"]
aws(*sqs, "send-message", "--queue-url", url, "--message-body", "hello")
assert "hello" in aws(*sqs, "receive-message", "--queue-url", url)
aws("dynamodb", "list-tables")
aws("ec2", "describe-instances")
aws("iam", "list-roles")
aws("lambda", "list-functions")
aws("sts", "get-caller-identity")
