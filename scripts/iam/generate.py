"""Writes src/iam/data/tables.bin: the operations of all AWS services, where they are sent, and which
IAM actions they need. `scripts/iam/generate.sh` starts it with what it needs.

    generate.py                     write the file
    generate.py --compare MODULE…   fail where the file has something else for these modules

The file is a list of blocks of text, each deflated by itself, so that a call costs only the block
of its service. First comes the number of blocks, then for each its two lengths (deflated, as text),
as 32-bit numbers, little end first. Block 0 says what is where: see `index`.
"""

import struct
import sys
import zlib
from pathlib import Path

import actions
import endpoints
import models
import resources

FILE = Path(__file__).parents[2] / "src/iam/data/tables.bin"
# Small enough to inflate at once, large enough to deflate well.
BLOCK = 32 * 1024


class Blocks:
    """Texts, packed into blocks."""

    def __init__(self):
        self.blocks = [""]

    def add(self, texts):
        """Adds texts that are read together. Returns block, offset and length of each."""
        if self.blocks[-1] and len(self.blocks[-1]) + sum(map(len, texts)) > BLOCK:
            self.blocks.append("")
        places = []
        for text in texts:
            places.append((len(self.blocks), len(self.blocks[-1]), len(text)))
            self.blocks[-1] += text
        return places


def section(module, other_hosts):
    """A line an operation."""
    lines = []
    for name, _ in sorted(module.operations()):
        host = [f"={other_hosts[name]}"] if name in other_hosts else []
        lines.append(" ".join([module.row(name), *host, *actions.flags(module, name)]) + "\n")
    return "".join(lines)


def head(module, tables):
    return " ".join(
        [
            module.name,
            module.signing_name,
            actions.prefix(module),
            ",".join(module.protocols),
            module.version,
            module.target,
            module.endpoint_prefix,
            module.service_id,
            ",".join(map(str, tables)),
        ]
    )


def blocks(modules):
    hosts, packed = endpoints.Hosts(), Blocks()
    # Modules of one signing name stand together, the older before the younger. Of the same age, the one
    # that has given its name comes first.
    order = sorted(modules.values(), key=lambda module: (module.signing_name, module.version, module.name != module.signing_name, module.name))
    groups, heads = {}, {}
    for module in order:
        tables, others = hosts.of(module)
        heads[module.name] = head(module, tables)
        groups.setdefault(module.signing_name, []).append((module.name, section(module, others)))
    places = {}
    for group in groups.values():
        found = packed.add([text for _, text in group])
        places.update({name: place for (name, _), place in zip(group, found)})
    packed.blocks.append("")
    tables = [packed.add([table])[0] for table in hosts.tables]
    levels = actions.Levels(modules)
    packed.blocks.append("")
    prefixes = {prefix: packed.add([levels.section(prefix)])[0] for prefix in levels.prefixes()}
    packed.blocks.append("")
    for prefix in prefixes:
        prefixes[prefix] += packed.add([resources.Types(prefix).section(levels.plain[prefix])])[0]
    packed.blocks.append("")
    types = {prefix: resources.Types(prefix) for prefix in prefixes}
    for group in groups.values():
        names = [name for name, _ in group]
        found = packed.add([resources.section(modules[name], types[actions.prefix(modules[name])]) for name in names])
        for name, place in zip(names, found):
            places[name] += place
    return [index(heads, places, prefixes, endpoints.partitions(), tables, levels.verbs()), *packed.blocks]


def index(heads, places, prefixes, partitions, tables, verbs):
    """Five lists, with an empty line between them: modules, IAM's services, partitions, tables of
    hosts, verbs. A place is a block, an offset and a length; a service has one for its actions, and
    one for their resource types; a module one for its operations, and one for what names resources in
    their requests."""
    lists = [
        [f"{line} {written(places[name])}" for name, line in heads.items()],
        [f"{prefix} {written(place)}" for prefix, place in prefixes.items()],
        partitions,
        [written(place) for place in tables],
        verbs,
    ]
    return "\n".join("".join(line + "\n" for line in lines) for lines in lists)


def written(place):
    return " ".join(map(str, place))


def at(texts, place):
    block, offset, length = map(int, place)
    return texts[block][offset : offset + length]


def deflated(text):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return packer.compress(text.encode("ascii")) + packer.flush()


def write():
    texts = blocks(models.modules())
    packed = [deflated(text) for text in texts]
    lengths = b"".join(struct.pack("<II", len(data), len(text)) for data, text in zip(packed, texts))
    FILE.write_bytes(struct.pack("<I", len(packed)) + lengths + b"".join(packed))
    print(f"{FILE.name}: {FILE.stat().st_size} bytes, {len(texts)} blocks, {sum(map(len, texts))} as text")


def read():
    data = FILE.read_bytes()
    count = struct.unpack_from("<I", data)[0]
    start, texts = 4 + 8 * count, []
    for number in range(count):
        length, _ = struct.unpack_from("<II", data, 4 + 8 * number)
        texts.append(zlib.decompress(data[start : start + length], -15).decode("ascii"))
        start += length
    return texts


def compare(names):
    """By what is in the sections: numbers of blocks and of tables depend on all modules."""
    texts, all_modules = read(), models.modules()
    modules, services, partitions, tables, verbs = [lines.splitlines() for lines in texts[0].split("\n\n")]
    levels = actions.Levels(all_modules)
    faults = []

    def same(what, here, made):
        if here != made:
            faults.append(what)

    same("partitions", partitions, list(endpoints.partitions()))
    same("verbs", verbs, levels.verbs())
    rows = {line.split(" ")[0]: line.split(" ") for line in modules}
    places = {line.split(" ")[0]: line.split(" ")[1:] for line in services}
    tables = [at(texts, line.split(" ")) for line in tables]
    for name in names:
        module, hosts = all_modules[name], endpoints.Hosts()
        numbers, others = hosts.of(module)
        *first, committed, block, offset, length = rows[name][:-3]
        same(f"row of {name}", [*first, ""], head(module, []).split(" "))
        same(f"operations of {name}", at(texts, (block, offset, length)), section(module, others))
        same(f"hosts of {name}", [tables[int(number)] for number in committed.split(",")], [hosts.tables[number] for number in numbers])
        prefix = actions.prefix(module)
        same(f"actions of {prefix}", at(texts, places[prefix][:3]), levels.section(prefix))
        types = resources.Types(prefix)
        same(f"resource types of {prefix}", at(texts, places[prefix][3:]), types.section(levels.plain[prefix]))
        same(f"resources in requests of {name}", at(texts, rows[name][-3:]), resources.section(module, types))
    if faults:
        sys.exit("tables.bin is not what generate.py makes: " + ", ".join(faults))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compare"]:
        compare(sys.argv[2:])
    else:
        write()
