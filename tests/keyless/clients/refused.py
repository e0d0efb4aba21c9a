"""Calls through all protocols. Prints of each: its name, and `ok` or code, status and message."""

import os
import sys

import boto3
from outcomes import ONCE, tell

RUN = os.environ["RUN"]
BUCKET = os.environ["BUCKET"]


def client(name):
    return boto3.client(name, config=ONCE)


def delete_objects():
    left = {"Objects": [{"Key": "a"}, {"Key": "b"}]}
    return client("s3").delete_objects(Bucket=BUCKET, Delete=left)


def copy_object():
    source = {"Bucket": BUCKET, "Key": "key"}
    return client("s3").copy_object(Bucket=BUCKET, Key="copy", CopySource=source)


CALLS = {
    "s3:GetObject": lambda: client("s3").get_object(Bucket=BUCKET, Key="key"),
    "s3:HeadObject": lambda: client("s3").head_object(Bucket=BUCKET, Key="key"),
    "s3:PutObject": lambda: client("s3").put_object(Bucket=BUCKET, Key="key", Body=b"content"),
    "s3:DeleteObject": lambda: client("s3").delete_object(Bucket=BUCKET, Key="none"),
    "s3:DeleteObjects": delete_objects,
    "s3:CopyObject": copy_object,
    "s3:ListObjectsV2": lambda: client("s3").list_objects_v2(Bucket=BUCKET),
    "dynamodb:ListTables": lambda: client("dynamodb").list_tables(),
    "dynamodb:DeleteTable": lambda: client("dynamodb").delete_table(TableName="none"),
    "sqs:ListQueues": lambda: client("sqs").list_queues(),
    "sqs:CreateQueue": lambda: client("sqs").create_queue(QueueName=f"refused-{RUN}"),
    "sns:ListTopics": lambda: client("sns").list_topics(),
    "sns:CreateTopic": lambda: client("sns").create_topic(Name=f"refused-{RUN}"),
    "ec2:DescribeInstances": lambda: client("ec2").describe_instances(),
    "ec2:CreateVpc": lambda: client("ec2").create_vpc(CidrBlock="10.0.0.0/16"),
    "iam:ListRoles": lambda: client("iam").list_roles(),
    "iam:CreateUser": lambda: client("iam").create_user(UserName=f"refused-{RUN}"),
    "iam:CreateAccessKey": lambda: client("iam").create_access_key(),
    "lambda:ListFunctions": lambda: client("lambda").list_functions(),
    "lambda:DeleteFunction": lambda: client("lambda").delete_function(FunctionName="none"),
    "route53:ListHostedZones": lambda: client("route53").list_hosted_zones(),
    "route53:DeleteHostedZone": lambda: client("route53").delete_hosted_zone(Id="Z1NONE"),
    "cloudwatch:ListMetrics": lambda: client("cloudwatch").list_metrics(),
    "cloudwatch:DeleteAlarms": lambda: client("cloudwatch").delete_alarms(AlarmNames=["none"]),
    "ecr:GetAuthorizationToken": lambda: client("ecr").get_authorization_token(),
    "secretsmanager:GetSecretValue": lambda: client("secretsmanager").get_secret_value(
        SecretId="none"
    ),
    "sts:GetCallerIdentity": lambda: client("sts").get_caller_identity(),
}

for name in sys.argv[1:] or CALLS:
    tell(name, CALLS[name])
