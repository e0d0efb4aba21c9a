"""A credential_process: sessions of a stand-in's role, said to last for the given number of seconds."""

import datetime
import json
import os
import sys
import time

import boto3

role, seconds = sys.argv[1], int(sys.argv[2])
sts = boto3.client(
    "sts",
    endpoint_url=os.environ["STAND_IN_ENDPOINT_URL"],
    region_name=os.environ["STAND_IN_DEFAULT_REGION"],
    aws_access_key_id=os.environ["STAND_IN_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["STAND_IN_SECRET_ACCESS_KEY"],
)
made = sts.assume_role(RoleArn=role, RoleSessionName=f"set-{int(time.time())}")["Credentials"]
end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
json.dump(
    {
        "Version": 1,
        "AccessKeyId": made["AccessKeyId"],
        "SecretAccessKey": made["SecretAccessKey"],
        "SessionToken": made["SessionToken"],
        "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    },
    sys.stdout,
)
