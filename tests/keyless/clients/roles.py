"""Roles and sessions made inside the container: each set is to be one of the run's own making."""

import os

import boto3
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/assumed"


def client(service, answered, **more):
    return boto3.client(
        service,
        aws_access_key_id=answered["AccessKeyId"],
        aws_secret_access_key=answered["SecretAccessKey"],
        aws_session_token=answered["SessionToken"],
        **more,
    )


def identity(sts):
    return sts.get_caller_identity()["Arn"].rpartition(":")[2]


sts = boto3.client("sts")
one = sts.assume_role(RoleArn=ROLE, RoleSessionName="first")["Credentials"]
assert one["AccessKeyId"] not in (os.environ["AWS_ACCESS_KEY_ID"], ""), one["AccessKeyId"]
assert one["Expiration"].tzinfo
print("assumed", identity(client("sts", one)))

chained = client("sts", one).assume_role(RoleArn=f"{ROLE}-2", RoleSessionName="second")
print("chained", identity(client("sts", chained["Credentials"])))

session = sts.get_session_token()["Credentials"]
print("session", identity(client("sts", session)))
federated = sts.get_federation_token(Name="fed-user")["Credentials"]
print("federated", identity(client("sts", federated)))

with open("/tmp/config", "w") as config:
    config.write(f"[profile other]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    config.write("role_session_name = by-profile\n")
os.environ["AWS_CONFIG_FILE"] = "/tmp/config"
profile = boto3.Session(profile_name="other")
print("profile", identity(profile.client("sts")))

# A set with another's token, or with another's secret.
for mixed in (
    {**one, "SessionToken": os.environ["AWS_SESSION_TOKEN"]},
    {**one, "SecretAccessKey": os.environ["AWS_SECRET_ACCESS_KEY"]},
):
    try:
        identity(client("sts", mixed))
    except ClientError as error:
        print("mixed", error.response["Error"]["Code"])

# S3 Express has sessions of its own.
bucket, s3 = os.environ["EXPRESS_BUCKET"], boto3.client("s3")
s3.put_object(Bucket=bucket, Key="key", Body=b"express")
assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"express"
print("express ok")
