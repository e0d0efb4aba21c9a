"""A stand-in for AWS that verifies every request and tells a test of it.

A test writes one order a line to stdin, in JSON, and reads one answer a line. It ends with stdin.

    {"do": "caller", "lifetime": 900}             a caller with a set of this many seconds
    {"do": "caller", "lifetime": 9, "spare": 5}   whose sets rotate at a credential endpoint
    {"do": "calls", "caller": NAME}               all that it has sent, in order
    {"do": "secrets", "caller": NAME}             all secrets and tokens that it ever had
    {"do": "fault", "caller": NAME, "fault": {}}  as faults.py says
    {"do": "bucket", "name": NAME, "objects": 3}  a bucket with objects of one byte
"""

import itertools
import json
import os
import secrets
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../scripts"))

import cloudshell_endpoint
from account import ACCOUNT
from aws import Aws

REGION = "eu-central-1"


class Orders:
    def __init__(self, aws):
        self._aws = aws
        self._names = (f"caller-{number}" for number in itertools.count(1))

    def caller(self, lifetime, spare=None):
        name = next(self._names)
        variables = {"AWS_ENDPOINT_URL": self._aws.url}
        # boto3 knows only one of them.
        variables |= dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), REGION)
        if spare is None:
            made = self._aws.sets.issue(name, lifetime)
            variables |= {
                "AWS_ACCESS_KEY_ID": made.key,
                "AWS_SECRET_ACCESS_KEY": made.secret,
                "AWS_SESSION_TOKEN": made.token,
                "AWS_ACCOUNT_ID": ACCOUNT,
            }
        else:

            def issue(length):
                return self._aws.sets.issue(name, int(length.total_seconds())).credentials()

            token = secrets.token_urlsafe(32)
            rotation = cloudshell_endpoint.Rotation(issue, lifetime, spare)
            variables |= {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": cloudshell_endpoint.serve(rotation, token),
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
            }
        return {"name": name, "variables": variables}

    def calls(self, caller):
        return self._aws.calls(caller)

    def secrets(self, caller):
        return self._aws.sets.secrets_of(caller)

    def fault(self, caller, fault):
        self._aws.faults.add(caller, fault)

    def bucket(self, name, objects):
        self._aws.account.make_bucket(name, REGION, objects)


def serve(orders):
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        do = getattr(orders, order.pop("do"))
        print(json.dumps(do(**order)), flush=True)


if __name__ == "__main__":
    serve(Orders(Aws()))
