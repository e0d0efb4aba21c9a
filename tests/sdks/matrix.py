"""Real SDKs in containers, beside sets that live for a minute.

Every client runs in a container of `credrun --live`, calls its own stand-in for AWS once a second,
and counts the calls that fail. All run at the same time, for four lifetimes and some seconds. The
stand-in checks each signature and refuses sets that have ended.
"""

import argparse
import contextlib
import os
import re
import secrets
import subprocess
import sys
import threading
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.dont_write_bytecode = True

import cloudshell_endpoint
import stand_in

IMAGE = "credrun-sdks:latest"
CLI_IMAGE = "amazon/aws-cli:latest"
REGION = "eu-central-1"
LIFETIME = 60  # s, of a set
REPLACED_BELOW = 20  # s left of it: a third, as in CloudShell

with open(os.path.join(HERE, "clients/command.sh")) as script:
    EVERY_SECOND = script.read()


def again(command):
    """A command that is started anew for each call. `$ENDPOINT` in it is the container's."""
    return ["sh", "-c", f"set -- {command}\n{EVERY_SECOND}"]


AWS_CLI_V2 = again('aws --endpoint-url "$ENDPOINT" sts get-caller-identity')
# Without PYTHONPATH, which leads to version 1.
NEW_AWS_CLI_V2 = again('env -u PYTHONPATH aws --endpoint-url "$ENDPOINT" sts get-caller-identity')
AWS_CLI_V1 = again('python3 -m awscli --endpoint-url "$ENDPOINT" sts get-caller-identity')
S5CMD = again('s5cmd --endpoint-url "$ENDPOINT" ls')
# A server, so that one process makes all calls.
RCLONE = [
    "sh",
    "-c",
    f"""
    rclone rcd --rc-no-auth &
    set -- rclone rc operations/list remote= \\
        fs=":s3,provider=Other,env_auth=true,region={REGION},endpoint='$ENDPOINT':matrix"
    until rclone rc rc/noop >/dev/null 2>&1; do sleep 1; done
    {EVERY_SECOND}
    rclone rc core/quit >/dev/null
    """,
]


@dataclass
class Client:
    name: str
    command: list
    version: str = ""  # A command that prints it, for those that do not say it themselves.
    image: str = IMAGE


CLIENTS = [
    Client("AWS CLI v2", AWS_CLI_V2, "aws --version", CLI_IMAGE),
    Client("AWS CLI v2: Debian 13's", NEW_AWS_CLI_V2, "env -u PYTHONPATH aws --version"),
    Client("AWS CLI v1", AWS_CLI_V1, "python3 -m awscli --version"),
    Client("Python: boto3", ["python3", "boto3_sts.py"]),
    Client("Python: aws-sdk-sts", ["python3", "python_v4_sts.py"]),
    Client("JavaScript v3", ["node", "js_v3.js"]),
    Client("JavaScript v2", ["node", "js_v2.js"]),
    Client("Java v2: in SageMaker", ["python3", "java_sts.py"]),
    Client("PHP", ["php", "php_sts.php"]),
    Client("Ruby: Debian's", ["ruby", "ruby_sts.rb"]),
    Client("Rust: aws-sdk-sts", ["rust"]),
    Client("Go v2: Debian's", ["go-v2"]),
    Client("Go v2: in rclone", RCLONE, "rclone version"),
    Client("Go v1: Debian's", ["go-v1"]),
    Client("Go v1: in s5cmd", S5CMD, "s5cmd version"),
    Client("C++: in pyarrow", ["python3", "pyarrow_s3.py"]),
    Client("C: AWS Common Runtime", ["python3", "awscrt_sts.py"]),
    Client("Python: MinIO", ["python3", "minio_s3.py"]),
    Client("Rust: Apache OpenDAL", ["python3", "opendal_s3.py"]),
    Client("C++: GDAL, in pyogrio", ["python3", "gdal_s3.py"]),
]


class Run:
    """One client's run, and what it said."""

    def __init__(self, client, arguments, place, issuer, variables, flags=()):
        network, address = place
        self.client = client
        self.aws = stand_in.Aws(address, issuer)
        self.version, self.ok, self.failures, self.other = "", 0, [], []
        inside = {
            "ENDPOINT": f"http://aws:{self.aws.port}",
            "DURATION": arguments.duration,
            "VERSION": client.version,
        }
        options = ["--live", "-q", "--network", network, "--add-host", f"aws:{address}", *flags]
        for name, value in inside.items():
            options += ["-e", f"{name}={value}"]
        program, *rest = client.command
        self._process = subprocess.Popen(
            [arguments.credrun, *options, "--entrypoint", program, client.image, *rest],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "ok":
                self.ok += 1
            elif word == "failed:":
                self.failures.append(rest)
            elif word == "version":
                self.version = rest
            else:
                self.other.append(line)

    def end(self):
        self._reader.join()
        self.status = self._process.wait()

    def passed(self, lifetimes):
        """Whether every call went well, and sets were seen to change as often as they must."""
        return (
            self.status == 0
            and self.ok > 0
            and not self.failures
            and not self.aws.refusals
            and len(self.aws.sets) >= lifetimes
        )

    def row(self):
        version = re.search(r"[0-9]+(\.[0-9]+)+", self.version)
        # One refusal can be one failure, or be made good by a retry.
        failed = max(len(self.failures), len(self.aws.refusals))
        return (
            f"| {self.client.name:23} | {version[0] if version else '?':>10} | {self.ok:5} "
            f"| {failed:6} | {len(self.aws.sets):4} |"
        )

    def explain(self):
        print(f"\n{self.client.name}: exit status {self.status}", file=sys.stderr)
        for line in self.failures[:5] + self.aws.refusals[:5] + self.other[-20:]:
            print(f"    {line.rstrip()}", file=sys.stderr)


def docker(*arguments):
    command = ["docker", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def network(given):
    """A network and this machine's address in it: the host's own, or else one that is made."""
    if given == "host":
        yield given, "127.0.0.1"
        return
    name = f"credrun-sdks-{os.getpid()}"
    docker("network", "create", name)
    try:
        template = "{{range .IPAM.Config}}{{.Gateway}}{{end}}"
        yield name, docker("network", "inspect", name, "--format", template)
    finally:
        docker("network", "rm", name)


def session(issuer):
    """The variables of a CloudShell session whose sets are the issuer's."""
    rotation = cloudshell_endpoint.Rotation(issuer.issue, LIFETIME, REPLACED_BELOW)
    token = secrets.token_urlsafe(32)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return variables | {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": cloudshell_endpoint.serve(rotation, token),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        "AWS_REGION": REGION,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--credrun", default=os.path.join(ROOT, "target/debug/credrun"))
    parser.add_argument("--duration", type=int, default=4 * LIFETIME + 10, help="seconds")
    parser.add_argument("--network", choices=["host"], help="else one of its own")
    parser.add_argument("--client", action="append", help="only those of this name")
    arguments = parser.parse_args()

    issuer = stand_in.Issuer()
    variables = session(issuer)
    chosen = [c for c in CLIENTS if arguments.client is None or c.name in arguments.client]
    with network(arguments.network) as place:
        runs = [Run(client, arguments, place, issuer, variables) for client in chosen]
        for run in runs:
            run.end()

    print(f"| {'client':23} | {'version':>10} | calls | failed | sets |")
    print(f"|-{'':-<23}-|-{'':->10}:|------:|-------:|-----:|")
    for run in runs:
        print(run.row())
    # Each set is replaced before it ends, so at least as many are seen as lives have passed.
    lifetimes = arguments.duration // LIFETIME
    failed = [run for run in runs if not run.passed(lifetimes)]
    for run in failed:
        run.explain()
    print(f"\n{len(runs) - len(failed)} passed, {len(failed)} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
