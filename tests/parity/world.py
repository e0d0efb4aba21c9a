"""Asks one program about every row of a table; prints each row and the answer as JSON.

    unshare --net --mount python world.py credrun PATH | botocore | aws-cli   ROWS

The network is its own: no name leads out of it, so that the real names of AWS can be asked for.
The home directory, the machine's DMI, and the roots that are trusted are its own, too.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import traceback
import warnings

import cloud
import programs

# The newest urllib3 warns of how the AWS CLI calls it.
warnings.filterwarnings("ignore", category=FutureWarning)

# A credential_process that says how it was called.
PROCESS = """#!/bin/sh
IFS=+
key=$(printf %s "$*" | tr ' ' _)
printf '{"Version":1,"AccessKeyId":"AKIA%s","SecretAccessKey":"s","SessionToken":"t"}' "$key"
"""
# What `aws sso login` leaves.
TOKEN = {
    "startUrl": "https://corp.awsapps.com/start",
    "region": "us-west-2",
    "accessToken": "token-of-corp",
    "expiresAt": "2100-01-01T00:00:00Z",
}


def mount(*words):
    subprocess.run(["mount", *words], check=True)


class World:
    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="parity-"))
        self.home = self.root / "home"
        self.home.mkdir()
        os.environ["HOME"] = str(self.home)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.address("add", cloud.ECS_ADDRESS)
        resolver = self.root / "resolv.conf"
        resolver.write_text("nameserver 127.0.0.1\n")
        mount("--bind", str(resolver), "/etc/resolv.conf")
        mount("-t", "tmpfs", "none", "/sys")
        self.machine = pathlib.Path("/sys/class/dmi/id/sys_vendor")
        self.machine.parent.mkdir(parents=True)
        self.cloud = cloud.Cloud()
        self.roots = self.root / "ca.pem"
        self.roots.write_bytes(self.cloud.authority.pem())

    def address(self, verb, address):
        subprocess.run(["ip", "address", verb, f"{address}/32", "dev", "lo"], check=True)

    def ask(self, program, row):
        self.lay_out_home(row)
        instance = row.get("instance")
        self.cloud.forget()
        self.cloud.instance_has_role = instance == "with a role"
        self.machine.write_text("Amazon EC2\n" if instance else "innotek GmbH\n")
        if instance:
            self.address("add", cloud.METADATA_ADDRESS)
        try:
            region = program.ask(self.filled(row.get("flags", [])), self.variables(row))
            return self.answer(region)
        except programs.Refused as refused:
            return {"refused": str(refused)}
        finally:
            if instance:
                self.address("del", cloud.METADATA_ADDRESS)

    def lay_out_home(self, row):
        for entry in self.home.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        files = {"bin/set": PROCESS, **row.get("files", {})}
        if "logged_in" in row:
            name = hashlib.sha1(row["logged_in"].encode()).hexdigest()
            files[f".aws/sso/cache/{name}.json"] = json.dumps(TOKEN)
        for name in "config", "credentials":
            if name in row:
                files[f".aws/{name}"] = row[name]
        for name, text in files.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # As it stands, also with the line ends of Windows.
            path.write_bytes(self.filled(text).encode())
            path.chmod(0o755 if name.startswith("bin/") else 0o600)

    def variables(self, row):
        variables = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "AWS_CA_BUNDLE": str(self.roots),
            "SSL_CERT_FILE": str(self.roots),
            "AWS_DEFAULT_REGION": "eu-west-1",
        }
        if "instance" not in row:
            variables["AWS_EC2_METADATA_DISABLED"] = "true"
        if row.get("keys"):
            variables |= {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}
        variables |= self.filled(row.get("variables", {}))
        return {name: value for name, value in variables.items() if value != "{unset}"}

    def filled(self, value):
        if isinstance(value, dict):
            return {name: self.filled(text) for name, text in value.items()}
        if isinstance(value, list):
            return [self.filled(text) for text in value]
        return value.replace("{home}", str(self.home))

    def answer(self, region):
        calls = self.cloud.calls
        last = calls[-1]
        assert last.action == "GetCallerIdentity", calls
        answer = {"source": last.source, "region": region or "none", "sts": last.origin}
        for call in calls[:-1]:
            if call.action in ("GetRoleCredentials", "CreateToken"):
                answer["sso"] = call.origin
            elif call.origin != last.origin:
                answer["role_sts"] = call.origin
        return answer


def tell(what, value):
    print(json.dumps({what: value}), flush=True)


def main():
    name, *rest = sys.argv[1:]
    rows = tomllib.loads(pathlib.Path(rest[-1]).read_text())["row"]
    # First of all: Python libraries look the home directory up when they are imported.
    world = World()
    try:
        if name == "credrun":
            program = programs.Credrun(rest[0])
        else:
            program = {"botocore": programs.Botocore, "aws-cli": programs.AwsCli}[name]()
        for row in rows:
            tell("row", row)
            tell("answer", world.ask(program, row))
        print(json.dumps("end"), flush=True)
    except Exception:
        tell("broken", traceback.format_exc())
    finally:
        shutil.rmtree(world.root, ignore_errors=True)


if __name__ == "__main__":
    main()
