"""Resource types, as AWS's service authorization reference has them: the ARN form of each, and which
of them each action takes."""

import re

from actions import reference


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
        number = {name: self.forms.index(form) for name, form in forms.items()}
        self.of = {
            action["privilege"].lower(): tuple(sorted({number[name] for name in action["resource_types"] if name}))
            for action in entry["privileges"].values()
        }

    def section(self, actions):
        """Forms, a line each; sets of their numbers, a line each; a line with the number of the set of
        each action, in the order of the alphabet: `?` where the reference does not know it. The three
        have an empty line between them. The names of the actions are in other sections."""
        names = sorted({name.lower() for name in actions} | set(self.of))
        sets = sorted(set(self.of.values()))
        of_each = [str(sets.index(self.of[name])) if name in self.of else "?" for name in names]
        lists = [self.forms, [",".join(map(str, one)) or "-" for one in sets], [" ".join(of_each)]]
        return "\n".join("".join(line + "\n" for line in lines) for lines in lists)
