"""Many calls at once, of one run and of two beside one another: each answer is its caller's own."""

import json
import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
import raw
from botocore.config import Config
from http2 import get_at_once
from outcomes import ONCE, tell

MANY = Config(max_pool_connections=16, signature_version="s3v4")


def two_runs():
    """Tells how this run calls, reads how the other does, and calls both ways."""
    print(json.dumps({"endpoint": raw.ENDPOINT, "keys": raw.KEYS}), flush=True)
    other = json.loads(input())
    own_sts = boto3.client("sts", config=MANY)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: own_sts.get_caller_identity()["UserId"], range(100))
    print("answered", *sorted(set(answers)), flush=True)

    def identity(endpoint, keys):
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        keys = dict(zip(names, keys))
        boto3.client("sts", endpoint_url=endpoint, config=ONCE, **keys).get_caller_identity()

    tell("others-key-here", lambda: identity(raw.ENDPOINT, other["keys"]))
    tell("own-key-there", lambda: identity(other["endpoint"], raw.KEYS))
    tell("list", boto3.client("s3", config=ONCE).list_buckets)


def one_run():
    """Reads what has the same name in three regions, and many objects, in any order at once."""
    bucket = os.environ["BUCKET"]
    s3 = boto3.client("s3", config=MANY)
    wanted = []
    for region in ("eu-central-1", "us-west-2", "ap-southeast-2"):
        ssm = boto3.client("ssm", region, config=MANY)
        ssm.put_parameter(Name="/cross-talk", Value=f"ssm {region}", Type="String", Overwrite=True)
        secrets = boto3.client("secretsmanager", region, config=MANY)
        secrets.create_secret(Name="cross-talk", SecretString=f"secret {region}")
        wanted.append(
            (lambda ssm=ssm: ssm.get_parameter(Name="/cross-talk")["Parameter"]["Value"], f"ssm {region}")
        )
        wanted.append(
            (lambda of=secrets: of.get_secret_value(SecretId="cross-talk")["SecretString"], f"secret {region}")
        )
    contents = {f"object-{number}": f"{number};" * 10 ** (number % 6) for number in range(24)}
    for key, content in contents.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content)

        def read(key=key):
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()

        wanted.append((read, content))
    wanted *= 10
    random.shuffle(wanted)
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda one: one[0]() == one[1], wanted)
    print("own answers", sum(answers), "of", len(wanted))
    print("over HTTP/2", over_http2(s3, bucket, contents), "of", len(contents))


def over_http2(s3, bucket, contents):
    """How many objects come right, of all that are asked for at once over one connection."""
    targets = []
    for key in contents:
        params = {"Bucket": bucket, "Key": key}
        url = s3.generate_presigned_url("get_object", Params=params)
        targets.append(url.removeprefix(f"http://{raw.HOST}"))
    bodies = get_at_once(targets)
    return sum(body == content.encode() for body, content in zip(bodies, contents.values()))


def again():
    """Reads what changes, as if it never did."""
    key = {"Bucket": os.environ["BUCKET"], "Key": "changing"}
    s3 = boto3.client("s3")
    for number in range(10):
        s3.put_object(**key, Body=str(number))
        answer = s3.get_object(**key)
        assert "immutable" in answer["CacheControl"], answer
        print(answer["Body"].read().decode(), end=" ")


globals()[sys.argv[1]]()
