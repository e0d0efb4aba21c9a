"""The crates that are linked into the binaries of a release, and what each is licensed under."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

TARGETS = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
]
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)


@dataclass(order=True)
class Crate:
    name: str
    version: str
    licence: str  # an SPDX expression
    description: str
    authors: list
    checksum: str  # of the .crate file
    directory: Path
    needs: list  # names and versions

    @property
    def name_and_version(self):
        return self.name, self.version

    def licence_files(self):
        return sorted(f for f in self.directory.iterdir() if f.is_file() and LICENCE_FILE.match(f.name))


def cargo(*arguments):
    command = ["cargo", *arguments, "--locked", "--quiet"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def checksums():
    """What Cargo.lock holds the .crate files to. TOML has a parser in Python from 3.11 on only."""
    lock = Path("Cargo.lock").read_text()
    entry = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "(.+)"')
    return {(name, version): checksum for name, version, checksum in entry.findall(lock)}


def linked(targets):
    """Names and versions of crates whose code is in a binary: proc macros and build scripts run
    on the machine that builds."""
    names = set()
    for target in targets:
        edges = ["--edges", "normal,no-proc-macro", "--target", target]
        lines = cargo("tree", *edges, "--prefix", "none", "--format", "{p}").splitlines()
        names.update(tuple(line.replace(" v", " ").split()[:2]) for line in lines if line)
    return names


def crates():
    """credrun itself, and all others in order."""
    names = linked(TARGETS)
    metadata = json.loads(cargo("metadata", "--format-version", "1"))
    packages = {package["id"]: package for package in metadata["packages"]}
    needs = {node["id"]: needed(node, packages) & names for node in metadata["resolve"]["nodes"]}
    known = checksums()
    found = [
        Crate(
            *name_of(package),
            # An older way to write OR.
            package["license"].replace("/", " OR "),
            (package["description"] or "").strip(),
            package["authors"],
            known.get(name_of(package), ""),
            Path(package["manifest_path"]).parent,
            sorted(needs[id]),
        )
        for id, package in packages.items()
        if name_of(package) in names
    ]
    own = [crate for crate in found if not crate.checksum]
    if len(own) != 1 or len(found) != len(names):
        raise SystemExit("crates: cargo tree and cargo metadata do not agree")
    return own[0], sorted(crate for crate in found if crate.checksum)


def name_of(package):
    return package["name"], package["version"]


def needed(node, packages):
    """What a crate's code calls: neither its build script's crates nor its tests'."""
    return {
        name_of(packages[edge["pkg"]])
        for edge in node["deps"]
        if any(kind["kind"] is None for kind in edge["dep_kinds"])
    }
