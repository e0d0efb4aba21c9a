"""Stands in for AWS: STS, IAM, S3 and ECR by moto, with a CloudShell session beside it.

moto checks signatures, session tokens and policies; it does not check that a set has expired.

With a command, runs it inside the CloudShell session and ends with it. Without one, prints the
session's variables as NAME=value, then `STAND_IN=ready`, and runs until it is ended. Variables that
begin with STAND_IN_ say what is in the account. Nothing is kept.
"""

import argparse
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
import urllib.request

# moto reads it once, when it is imported: the account is set up before access is checked.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "1000000"

import boto3
from moto.server import ThreadedMotoServer

import cloudshell_endpoint

REGION = "ap-northeast-1"
ACCOUNT = "123456789012"
BUCKET = "credrun-demo"
# Whose session it is, as IAM Identity Center would name it, and the role that it may assume.
SESSION_ROLE = "AWSReservedSSO_AdministratorAccess"
READER_ROLE = "s3-reader"


def policy(*actions):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}],
        }
    )


def trust(*principals):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": list(principals)},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    )


def fill_account(client):
    """Makes a bucket with an object, two roles, and a user whose long-lived keys are returned."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key="hello.txt", Body=b"hello from the stand-in\n")

    iam = client("iam")
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="all", PolicyDocument=policy("*"))
    # moto compares a caller with the trusted principals letter by letter.
    user = f"arn:aws:iam::{ACCOUNT}:user/alice"
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{SESSION_ROLE}/alice"
    for role, trusted, actions in (
        (SESSION_ROLE, [user], ["*"]),
        (READER_ROLE, [user, session], ["s3:Get*", "s3:List*"]),
    ):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(*trusted))
        iam.put_role_policy(RoleName=role, PolicyName="rights", PolicyDocument=policy(*actions))
    return iam.create_access_key(UserName="alice")["AccessKey"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--address", default="127.0.0.1", help="where AWS listens")
    parser.add_argument("--set-lifetime", type=int, default=900, metavar="SECONDS")
    parser.add_argument("--replaced-below", type=int, default=300, metavar="SECONDS")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the caller")
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    arguments = parser.parse_args()

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address=arguments.address, port=0, verbose=False)
    moto.start()
    endpoint = "http://{}:{}".format(*moto.get_host_and_port())

    def client(service, key="setup", secret="setup"):
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )

    alice = fill_account(client)
    urllib.request.urlopen(
        urllib.request.Request(
            f"{endpoint}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}
        )
    )
    sts = client("sts", alice["AccessKeyId"], alice["SecretAccessKey"])

    def issue(lifetime):
        return sts.assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{SESSION_ROLE}",
            RoleSessionName="alice",
            DurationSeconds=max(900, int(lifetime.total_seconds())),
        )["Credentials"]

    token = secrets.token_urlsafe(32)
    rotation = cloudshell_endpoint.Rotation(
        issue, arguments.set_lifetime, arguments.replaced_below
    )
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": cloudshell_endpoint.serve(rotation, token),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": "CloudShell",
        "STAND_IN_BUCKET": BUCKET,
        "STAND_IN_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/{READER_ROLE}",
        "STAND_IN_SESSION_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/{SESSION_ROLE}",
        "STAND_IN_ACCESS_KEY_ID": alice["AccessKeyId"],
        "STAND_IN_SECRET_ACCESS_KEY": alice["SecretAccessKey"],
    }
    if arguments.command:
        rest = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        sys.exit(subprocess.run(arguments.command, env=rest | variables).returncode)

    for name, value in variables.items():
        print(f"{name}={value}")
    print("STAND_IN=ready", flush=True)
    if arguments.until_stdin_closes:
        sys.stdin.read()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
