"""Prints the SBOM: CycloneDX 1.5 in JSON, the crates that are linked into credrun. It has no time and no
random serial number in it, so that the same source gives the same bytes."""

import json

from crates import crates
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot5
from packageurl import PackageURL


def reference(name, version):
    return PackageURL("cargo", name=name, version=version)


def component(crate, kind):
    sha256 = [HashType(alg=HashAlgorithm.SHA_256, content=crate.checksum)] if crate.checksum else []
    purl = reference(crate.name, crate.version)
    return Component(
        type=kind,
        name=crate.name,
        version=crate.version,
        description=crate.description,
        licenses=[LicenseFactory().make_from_string(crate.licence)],
        hashes=sha256,
        purl=purl,
        bom_ref=str(purl),
    )


def main():
    own, others = crates()
    components = {crate.name_and_version: component(crate, ComponentType.LIBRARY) for crate in others}
    bom = Bom(components=components.values())
    bom.metadata.component = component(own, ComponentType.APPLICATION)
    for crate in others:
        needs = [components[name] for name in crate.needs]
        bom.register_dependency(components[crate.name_and_version], needs)
    bom.register_dependency(bom.metadata.component, [components[name] for name in own.needs])
    written = json.loads(JsonV1Dot5(bom).output_as_string())
    del written["serialNumber"], written["metadata"]["timestamp"]
    print(json.dumps(written, indent=2, sort_keys=True))


main()
