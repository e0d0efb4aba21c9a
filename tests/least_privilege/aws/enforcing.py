"""The stand-in of tests/support/verifying_aws, with rights: see rights.py.

Beside the orders there:

    {"do": "stage"}                              an account as it is before a program: nothing of earlier ones
    {"do": "deploy", "template": "…"}            a CloudFormation stack; gives its outputs and its role's policy
    {"do": "role", "name": NAME, "policy": {}}   a role with this policy alone, or with none
    {"do": "takes_resources", "action": "…"}     whether a statement can say what it is for
"""

import json
import os
import sys
import urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../support/verifying_aws")]

import boto3
from aws import Aws
from main import REGION, Orders, serve
from moto.backends import get_backend

import account as accounts
import fixtures
from rights import Rights

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{accounts.ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class EnforcedAccount(accounts.Account):
    """moto's account, asked by who is not in it."""

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url="http://{}:{}".format(*self._address),
            region_name=REGION,
            aws_access_key_id="stage",
            aws_secret_access_key="stage",
        )

    def moto_api(self, path):
        url = "http://{}:{}/moto-api/{}".format(*self._address, path)
        urllib.request.urlopen(urllib.request.Request(url, b"")).read()

    def policies_of(self, role):
        iam = get_backend("iam")[accounts.ACCOUNT]["aws"]
        names = iam.list_role_policies(role)
        documents = [iam.get_role_policy(role, name)[1] for name in names]
        # A stack's are not text.
        return [json.loads(one) if isinstance(one, str) else one for one in documents]

    def secret_arn(self, name):
        """Of a secret that is there, or what AWS looks at where none is."""
        if name.startswith("arn:"):
            return name
        secret = get_backend("secretsmanager")[accounts.ACCOUNT][REGION].secrets.get(name)
        return secret.arn if secret else f"arn:aws:secretsmanager:{REGION}:{accounts.ACCOUNT}:secret:{name}-??????"

    def answer(self, request, body, trailers):
        if request.operation() == "GetDownloadUrlForLayer":
            # moto has no layers.
            digest = json.loads(body)["layerDigest"]
            answer = {"downloadUrl": "https://layers.example/", "layerDigest": digest}
            return 200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(answer).encode(), None
        return super().answer(request, body, trailers)


class EnforcingAws(Aws):
    def __init__(self):
        super().__init__(account=EnforcedAccount())
        self.rights = Rights(self.account, os.environ["NODE"])

    def authorize(self, request, signature, made, body):
        self.rights.check(request, signature, made, body)

    def _answer(self, request, made, body, trailers, fault, values):
        answer = super()._answer(request, made, body, trailers, fault, values)
        if request.operation() == "AssumeRole" and answer[0] == 200:
            self.rights.assumed(request, answer[2])
        return answer


class Stage(Orders):
    def stage(self):
        account = self._aws.account
        account.moto_api("reset")
        variables = fixtures.make(account.client)
        # moto's own network comes first, with as many random letters as it likes.
        account.client("ec2").describe_vpcs()
        # The ID of this one is the same each time. What a program makes has another in each run.
        account.moto_api("seed?a=1")
        variables["VPC"] = fixtures.make_network(account.client("ec2"))
        account.moto_api(f"seed?a={int.from_bytes(os.urandom(4), 'big')}")
        return variables

    def deploy(self, template):
        cloudformation, iam = map(self._aws.account.client, ("cloudformation", "iam"))
        stack = {"StackName": "role", "TemplateBody": template}
        cloudformation.create_stack(**stack, Capabilities=["CAPABILITY_NAMED_IAM"])
        made = cloudformation.describe_stacks(StackName="role")["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}
        name = outputs["RoleArn"].rpartition("/")[2]
        policies = self._aws.account.policies_of(name)
        return {"role": outputs["RoleArn"], "policies": policies}

    def role(self, name, policy=None):
        iam = self._aws.account.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        if policy:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        return made["Role"]["Arn"]

    def takes_resources(self, action):
        return self._aws.rights.judge.takes_resources(action)


if __name__ == "__main__":
    serve(Stage(EnforcingAws()))
