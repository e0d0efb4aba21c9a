"""Prints policies with requests, a line of JSON each, and what moto's enforcement does with those
requests that moto has.

    policies.py SEED

A seed makes the same policies always. Of each, `features` has what one of the other evaluators does
otherwise than IAM, or leaves out.
"""

import json
import os
import random
import re
import sys

os.environ.update(
    AWS_ACCESS_KEY_ID="a",
    AWS_SECRET_ACCESS_KEY="b",
    AWS_DEFAULT_REGION="eu-west-1",
    # A request without any right, and not the first of all.
    INITIAL_NO_AUTH_ACTION_COUNT="0",
)

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.models import iam_backends

ACCOUNT = "123456789012"
REGION = "eu-west-1"
PLAIN, FULL = 60, 140
BUCKETS = ["data", "data-logs", "other"]
KEYS = ["a/b.txt", "a/c/d.txt", "logs/2026:11", "x"]
OBJECT = ["GetObject", "PutObject", "DeleteObject", "GetObjectTagging"]
BUCKET = ["ListBucket", "GetBucketPolicy", "GetBucketTagging", "PutBucketTagging"]
ELSEWHERE = [
    ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs-dead"),
    ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"),
    ("dynamodb:Query", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/index/i"),
    ("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/f:log-stream:s"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live"),
    ("states:StartExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"),
    ("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:t"),
]
# Keys that a record has, and others.
KNOWN = {
    "aws:RequestedRegion": [REGION, "us-east-1", "eu-*", "EU-WEST-1"],
    "aws:SecureTransport": ["true", "false"],
    "aws:ViaAWSService": ["true", "false"],
    "aws:CalledVia": ["cloudformation.amazonaws.com"],
}
UNKNOWN = {
    "aws:ResourceAccount": [ACCOUNT, "999999999999", "1*"],
    "aws:PrincipalTag/team": ["red", "blue", "r*"],
    "aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:user/*", "arn:aws:iam::*:role/r"],
}
OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]
OPERATORS += ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"]


# What a policy can have that not each evaluator does alike.
FEATURES = ["NotResource", "Condition", "Condition", "?", "case", "short ARN", "*:*"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def request(self, is_full):
        if is_full and self.random.random() < 0.4:
            return self.random.choice(ELSEWHERE)
        bucket = self.random.choice(BUCKETS)
        if self.random.random() < 0.6:
            key = self.random.choice(KEYS)
            return "s3:" + self.random.choice(OBJECT), f"arn:aws:s3:::{bucket}/{key}"
        return "s3:" + self.random.choice(BUCKET), f"arn:aws:s3:::{bucket}"

    def action(self, action, is_full):
        service, name = action.split(":")
        forms = [action, action, f"{service}:*", "*", f"{service}:{name[:3]}*", f"{service}:*{name[-4:]}"]
        forms += [f"{service}:{name[:2]}*{name[-2:]}"]
        if "case" in self.has:
            forms += 3 * [action.lower(), f"{service.upper()}:{name}"]
        if "?" in self.has:
            forms += [f"{service}:{name[:-1]}?", f"{service}:{name}?"]
        if "*:*" in self.has:
            forms += ["*:*"]
        return self.random.choice(forms)

    def resource(self, resource, is_full):
        parts = resource.split(":", 5)
        last = parts[5]
        lasts = [last, last, "*", last[:3] + "*", "*" + last[-2:], last[:2] + "*" + last[-1:], last + "*"]
        lasts += [last.split("/")[0] + "/*"]
        if "?" in self.has:
            lasts += [last[:-1] + "?", "?" + last[1:], last + "?"]
        if "case" in self.has:
            lasts += [last.upper()]
        parts[5] = self.random.choice(lasts)
        # IAM refuses other policies.
        has_region = parts[2] != "s3"
        if is_full and self.random.random() < 0.4:
            at = self.random.choice([3, 4] if has_region else [4])
            parts[at] = self.random.choice(["*", parts[at][:2] + "*", parts[at]])
        if "short ARN" in self.has and has_region and self.random.random() < 0.4:
            parts = parts[: self.random.choice([3, 4, 5])]
        if self.random.random() < 0.1:
            return "*"
        return ":".join(parts)

    def conditions(self):
        conditions = {}
        for _ in range(self.random.choice([1, 1, 2])):
            keys = KNOWN if self.random.random() < 0.6 else UNKNOWN
            key = self.random.choice(list(keys))
            operator = self.random.choice(OPERATORS)
            if key in ["aws:SecureTransport", "aws:ViaAWSService"]:
                operator = "Bool"
            elif key == "aws:PrincipalArn":
                operator = self.random.choice(["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"])
            elif key == "aws:CalledVia":
                operator = self.random.choice(["ForAnyValue:", "ForAllValues:"]) + operator
            if self.random.random() < 0.2:
                operator += "IfExists"
            elif self.random.random() < 0.15:
                conditions["Null"] = {key: self.random.choice(["true", "false"])}
                continue
            values = self.random.sample(keys[key], self.random.choice([1, 1, len(keys[key])]))
            conditions.setdefault(operator, {})[key] = values if len(values) > 1 else values[0]
        return conditions

    def some(self, one, requests, is_full):
        count = self.random.choice([1, 1, 2, 3])
        made = [one(self.random.choice(requests), is_full) for _ in range(count)]
        return made if count > 1 else made[0]

    def statement(self, requests, is_full):
        action = lambda request, is_full: self.action(request[0], is_full)
        resource = lambda request, is_full: self.resource(request[1], is_full)
        is_deny = self.random.random() < 0.3
        one = {"Effect": "Deny" if is_deny else "Allow"}
        one["NotAction" if self.random.random() < 0.15 else "Action"] = self.some(action, requests, is_full)
        is_not = "NotResource" in self.has and self.random.random() < 0.4
        one["NotResource" if is_not else "Resource"] = self.some(resource, requests, is_full)
        if "Condition" in self.has and self.random.random() < 0.6:
            one["Condition"] = self.conditions()
        return one

    def case(self, is_full):
        count = self.random.choice([1, 1, 2, 3])
        self.has = self.random.sample(FEATURES, count) if is_full else []
        requests = [self.request(is_full) for _ in range(5)]
        count = self.random.choice([1, 2, 2, 3, 4])
        statements = [self.statement(requests, is_full) for _ in range(count)]
        policy = {"Version": "2012-10-17", "Statement": statements if count > 1 else statements[0]}
        return policy, requests


def listed(value):
    return value if isinstance(value, list) else [value]


def features(policy):
    """What the other evaluators do otherwise than IAM: see policies.rs."""
    found = set()
    for statement in listed(policy["Statement"]):
        actions = listed(statement.get("Action", statement.get("NotAction")))
        resources = listed(statement.get("Resource", statement.get("NotResource")))
        if "NotResource" in statement:
            found.add("NotResource")
        if "Condition" in statement:
            found.add("Condition")
        if any("?" in text for text in actions + resources):
            found.add("?")
        if "*:*" in actions:
            found.add("*:*")
        if any(re.match(r"arn:(?!aws:s3:::)(.*?:){4}[^/:]*[*?]", resource) for resource in resources):
            found.add("wildcard in a type")
        names = ["s3:" + name for name in OBJECT + BUCKET] + [action for action, _ in ELSEWHERE]
        for action in actions:
            letters = action.rstrip("*?").split("*")[0]
            if not any(name.startswith(letters) for name in names):
                found.add("case")
        if any(len(resource.split(":")) < 6 and resource != "*" for resource in resources):
            found.add("short ARN")
            if "NotResource" in statement:
                found.add("short NotResource")
    return sorted(found)


class Moto:
    """S3 as an IAM user whose only policy is the one that is tried."""

    def __init__(self):
        ActionAuthenticatorMixin.request_count = -(10**9)
        self.iam = iam_backends[ACCOUNT]["aws"]
        self.iam.create_user(REGION, "u")
        key = self.iam.create_access_key("u")
        for bucket in BUCKETS:
            location = {"LocationConstraint": REGION}
            boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
        ActionAuthenticatorMixin.request_count = 0
        self.s3 = boto3.client(
            "s3",
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def use(self, policy):
        self.iam.put_user_policy("u", "p", json.dumps(policy))

    def allows(self, action, arn):
        bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
        operation, more = {
            "s3:GetObject": ("get_object", {}),
            "s3:PutObject": ("put_object", {"Body": b""}),
            "s3:DeleteObject": ("delete_object", {}),
            "s3:GetObjectTagging": ("get_object_tagging", {}),
            "s3:ListBucket": ("list_objects_v2", {}),
            "s3:GetBucketPolicy": ("get_bucket_policy", {}),
            "s3:GetBucketTagging": ("get_bucket_tagging", {}),
            "s3:PutBucketTagging": ("put_bucket_tagging", {"Tagging": {"TagSet": []}}),
        }[action]
        names = {"Bucket": bucket, "Key": key} if key else {"Bucket": bucket}
        try:
            getattr(self.s3, operation)(**names, **more)
        except ClientError as error:
            # It was let through, and there is no such key, policy, …
            return error.response["Error"]["Code"] != "AccessDenied"
        return True


@mock_aws
def main(seed):
    maker, moto = Maker(seed), Moto()
    for is_full in [False] * PLAIN + [True] * FULL:
        policy, requests = maker.case(is_full)
        moto.use(policy)
        answers = []
        for action, resource in requests:
            is_s3 = action.startswith("s3:")
            answer = moto.allows(action, resource) if is_s3 else None
            answers.append({"action": action, "resource": resource, "moto": answer})
        case = {"policy": policy, "features": features(policy), "requests": answers}
        print(json.dumps(case))


main(int(sys.argv[1]))
