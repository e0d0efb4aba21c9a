"""Who may do what: the roles' own policies in moto's IAM, and the policies of their sessions.

moto has enforcement of its own, which is no judge of precise policies: but for S3 and parts of three
other services it takes every resource for `*`, and it knows neither session policies nor the `?` of a
pattern. So the judge is another program: judge.mjs.
"""

import json
import os
import re
import subprocess
import threading
import urllib.parse

import needs
from account import ACCOUNT
from errors import protocol
from signature import Refused

HERE = os.path.dirname(os.path.abspath(__file__))
# Where a denial has another code than `AccessDenied`.
CODES = {
    "ec2": "UnauthorizedOperation",
    "sns": "AuthorizationError",
}


class Judge:
    """The judge's process."""

    def __init__(self, node):
        environment = {"NODE_PATH": os.environ["NODE_MODULES"]}
        self._process = subprocess.Popen(
            [node, os.path.join(HERE, "judge.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._lock = threading.Lock()

    def _ask(self, question):
        with self._lock:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def takes_resources(self, action):
        return self._ask({"takesResources": action})

    def allows(self, question):
        verdict = self._ask(question)
        if verdict.startswith("error"):
            raise ValueError(f"{question}: {verdict}")
        return verdict == "Allowed"


class Session:
    """What AssumeRole has handed out: a role, and the policy that was passed."""

    def __init__(self, form, answer):
        self.role = form["RoleArn"][0].rpartition("/")[2]
        name = form["RoleSessionName"][0]
        self.policy = json.loads(form["Policy"][0]) if "Policy" in form else None
        self.principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.role}/{name}"
        self.key = re.search(r"<AccessKeyId>([^<]+)<", answer)[1]


class Rights:
    def __init__(self, account, node):
        self._account, self.judge = account, Judge(node)
        self._sessions = {}

    def assumed(self, request, answer):
        session = Session(urllib.parse.parse_qs(request.body().decode()), answer.decode())
        self._sessions[session.key] = session

    def check(self, request, signature, made, body):
        """Raises `Refused` where a right is missing. Who is in no role may do everything."""
        session = self._sessions.get(made.key)
        call = needs.Call(request, signature.service, signature.region, body, self._account)
        try:
            rights = needs.needs(call)
        except needs.Unknown as why:
            if session is None:
                return
            raise Refused("InvalidAction", f"needs.py does not know {why}", 400) from why
        if session is None:
            return
        policies = self._account.policies_of(session.role)
        for action, resource, context in rights:
            question = {
                "principal": session.principal,
                "action": action,
                "resource": resource,
                "context": {"aws:RequestedRegion": signature.region, **context},
                "policies": policies,
            }
            if not self.judge.allows(question):
                raise denied(request, signature, session, action, resource, "identity-based")
            if session.policy and not self.judge.allows(question | {"session": session.policy}):
                raise denied(request, signature, session, action, resource, "session")


def denied(request, signature, session, action, resource, kind):
    """In AWS's words. SQS's are in small letters, S3 puts the resource in quotes."""
    service = signature.service
    said = action.lower() if service == "sqs" else action
    of = f'"{resource}"' if service == "s3" else resource
    message = (
        f"User: {session.principal} is not authorized to perform: {said} on resource: {of} "
        f"because no {kind} policy allows the {said} action"
    )
    form = protocol(service, request)
    code = CODES.get(service, "AccessDeniedException" if "json" in form else "AccessDenied")
    if service == "ec2":
        secret = "Encoded authorization failure message: " + "x" * 300
        message = f"You are not authorized to perform this operation. {message}. {secret}"
    return Refused(code, message, 400 if form == "json" else 403)
