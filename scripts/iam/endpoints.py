"""Where each service answers, by region: botocore's endpoint rules, asked for every region, and
written down as templates."""

import logging
from collections import Counter

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

from models import loader

PARTITIONS = loader.load_data("partitions")["partitions"]
REGIONS = {region: partition for partition in PARTITIONS for region in partition["regions"]}
# Which hosts are asked for: plain ones, FIPS, dual-stack, and both.
KINDS = {"p": (False, False), "f": (True, False), "d": (False, True), "b": (True, True)}
NONE = "!"
ACCOUNT = "123456789012"
ZONE = "zone1-az1"
DIRECTORY_BUCKET = f"bucket--{ZONE}--x-s3"

# Rules that no region satisfies are errors, and botocore logs each.
logging.disable(logging.CRITICAL)


def partitions():
    for partition in PARTITIONS:
        outputs = partition["outputs"]
        yield " ".join([partition["id"], outputs["dnsSuffix"], outputs["dualStackDnsSuffix"], *sorted(partition["regions"])])


class Hosts:
    """Tables of hosts; services whose hosts differ in their prefix only share one."""

    def __init__(self):
        self.tables = []

    def of(self, module):
        """The numbers of the module's tables, and which operations have another than the first."""
        rules = Rules(module)
        if module.name == "s3":
            return self.of_s3(module, rules)
        numbers, others, seen = [self.number(rules.table({}))], {}, {}
        for name, operation in module.operations():
            context = context_of(operation)
            key = tuple(sorted(context.items()))
            if context and key not in seen:
                seen[key] = self.number(rules.table(context))
            number = seen.get(key, numbers[0])
            if number not in numbers:
                numbers.append(number)
            if number != numbers[0]:
                others[name] = numbers.index(number)
        return numbers, others

    def of_s3(self, module, rules):
        """Directory buckets have hosts of their own, for operations on the bucket (1), and for
        those on objects (2); src/iam/hosts.rs looks at the bucket's name. Object Lambda is 3."""
        contexts = [{}, {"UseS3ExpressControlEndpoint": True}, {"Bucket": DIRECTORY_BUCKET}, {"UseObjectLambdaEndpoint": True}]
        others = {}
        for name, operation in module.operations():
            context = context_of(operation)
            if "UseS3ExpressControlEndpoint" in context:
                others[name] = 1
            if "UseObjectLambdaEndpoint" in context:
                others[name] = 3
        return [self.number(rules.table(context)) for context in contexts], others

    def number(self, text):
        if text not in self.tables:
            self.tables.append(text)
        return self.tables.index(text)


def context_of(operation):
    return {key: value["value"] for key, value in operation.get("staticContextParams", {}).items()}


class Rules:
    """The endpoint rules of one module."""

    def __init__(self, module):
        rules = loader.load_service_model(module.name, "endpoint-rule-set-1")
        self.module = module
        self.provider = EndpointProvider(rules, loader.load_data("partitions"))
        self.parameters = rules["parameters"]

    def table(self, context):
        """A line a rule: kind, regions, host, signing region, signing name."""
        lines = []
        for kind, (fips, dual) in KINDS.items():
            answers = {region: self.answer({"Region": region, "UseFIPS": fips, "UseDualStack": dual, **context}) for region in REGIONS}
            lines += rules(kind, self.module, answers)
        return "".join(line + "\n" for line in lines)

    def answer(self, given):
        """Host, signing region and signing name."""
        parameters = {name: parameter["default"] for name, parameter in self.parameters.items() if "default" in parameter}
        parameters |= {name: value for name, value in given.items() if name in self.parameters}
        if given.get("RequiresAccountId"):
            parameters["AccountId"] = ACCOUNT
        try:
            endpoint = self.provider.resolve_endpoint(**parameters)
        except EndpointProviderError:
            return None
        scheme, host = endpoint.url.split("://")
        assert scheme == "https" and host == host.lower() and "/" not in host, endpoint.url
        # The account is a prefix of the operation's: see models.py.
        host = host.removeprefix(ACCOUNT + ".")
        host = host.replace(DIRECTORY_BUCKET, "{b}").replace(ZONE, "{z}")
        schemes = [scheme for scheme in endpoint.properties.get("authSchemes", []) if scheme["name"] in ("sigv4", "sigv4-s3express")]
        signed = schemes[0] if schemes else {}
        return host, signed.get("signingRegion", given["Region"]), signed.get("signingName", self.module.signing_name)


def rules(kind, module, answers):
    """The most usual answer for all regions, then those for some."""
    forms = {region: written(module, region, answer) for region, answer in answers.items()}
    usual = Counter(form[0] for form in forms.values()).most_common(1)[0][0]
    others = {}
    for region, candidates in forms.items():
        if usual not in candidates:
            others.setdefault(candidates[0], []).append(region)
    yield f"{kind} * {usual}"
    for form, regions in sorted(others.items()):
        yield f"{kind} {selector(regions)} {form}"


def selector(regions):
    """A partition's name stands for all its regions."""
    chosen = []
    for partition in PARTITIONS:
        here = [region for region in regions if region in partition["regions"]]
        chosen += ["@" + partition["id"]] if len(here) == len(partition["regions"]) else sorted(here)
    return ",".join(chosen)


def written(module, region, answer):
    """All ways to write an answer as a template, the most general first."""
    if answer is None:
        return [NONE]
    host, signing_region, signing_name = answer
    outputs = REGIONS[region]["outputs"]
    hosts = [host]
    for suffix, letter in (("dnsSuffix", "{s}"), ("dualStackDnsSuffix", "{d}")):
        if host.endswith("." + outputs[suffix]):
            hosts.append(host.removesuffix(outputs[suffix]) + letter)
    # A region is a whole label: global hosts have none.
    hosts += [".".join("{r}" if label == region else label for label in host.split(".")) for host in hosts]
    hosts += [with_prefix(module, host) for host in hosts]
    signed = "{r}" if signing_region == region else signing_region
    name = "-" if signing_name == module.signing_name else signing_name
    return [f"{host} {signed} {name}" for host in sorted(set(hosts), key=lambda host: (-host.count("{"), "{d}" in host, host))]


def with_prefix(module, host):
    prefix = module.endpoint_prefix
    if host.startswith(prefix + ".") or host.startswith(prefix + "-fips."):
        return "{p}" + host.removeprefix(prefix)
    return host
