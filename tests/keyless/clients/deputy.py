"""Calls that make AWS, or a set of AWS's, do what a list forbids to do at once."""

import html
import io
import os
import sys
import urllib.error
import urllib.request
import zipfile

import boto3
from botocore.config import Config
from outcomes import ONCE, tell

RUN = os.environ["RUN"]
BUCKET = os.environ["BUCKET"]
ROLE = "arn:aws:iam::123456789012:role/deputy"
KEY = {"Bucket": BUCKET, "Key": "key-00000"}
SOURCE = f"{BUCKET}/key-00000"


def client(name, **more):
    return boto3.client(name, config=ONCE, **more)


def code():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.py", "def handler(event, context): return event\n")
    return {"ZipFile": archive.getvalue()}


def roles():
    """What hands a role to a service, and what is like it and does not."""
    function = {
        "FunctionName": RUN, "Runtime": "python3.12", "Handler": "main.handler", "Code": code(),
    }  # fmt: skip
    instance = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1}
    task = {"family": RUN, "containerDefinitions": [{"name": "one", "image": "one", "memory": 64}]}
    target = {"Id": "one", "Arn": "arn:aws:states:eu-central-1:123456789012:stateMachine:one"}
    return {
        "function": lambda: client("lambda").create_function(**function, Role=ROLE),
        "functions": lambda: client("lambda").list_functions(),
        "instance-with-a-profile": lambda: client("ec2").run_instances(
            **instance, IamInstanceProfile={"Name": "deputy"}
        ),
        "instance": lambda: client("ec2").run_instances(**instance),
        "task-with-a-role": lambda: client("ecs").register_task_definition(
            **task, taskRoleArn=ROLE
        ),
        "task": lambda: client("ecs").register_task_definition(**task),
        "machine": lambda: client("stepfunctions").create_state_machine(
            name=RUN, definition="{}", roleArn=ROLE
        ),
        "target": lambda: client("events").put_targets(
            Rule=RUN, Targets=[{**target, "RoleArn": ROLE}]
        ),
        "stack": lambda: client("cloudformation").create_stack(
            StackName=RUN, TemplateBody="{}", RoleARN=ROLE
        ),
        "assumed": lambda: client("sts").assume_role(RoleArn=ROLE, RoleSessionName=RUN),
    }


def s3_with(made):
    return client(
        "s3",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )


def opened(operation, method, body=None):
    """A URL presigned here. urllib's errors become those of boto3."""
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = s3.generate_presigned_url(operation, Params=KEY, ExpiresIn=60)
    kind = {"Content-Type": "text/plain"}  # Else urllib says that it is a form.
    request = urllib.request.Request(url, body, kind, method=method)
    try:
        urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as error:
        said = {"Code": str(error.code), "Message": html.unescape(error.read().decode())}
        metadata = {"HTTPStatusCode": error.code}
        raise s3.exceptions.ClientError(
            {"Error": said, "ResponseMetadata": metadata}, operation
        ) from None


def sets():
    """The same calls with sets that were made inside, and with URLs."""
    sts = client("sts")
    session = sts.get_session_token()["Credentials"]
    role = sts.assume_role(RoleArn=ROLE, RoleSessionName=RUN)["Credentials"]
    again = boto3.client(
        "sts",
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    ).assume_role(RoleArn=f"{ROLE}-2", RoleSessionName=RUN)["Credentials"]
    calls = {}
    for name, made in (("session", session), ("role", role), ("role-of-role", again)):
        s3 = s3_with(made)
        calls[f"{name}-gets"] = lambda s3=s3: s3.get_object(**KEY)
        calls[f"{name}-puts"] = lambda s3=s3: s3.put_object(**KEY, Body=b"changed")
        calls[f"{name}-deletes"] = lambda s3=s3: s3.delete_object(**KEY)
    calls["url-gets"] = lambda: opened("get_object", "GET")
    calls["url-puts"] = lambda: opened("put_object", "PUT", b"changed")
    calls["url-deletes"] = lambda: opened("delete_object", "DELETE")
    return calls


def others():
    """Calls that do the work of another, and are not its operation."""
    s3, dynamodb = client("s3"), client("dynamodb")
    upload = {"Bucket": BUCKET, "Key": "copy", "UploadId": "none", "PartNumber": 1}
    table, key = "deputy", {"id": {"S": "1"}}
    delete = {"Delete": {"TableName": table, "Key": key}}
    return {
        "put": lambda: s3.put_object(**KEY, Body=b"content"),
        "copy": lambda: s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=SOURCE),
        "part-copy": lambda: s3.upload_part_copy(**upload, CopySource=SOURCE),
        "acl": lambda: s3.put_object(**KEY, Body=b"content", ACL="public-read"),
        "tags": lambda: s3.put_object(**KEY, Body=b"content", Tagging="a=b"),
        "transaction": lambda: dynamodb.transact_write_items(TransactItems=[delete]),
        "statement": lambda: dynamodb.execute_statement(
            Statement=f"DELETE FROM {table} WHERE id = '1'"
        ),
        "read-statement": lambda: dynamodb.execute_statement(
            Statement=f"SELECT * FROM {table} WHERE id = '1'"
        ),
    }


for name, call in globals()[sys.argv[1]]().items():
    tell(name, call)
