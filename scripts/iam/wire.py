"""Where the members of a request stand on the wire."""

import re


class Wire:
    """The members of a request as they stand on the wire: `:0` is the first label of the path, `?x` is
    in the query, `!x` is a header, `A.B` is in the body. Numbers of list elements are left out."""

    def __init__(self, module, name):
        self.module = module
        self.operation = name
        operation = module.model["operations"][name]
        self.shape = module.input(operation)
        self.labels = re.findall(r"\{([^{}+]+)\+?\}", operation["http"]["requestUri"]) if module.rest else []
        self.members = {plain(one): self.path([one]) for one in self.shape.get("members", {})}
        # Members of a structure that is the whole body.
        shapes, payload = module.model["shapes"], self.shape.get("payload")
        body = shapes[self.shape["members"][payload]["shape"]] if payload else {}
        self.of_body = {plain(one): self.path([payload, one]) for one in body.get("members", {})}

    def path(self, names):
        """None where the member does not exist, or stands in XML."""
        shape, parts = self.shape, []
        for depth, name in enumerate(names):
            members = shape.get("members", {})
            if name not in members:
                return None
            member = members[name]
            place = member.get("locationName", name)
            match member.get("location") if depth == 0 else None:
                case "uri":
                    return f":{self.labels.index(place)}"
                case "querystring":
                    return f"?{place}"
                case "header":
                    return f"!{place.lower()}"
            # The body is this member, without its name.
            if depth > 0 or name != shape.get("payload"):
                parts.append(self.named(member, name))
            shape = self.module.model["shapes"][member["shape"]]
            while shape["type"] == "list":
                parts += self.element(shape, parts)
                shape = self.module.model["shapes"][shape["member"]["shape"]]
        return None if "rest-xml" in self.module.protocols else ".".join(parts)

    def named(self, member, name):
        if "ec2" in self.module.protocols:
            given = member.get("queryName") or member.get("locationName", name)
            return given[0].upper() + given[1:]
        return member.get("locationName", name)

    def element(self, shape, parts):
        """What stands between the name of a list and the number of an element. `member`, which is
        usual, is left out as well."""
        if self.module.protocols[0] != "query":
            return []
        given = shape["member"].get("locationName", "member")
        if shape.get("flattened"):
            if given != "member":
                parts[-1] = given
            return []
        return [given] if given != "member" else []


def plain(name):
    return re.sub(r"\W", "", name).lower()
