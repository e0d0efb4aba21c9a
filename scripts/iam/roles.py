"""Members of requests that hand a role to the service, for which AWS asks for `iam:PassRole`."""

import re

from actions import given
from wire import Wire

# They take a role away.
AWAY = ("Remove", "Disassociate", "Untag", "Detach")
# They can ask for what has a role, which is then in a member called so, or below one. Any other that is
# the ARN of a role is handed over: CloudFormation deletes a stack with it.
READING = ("Get", "List", "Describe", "Search", "Delete")
ASKED = re.compile(r"filter|criteria|resourceIdentifier|sources", re.I)
# AWS gives their caller the role's credentials. They ask for another action, or for none.
ASSUME = {"account-access-runtime.GetRoleCredentials", "cognito-identity.GetCredentialsForIdentity"}
# Members that have a role and are called otherwise, in any module but IAM's.
CALLED = {
    "authorizercredentials",
    "authorizercredentialsarn",
    "callerarn",
    "credentials",
    "credentialsarn",
    "keycachesecretiamarn",
    "snscallerarn",
}
# API Gateway's updates say in a text which member they change.
PATCH = ["patchOperations", "value"]
# An instance profile stands for its role. DMS has others of this name. A launch template hands its own
# over when an instance is launched with it.
PROFILE = re.compile(r"instanceprofile(\.?arn|\.name)?$", re.I)
NO_PROFILES = {"dms", "ec2", "securityhub"}
# What is called a role there is one of a directory, or is made in a new account.
NO_ROLES = {"mq", "organizations"}
# Members are followed as deep.
DEEPEST = 6


def of(module, name):
    """`^PATH,PATH…`, where `*` is a key that the caller chooses, of a map of roles. A role in another
    map is not handed over: in tags, or in environment variables."""
    possible = passes(module, name)
    if not possible and (module.name in ("sts", "iam") or name.startswith(AWAY) or f"{module.name}.{name}" in ASSUME):
        return []
    wire = Wire(module, name)
    handed = [names for names in texts(wire) if is_handed(module, name, names, possible)]
    found = {path for names in handed if (path := written(wire, names))}
    return [f"^{','.join(sorted(found))}"] if found else []


def passes(module, name):
    """Whether the map has the action for the operation."""
    return any(action == "iam:PassRole" for action, *_ in given["exceptions"].get(f"{module.name}.{name}", []))


def is_handed(module, operation, names, possible):
    names = [name for name in names if name != "*"]
    if operation.startswith(READING) and not possible:
        return bool(re.search(r"role_?arn$", names[-1], re.I)) and not any(ASKED.search(name) for name in names)
    if names[-2:] == PATCH:
        return module.name == "apigateway"
    if module.name in NO_ROLES and not re.search(r"arn$", names[-1], re.I):
        return False
    return is_role(names[-1], possible) or module.name not in NO_PROFILES and bool(PROFILE.search(".".join(names)))


def is_role(called, possible):
    is_arn = possible and bool(re.search(r"arn$", called, re.I))
    return is_arn or bool(re.search(r"role", called, re.I)) or called.lower() in CALLED


def texts(wire):
    """The names of each text in the request."""
    shapes = wire.module.model["shapes"]

    def below(shape, names, above):
        kind = shapes[shape]["type"]
        # One of a few words names no role: who says a message, what a user of the service may do.
        if kind == "string" and names and "enum" not in shapes[shape]:
            yield names
        if len(names) == DEEPEST or shape in above:
            return
        above = above | {shape}
        match kind:
            case "structure":
                for name, member in shapes[shape].get("members", {}).items():
                    yield from below(member["shape"], [*names, name], above)
            case "list":
                yield from below(shapes[shape]["member"]["shape"], names, above)
            case "map" if shapes[shapes[shape]["value"]["shape"]]["type"] == "string":
                yield [*names, "*"]

    operation = wire.module.model["operations"][wire.operation]
    return below(operation["input"]["shape"], [], frozenset()) if "input" in operation else ()


def written(wire, names):
    """The path as it is on the wire. XML has the names of elements only."""
    if names[-1] == "*":
        path = wire.path(names[:-1])
        return path and f"{path}.*"
    if "rest-xml" in wire.module.protocols and not (path := wire.path(names)):
        return names[-1]
    return wire.path(names)
