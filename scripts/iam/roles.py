"""Members of requests that hand a role to the service, for which AWS asks for `iam:PassRole`."""

import re

from actions import given
from wire import Wire

# They take a role away, or ask for what has one.
OTHER = ("Get", "List", "Describe", "Search", "Delete", "Remove", "Disassociate", "Untag", "Detach")
# Members are followed as deep.
DEEPEST = 6


def of(module, name):
    """`^PATH,PATH…`, where `*` is a key that the caller chooses, of a map of roles. A role in another
    map is not handed over: in tags, or in environment variables."""
    possible = passes(module, name)
    if module.name in ("sts", "iam") and not possible or name.startswith(OTHER):
        return []
    wire = Wire(module, name)
    found = {path for names in texts(wire) if is_role(names, possible) if (path := written(wire, names))}
    return [f"^{','.join(sorted(found))}"] if found else []


def passes(module, name):
    """Whether the map has the action for the operation."""
    return any(action == "iam:PassRole" for action, *_ in given["exceptions"].get(f"{module.name}.{name}", []))


def is_role(names, possible):
    called = [name for name in names if name != "*"][-1]
    return bool(re.search(r"role", called, re.I)) or possible and bool(re.search(r"arn$", called, re.I))


def texts(wire):
    """The names of each text in the request."""
    shapes = wire.module.model["shapes"]

    def below(shape, names, above):
        kind = shapes[shape]["type"]
        if kind == "string" and names:
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
