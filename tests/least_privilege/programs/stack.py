"""Makes and removes a function with all that it stands on, in the order of a Terraform apply and
destroy: a role, a log group, a security group."""

import io
import json
import os
import zipfile

import boto3

NAME = "stack-worker"
VPC = os.environ["VPC"]
iam, ec2 = boto3.client("iam"), boto3.client("ec2")
logs, functions = boto3.client("logs"), boto3.client("lambda")

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}],
}


def code():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event\n")
    return packed.getvalue()


def apply():
    role = iam.create_role(
        RoleName=NAME,
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Tags=[{"Key": "stack", "Value": NAME}],
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName=NAME, PolicyName="logs", PolicyDocument=json.dumps(RIGHTS))
    iam.get_role(RoleName=NAME)
    group = ec2.create_security_group(
        GroupName=NAME,
        Description="Made by a test",
        VpcId=VPC,
        TagSpecifications=[
            {"ResourceType": "security-group", "Tags": [{"Key": "stack", "Value": NAME}]}
        ],
    )["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="10.0.0.0/8"
    )
    ec2.describe_security_groups(GroupIds=[group])
    logs.create_log_group(logGroupName=f"/aws/lambda/{NAME}")
    logs.put_retention_policy(logGroupName=f"/aws/lambda/{NAME}", retentionInDays=7)
    functions.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": code()},
    )
    functions.get_function_configuration(FunctionName=NAME)
    return group


def destroy(group):
    functions.delete_function(FunctionName=NAME)
    logs.delete_log_group(logGroupName=f"/aws/lambda/{NAME}")
    ec2.delete_security_group(GroupId=group)
    iam.delete_role_policy(RoleName=NAME, PolicyName="logs")
    iam.delete_role(RoleName=NAME)


destroy(apply())
print("done")
