"""Looks at what is there, in twelve services. Says what it is denied, and goes on."""

import os

import boto3
from botocore.exceptions import ClientError

BUCKET = os.environ["BUCKET"]
LOOKS = [
    ("cloudwatch", "put_metric_data", {"Namespace": "Audit", "MetricData": [{"MetricName": "Runs", "Value": 1}]}),
    ("dynamodb", "query", {
        "TableName": os.environ["TABLE"],
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "order-1"}},
    }),
    ("ec2", "describe_security_groups", {}),
    ("ecr", "batch_get_image", {"repositoryName": os.environ["REPOSITORY"], "imageIds": [{"imageTag": "latest"}]}),
    ("iam", "get_role", {"RoleName": "worker"}),
    ("lambda", "get_function_configuration", {"FunctionName": "worker"}),
    ("logs", "put_retention_policy", {"logGroupName": "/app/worker", "retentionInDays": 7}),
    ("s3", "get_object", {"Bucket": BUCKET, "Key": "reports/first.txt"}),
    ("s3", "list_objects_v2", {"Bucket": BUCKET}),
    ("sns", "create_topic", {"Name": "audits"}),
    ("sqs", "get_queue_url", {"QueueName": os.environ["QUEUE"]}),
    ("ssm", "get_parameter", {"Name": "/reports/reader"}),
]
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}

denied = False
for service, operation, arguments in LOOKS:
    try:
        getattr(boto3.client(service), operation)(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        print("denied", service, operation, flush=True)
        denied = True
if not denied:
    print("done")
