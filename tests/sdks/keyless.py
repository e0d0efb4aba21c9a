"""Real SDKs in containers of `--keyless`, and a table of what each of them can do.

Each client tries the services that it has, of fourteen. The stand-in for AWS verifies each call: it must
be signed with the real set, and nothing of that set is in what the Engine is sent for the container.
What a client cannot do is written down here, with the reason, and is a failure where it has become
possible.
"""

import argparse
import io
import os
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(ROOT, "tests/support/verifying_aws"))
sys.dont_write_bytecode = True

import boto3
from aws import Aws
from tee import Tee

IMAGE = "credrun-sdks:latest"
REGION = "eu-central-1"
# What all clients find in the account: a bucket of 3,000 keys, and a function.
FULL_BUCKET = "sdks-full"
FUNCTION = "sdks"


@dataclass
class Client:
    name: str
    command: list
    # What fails, and a part of how.
    cannot: dict = field(default_factory=dict)

    @property
    def bucket(self):
        return "sdks-" + re.sub("[^a-z0-9]+", "-", self.name.lower()).strip("-")


def shell(*command):
    return ["sh", *command]


CLIENTS = [
    Client("Python: boto3", ["python3", "boto3_all.py"]),
    Client("AWS CLI v2: Debian 13's", shell("aws_cli.sh", "env", "-u", "PYTHONPATH", "aws")),
    Client(
        "AWS CLI v1",
        shell("aws_cli.sh", "python3", "-m", "awscli"),
        {"sqs": "Could not connect"},
    ),
    Client("JavaScript v3", ["node", "js_v3.js"]),
    Client("JavaScript v2", shell("once.sh", "node", "js_v2.js")),
    Client("Java v2: in SageMaker", ["python3", "java_v2.py"]),
    Client("PHP", ["php", "php.php"]),
    Client("Ruby: Debian's", ["ruby", "ruby.rb"]),
    Client("Rust", ["rust-services"]),
    Client("Go v2: Debian's", ["go-v2-services"]),
    Client(
        "Go v2: in rclone",
        shell("rclone.sh"),
        {"s3-as-aws": "unseekable stream is not supported without TLS"},
    ),
    Client("Go v1: Debian's", shell("once.sh", "go-v1")),
    Client("Go v1: in s5cmd", shell("s5cmd.sh")),
    Client("C++: in pyarrow", ["python3", "pyarrow_all.py"]),
    Client("C: AWS Common Runtime", shell("once.sh", "python3", "awscrt_sts.py")),
    Client("Python: aws-sdk-sts", shell("once.sh", "python3", "python_v4_sts.py")),
    Client("Python: MinIO", ["python3", "minio_all.py"]),
    Client("Rust: Apache OpenDAL", ["python3", "opendal_all.py"]),
    Client("C++: GDAL, in pyogrio", ["python3", "gdal_all.py"]),
]


class Run:
    """One client's run, and what came of each thing that it tried."""

    def __init__(self, client, aws, arguments):
        self.client, self.version, self.other = client, "", []
        self.ok, self.failed = [], {}
        made = aws.sets.issue(client.name, 3600)
        aws.account.make_bucket(client.bucket, REGION, 0)
        variables = {n: v for n, v in os.environ.items() if not n.startswith("AWS_")} | {
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": made.key,
            "AWS_SECRET_ACCESS_KEY": made.secret,
            "AWS_SESSION_TOKEN": made.token,
        }
        program, *rest = client.command
        options = ["--keyless", "-q", "-e", f"BUCKET={client.bucket}"]
        options += ["-e", f"FULL_BUCKET={FULL_BUCKET}", "-e", f"FUNCTION={FUNCTION}"]
        for mount in arguments.mount or []:
            options += ["-v", mount]
        options += ["-w", "/sdks/clients/keyless", "--entrypoint", program]
        command = [arguments.credrun, "run", *options, arguments.image, *rest]
        tee = Tee()
        ran = subprocess.run(
            command,
            env=variables | {"DOCKER_HOST": tee.host},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        self.status = ran.returncode
        for line in ran.stdout.splitlines():
            self._read(line)
        self.calls = aws.calls(client.name)
        tee.close()
        self._search(aws, [ran.stdout.encode(), *tee.received()])

    def _search(self, aws, received):
        """Where a secret of the real set is, and whether there was anything to search."""
        self.searched = any(one.startswith(b"HTTP/1.1 200") for one in received)
        secrets = aws.sets.secrets_of(self.client.name)
        forms = [form for one in secrets for form in (one, quote(one, safe=""), one.replace("/", "\\/"))]
        self.leaked = [form for form in forms if any(form.encode() in one for one in received)]

    def _read(self, line):
        word, _, rest = line.partition(" ")
        name, _, why = rest.partition(" ")
        if word == "version":
            self.version = rest
        elif word == "ok":
            self.ok.append(name)
        elif word == "failed":
            self.failed[name] = why
        else:
            self.other.append(line)

    def refused(self):
        return [call["refused"] for call in self.calls if call["refused"]]

    def passed(self):
        expected = all(part in self.failed.get(n, "") for n, part in self.client.cannot.items())
        return (
            self.status == 0
            and self.ok
            and self.calls
            and expected
            and self.failed.keys() == self.client.cannot.keys()
            and not self.refused()
            and self.searched
            and not self.leaked
        )

    def row(self):
        version = re.search(r"[0-9]+(\.[0-9]+)+", self.version)
        cannot = ", ".join(self.failed) or "-"
        return (
            f"| {self.client.name:23} | {version[0] if version else '?':>10} | {len(self.calls):5} "
            f"| {', '.join(self.ok):60} | {cannot} |"
        )

    def explain(self):
        print(f"\n{self.client.name}: exit status {self.status}", file=sys.stderr)
        for name, why in self.failed.items():
            print(f"    {name}: {why[:600]}", file=sys.stderr)
        if not self.searched or self.leaked:
            print(f"    received: {self.searched}, of the real set: {self.leaked}", file=sys.stderr)
        for line in self.refused()[:5] + self.other[-20:]:
            print(f"    {line[:600]}", file=sys.stderr)


def furnish(aws):
    aws.account.make_bucket(FULL_BUCKET, REGION, 3000)
    made = aws.sets.issue("furnisher", 600)
    session = boto3.Session(made.key, made.secret, made.token, REGION)
    role = session.client("iam", endpoint_url=aws.url).create_role(
        RoleName=FUNCTION, AssumeRolePolicyDocument="{}"
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): return event\n")
    session.client("lambda", endpoint_url=aws.url).create_function(
        FunctionName=FUNCTION,
        Runtime="python3.12",
        Handler="main.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": code.getvalue()},
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--credrun", default=os.path.join(ROOT, "target/debug/credrun"))
    parser.add_argument("--client", action="append", help="only those of this name")
    parser.add_argument("--image", default=IMAGE)
    parser.add_argument("--mount", action="append", metavar="FROM:TO", help="into each container")
    arguments = parser.parse_args()

    aws = Aws()
    furnish(aws)
    chosen = [c for c in CLIENTS if arguments.client is None or c.name in arguments.client]
    with ThreadPoolExecutor(max_workers=3) as pool:
        runs = list(pool.map(lambda client: Run(client, aws, arguments), chosen))
    print(f"| {'client':23} | {'version':>10} | calls | {'does':60} | cannot |")
    print(f"|-{'':-<23}-|-{'':->10}:|------:|-{'':-<60}-|--------|")
    for run in runs:
        print(run.row())
    failed = [run for run in runs if not run.passed()]
    for run in failed:
        run.explain()
    print(f"\n{len(runs) - len(failed)} passed, {len(failed)} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
