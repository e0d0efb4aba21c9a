"""The operations of every service, as botocore's models describe them."""

import re

from botocore.loaders import Loader

# SQS answers the query protocol of its older clients, which its model no longer names.
ALSO = {"sqs": ["query"]}
SHORT = {"smithy-rpc-v2-cbor": "cbor", "rest-json": "rest-json", "rest-xml": "rest-xml", "json": "json", "query": "query", "ec2": "ec2"}

loader = Loader()


def modules(only=None):
    """Modules by name. In botocore's words, a module is a name of `botocore.session.create_client`."""
    names = loader.list_available_services("service-2")
    return {name: Module(name) for name in names if not only or name in only}


class Module:
    def __init__(self, name):
        self.name = name
        self.model = loader.load_service_model(name, "service-2")
        metadata = self.model["metadata"]
        self.endpoint_prefix = metadata["endpointPrefix"]
        self.signing_name = metadata.get("signingName", self.endpoint_prefix)
        self.version = metadata["apiVersion"]
        self.target = metadata.get("targetPrefix", "-")
        # `elastic_beanstalk`, in variables and profiles that name its endpoint.
        self.service_id = re.sub("[ -]", "_", metadata["serviceId"]).lower()
        protocols = metadata.get("protocols") or [metadata["protocol"]]
        self.protocols = [SHORT[protocol] for protocol in protocols] + ALSO.get(name, [])
        self.rest = any(protocol.startswith("rest") for protocol in self.protocols)

    def operations(self):
        return self.model["operations"].items()

    def row(self, name):
        """`METHOD SHAPE NAME FLAG…`, without the first two where the operation's name is on the wire."""
        operation = self.model["operations"][name]
        flags = []
        if self.rest:
            line = [operation["http"]["method"], self.path(operation), name]
            flags += self.required(operation)
        else:
            line = [name]
        prefix = operation.get("endpoint", {}).get("hostPrefix")
        if prefix:
            flags.append("@" + self.host_prefix(operation, prefix))
        if operation.get("authtype") == "none":
            flags.append("-")
        return " ".join(line + flags)

    @staticmethod
    def path(operation):
        """`{}` for a label, `{+}` for one that takes slashes."""
        shape = re.sub(r"\{[^{}]*\+\}", "{+}", operation["http"]["requestUri"])
        return re.sub(r"\{[^{}+]+\}", "{}", shape)

    def required(self, operation):
        """`?name` and `!name`: parts of a query and headers that the operation cannot be without."""
        shape = self.input(operation)
        found = []
        for name in shape.get("required", []):
            member = shape["members"][name]
            mark = {"querystring": "?", "header": "!"}.get(member.get("location"))
            if mark:
                where = member.get("locationName", name)
                found.append(mark + (where if mark == "?" else where.lower()))
        return sorted(found)

    def host_prefix(self, operation, prefix):
        """Labels are named by the header that carries them, which is where all of them stand."""
        members = self.input(operation).get("members", {})

        def header(label):
            member = members[label[1]]
            assert member["location"] == "header", (self.name, prefix)
            return "{" + member["locationName"].lower() + "}"

        return re.sub(r"\{(\w+)\}", header, prefix)

    def input(self, operation):
        return self.model["shapes"][operation["input"]["shape"]] if "input" in operation else {}
