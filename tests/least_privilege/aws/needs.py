"""Which rights AWS asks for each call of the programs, and on what.

Written by hand, after the Service Authorization Reference and after AWS's own denials: this is what
credrun's tables are held against, so nothing here comes from them. A call that is not here is refused.

A right is an action, the ARN that AWS looks at, and what conditions can ask for.
"""

import json
import urllib.parse

from account import ACCOUNT


class Unknown(Exception):
    """A call that nobody has written down here."""


class Call:
    """A request with what rights hang on."""

    def __init__(self, request, service, region, body, account):
        self.method, self.service, self.region = request.method, service, region
        self.path = [urllib.parse.unquote(part) for part in request.path.split("/")[1:]]
        self.query = urllib.parse.parse_qs(request.query, keep_blank_values=True)
        self.headers, self.account = request.headers, account
        self.operation, self.members = request.operation(), {}
        content = request.header("content-type")
        if content.startswith("application/x-www-form-urlencoded"):
            form = urllib.parse.parse_qs(body.decode())
            self.members = {name: values[0] for name, values in form.items()}
        elif "json" in content or (service == "lambda" and body):
            self.members = json.loads(body or b"{}")

    def __getitem__(self, name):
        return self.members[name]

    def arn(self, rest, service=None, region=None):
        region = self.region if region is None else region
        return f"arn:aws:{service or self.service}:{region}:{ACCOUNT}:{rest}"


def needs(call):
    """All rights that the call needs, in the order in which they are looked at."""
    try:
        found = SERVICES[call.service](call)
    except (KeyError, IndexError):
        found = None
    if found is None:
        raise Unknown(f"{call.service}: {call.operation}")
    return [right if len(right) == 3 else (*right, {}) for right in found]


def s3(call):
    bucket, key = call.path[0], "/".join(call.path[1:])
    whole, thing = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/{key}"
    # `x-id` is the name that SDKs add.
    if set(call.query) - {"x-id", "list-type", "prefix", "delimiter", "encoding-type", "max-keys"}:
        return None
    if not key:
        return [("s3:ListBucket", whole)] if call.method == "GET" else None
    if source := call.headers.get("x-amz-copy-source"):
        source = urllib.parse.unquote(source).lstrip("/")
        return [("s3:GetObject", f"arn:aws:s3:::{source}"), ("s3:PutObject", thing)]
    actions = {
        "GET": "s3:GetObject",
        "HEAD": "s3:GetObject",
        "PUT": "s3:PutObject",
        "DELETE": "s3:DeleteObject",
    }
    return [(actions[call.method], thing)]


def dynamodb(call):
    def table(members):
        name = f"table/{members['TableName']}"
        return call.arn(f"{name}/index/{members['IndexName']}" if "IndexName" in members else name)

    if call.operation == "TransactWriteItems":
        parts = [part for item in call["TransactItems"] for part in item.items()]
        return [(f"dynamodb:{verb}Item", table(members)) for verb, members in parts]
    if call.operation in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"):
        return [(f"dynamodb:{call.operation}", table(call.members))]


def sqs(call):
    name = call.members.get("QueueName") or call["QueueUrl"].rpartition("/")[2]
    return [(f"sqs:{call.operation}", call.arn(name))]


def sns(call):
    if call.operation == "CreateTopic":
        return [("sns:CreateTopic", call.arn(call["Name"]))]
    if call.operation in ("Publish", "DeleteTopic", "GetTopicAttributes"):
        return [(f"sns:{call.operation}", call["TopicArn"])]


def ssm(call):
    name = call.members.get("Name") or call["Path"]
    return [(f"ssm:{call.operation}", call.arn(f"parameter/{name.lstrip('/')}"))]


def secretsmanager(call):
    if call.operation == "CreateSecret":
        # Looked at before there is a secret, with letters of its own.
        return [("secretsmanager:CreateSecret", call.arn(f"secret:{call['Name']}-aB3xYz"))]
    secret = call.account.secret_arn(call["SecretId"])
    return [(f"secretsmanager:{call.operation}", secret)]


def function(call):
    if call.operation == "POST /2015-03-31/functions":
        to_lambda = {"iam:PassedToService": "lambda.amazonaws.com"}
        return [
            ("lambda:CreateFunction", call.arn(f"function:{call['FunctionName']}")),
            ("iam:PassRole", call["Role"], to_lambda),
        ]
    _, functions, name, *rest = call.path
    action = {
        ("GET", "configuration"): "GetFunctionConfiguration",
        ("GET", ""): "GetFunction",
        ("DELETE", ""): "DeleteFunction",
    }[call.method, "/".join(rest)]
    return [(f"lambda:{action}", call.arn(f"function:{name}"))] if functions == "functions" else None


def logs(call):
    # As AWS's denials say it: a group is what it is with a stream without a name.
    return [(f"logs:{call.operation}", call.arn(f"log-group:{call['logGroupName']}:log-stream:"))]


def ec2(call):
    any_group = call.arn("security-group/*")
    if call.operation == "CreateSecurityGroup":
        rights = [("CreateSecurityGroup", any_group), ("CreateSecurityGroup", call.arn(f"vpc/{call['VpcId']}"))]
        if "TagSpecification.1.ResourceType" in call.members:
            rights.append(("CreateTags", any_group, {"ec2:CreateAction": "CreateSecurityGroup"}))
    elif call.operation == "DescribeSecurityGroups":
        rights = [("DescribeSecurityGroups", "*")]
    else:
        rights = [(call.operation, call.arn(f"security-group/{call['GroupId']}"))]
    return [(f"ec2:{action}", *rest) for action, *rest in rights]


def iam(call):
    role = call.arn(f"role/{call['RoleName']}", region="")
    tags = [("iam:TagRole", role)] if "Tags.member.1.Key" in call.members else []
    return [(f"iam:{call.operation}", role), *tags]


def ecr(call):
    if call.operation == "GetAuthorizationToken":
        return [("ecr:GetAuthorizationToken", "*")]
    return [(f"ecr:{call.operation}", call.arn(f"repository/{call['repositoryName']}"))]


def monitoring(call):
    return [("cloudwatch:PutMetricData", "*")] if call.operation == "PutMetricData" else None


def sts(call):
    # Nobody needs a right for it.
    return [] if call.operation == "GetCallerIdentity" else None


SERVICES = {
    "dynamodb": dynamodb,
    "ec2": ec2,
    "ecr": ecr,
    "iam": iam,
    "lambda": function,
    "logs": logs,
    "monitoring": monitoring,
    "s3": s3,
    "secretsmanager": secretsmanager,
    "sns": sns,
    "sqs": sqs,
    "ssm": ssm,
    "sts": sts,
}
