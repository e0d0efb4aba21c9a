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
        rules = loader.load_service_model(module.name, "endpoint-rule-set-1")
        provider = EndpointProvider(rules, loader.load_data("partitions"))
        known = rules["parameters"]
        numbers, others = [self.number(table(module, provider, known, {}))], {}
        seen = {}
        for name, operation in module.operations():
            context = {key: value["value"] for key, value in operation.get("staticContextParams", {}).items()}
            # S3's are chosen by bucket and scope: src/iam/hosts/s3.rs.
            if not context or module.name == "s3":
                continue
            key = tuple(sorted(context.items()))
            if key not in seen:
                seen[key] = self.number(table(module, provider, known, context))
            if seen[key] not in numbers:
                numbers.append(seen[key])
            if numbers.index(seen[key]):
                others[name] = numbers.index(seen[key])
        return numbers, others

    def number(self, text):
        if text not in self.tables:
            self.tables.append(text)
        return self.tables.index(text)


def table(module, provider, known, context):
    lines = []
    for kind, (fips, dual) in KINDS.items():
        answers = {region: answer(module, provider, known, context, region, fips, dual) for region in REGIONS}
        lines += rules(kind, module, answers)
    return "".join(line + "\n" for line in lines)


def answer(module, provider, known, context, region, fips, dual):
    """Host, signing region and signing name."""
    given = {"Region": region, "UseFIPS": fips, "UseDualStack": dual, **context}
    defaults = {name: parameter["default"] for name, parameter in known.items() if "default" in parameter}
    try:
        endpoint = provider.resolve_endpoint(**{**defaults, **{name: value for name, value in given.items() if name in known}})
    except EndpointProviderError:
        return None
    scheme, host = endpoint.url.split("://")
    assert scheme == "https" and host == host.lower(), endpoint.url
    if "/" in host:
        return None
    schemes = [scheme for scheme in endpoint.properties.get("authSchemes", []) if scheme["name"] == "sigv4"]
    signed = schemes[0] if schemes else {}
    return host, signed.get("signingRegion", region), signed.get("signingName", module.signing_name)


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
