"""Resource types, as AWS's service authorization reference has them: the ARN form of each, and which
of them each action takes; and the members of requests that name such resources."""

import re

import roles
from actions import flags, given, prefix, reference
from wire import Wire, plain


def short(arn):
    """`arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}` → `ec2:{r}:{a}:vpc/{VpcId}`"""
    arn = arn.removeprefix("arn:${Partition}:").replace("${Region}", "{r}").replace("${Account}", "{a}")
    return re.sub(r"\$\{(\w+)\}", r"{\1}", arn)


class Types:
    """Resource types of a service, by number. Types of one form are one."""

    def __init__(self, service):
        entry = reference.get(service) or {"resources": {}, "privileges": {}}
        forms = {name: short(one["arn"]) for name, one in entry["resources"].items()}
        self.forms = sorted(set(forms.values()))
        self.names = [[name for name, one in forms.items() if one == form] for form in self.forms]
        number = {name: self.forms.index(form) for name, form in forms.items()}
        self.of, self.required, self.dependent = {}, {}, {}
        for action in entry["privileges"].values():
            name, types = action["privilege"].lower(), [one for key, one in action["resource_types"].items() if key]
            self.of[name] = tuple(sorted({number[one["resource_type"]] for one in types}))
            self.required[name] = {number[one["resource_type"]] for one in types if one["required"]}
            self.dependent[name] = [other for one in types for other in one["dependent_actions"]]

    def section(self, actions):
        """Forms, a line each; sets of their numbers, a line each, `!` behind those that every call
        of the action has a resource of; a line with the number of the set of
        each action, in the order of the alphabet: `?` where the reference does not know it. The three
        have an empty line between them. The names of the actions are in other sections."""
        names = sorted({name.lower() for name in actions} | set(self.of))
        written = {
            name: ",".join(f"{one}{'!' if one in self.required[name] else ''}" for one in numbers) or "-"
            for name, numbers in self.of.items()
        }
        sets = sorted(set(written.values()))
        of_each = [str(sets.index(written[name])) if name in written else "?" for name in names]
        lists = [self.forms, sets, [" ".join(of_each)]]
        return "\n".join("".join(line + "\n" for line in lines) for lines in lists)


# Variables whose member is called otherwise.
HINTS = {("ecs", "taskdefinitionfamilyname"): ["family"]}
SUFFIXES = ["name", "id", "identifier", ""]
# Members that are called so are tags.
TAGS = {"tags", "taglist", "tagspecifications", "tagset", "resourcetags", "bucketkeytags"}


def variables(form):
    return [name for name in re.findall(r"\{([\w.\[\]]+)\}", form) if name not in ("r", "a", "p")]


def skeleton(form):
    return re.sub(r"\{(?!r\}|a\})[^}]*\}", "{}", form)


def section(module, types):
    """A line for each operation whose requests name resources: see `bindings`, `tagging` and `roles.of`."""
    lines = []
    for name, _ in sorted(module.operations()):
        found = bindings(module, name, types) + tagging(module, name, types) + roles.of(module, name)
        if found:
            lines.append(" ".join([name, *found]) + "\n")
    return "".join(lines)


def bindings(module, name, types):
    """For each resource type of the operation's actions, which members of the request fill its form:
    `NUMBER=PATH,PATH`, one path for each variable, empty where no member has it."""
    wire, found = Wire(module, name), []
    numbers = sorted({number for action in actions_of(module, name) for number in types.of.get(action.lower(), ())})
    rows = [row for row in rows_of(module, name) if not row.startswith("=")]
    for number in numbers:
        form = types.forms[number]
        row = next((variables(row) for row in rows if skeleton(row) == skeleton(form)), [])
        row = [path.replace("[]", "").split(".") for path in row]
        others = {plain(one) for other in numbers if other != number for one in variables(types.forms[other])}
        others |= {plain(one) + suffix for other in numbers if other != number for one in types.names[other] for suffix in SUFFIXES}
        paths = [
            member(wire, name, types.names[number], variable, row[index] if index < len(row) else None, others)
            for index, variable in enumerate(variables(form))
        ]
        paths = each_once(paths, variables(form))
        if any(paths):
            found.append(f"{number}={','.join(path or '' for path in paths)}")
    return found


def each_once(paths, names):
    """One member fills one variable: a name, where there is one."""

    def owner(path):
        owners = [index for index, one in enumerate(paths) if one == path]
        return next((index for index in owners if "name" in names[index].lower()), owners[0])

    return [path if path and owner(path) == index else None for index, path in enumerate(paths)]


def member(wire, operation, names, variable, row, others):
    """The path of the member that has the variable's value. Members that are ARNs are found without."""
    wanted, names = plain(variable), [plain(name) for name in names]

    def first(candidates):
        return next((wire.members[one] for one in candidates if wire.members.get(one)), None)

    exact = first([wanted, wanted + "s"] + [name + wanted for name in names])
    if exact:
        return exact
    # A member that is a variable of another type is not this one's.
    if row and not plain(row[-1]).endswith(("arn", "arns")) and (len(row) > 1 or plain(row[-1]) not in others):
        path = wire.path(row)
        if path:
            return path
    base = re.sub(r"(name|id|identifier|arn)$", "", wanted)
    bases = [one for one in [base, *names] if one]
    near = [one + suffix + plural for one in bases for suffix in SUFFIXES for plural in ("", "s")]
    near += HINTS.get((wire.module.name, wanted), [])
    # `DeleteRule` has the rule's name as its `Name`.
    if any(plain(operation).endswith((one, one + "s")) for one in bases):
        near += ["name", "id"]
    return first([one for one in near if one not in others])


def tagging(module, name, types):
    """`+ACTION=PATH`: the action that is needed as well where the request has tags at the path."""
    service, tags = prefix(module), []
    for action in actions_of(module, name):
        if is_tagging(f"{service}:{action}"):
            return []
    wire = Wire(module, name)
    members = [*wire.members.items(), *wire.of_body.items()]
    tags = [path for plain_name, path in members if plain_name in TAGS and path]
    if not tags:
        return []
    known = [action["privilege"] for action in reference.get(service, {"privileges": {}})["privileges"].values()]
    of_reference = [one for action in actions_of(module, name) for one in types.dependent.get(action.lower(), [])]
    of_map = [action for action, *_ in given["exceptions"].get(f"{module.name}.{name}", [])]
    # `CreateRole` and `TagRole`.
    kind = re.sub(r"^[A-Z][a-z]+", "", name)
    usual = ["TagResource", f"Tag{kind}", f"Add{kind}Tags", "AddTagsToResource", "AddTags", f"AddTagsTo{kind}"]
    candidates = of_reference + of_map + [f"{service}:{one}" for one in usual if one in known]
    found = next((one for one in candidates if is_tagging(one) and one.startswith(service + ":")), None)
    # Reading is no reason to tag.
    if not found or name.startswith(("Get", "List", "Describe", "Search", "Untag", "Remove", "Delete")):
        return []
    return [f"+{found.removeprefix(service + ':')}={tags[0]}"]


def is_tagging(action):
    service, name = action.split(":")
    entry = reference.get(service, {}).get("privileges", {}).get(name)
    return entry is not None and entry["access_level"] == "Tagging"


def rows_of(module, name):
    key = f"{module.name}.{name}"
    rows = list(given["resources"].get(key, []))
    for _, *forms in given["exceptions"].get(key, []):
        rows += forms
    return rows


def actions_of(module, name):
    """The names of the actions that the operation certainly needs, of its own service."""
    named = [flag[1:].split(",") for flag in flags(module, name) if flag[0] == ":"]
    return [one for one in named[0] if ":" not in one] if named else [name]
