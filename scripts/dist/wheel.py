"""Makes the wheel of one target: wheel.py TARGET WORK. WORK is as for archive.sh, which has run.

`wheel` packs it; maturin would compile the binary once more. With `pip install --user`, man pages and
completions go where man, bash and fish look for those of a user.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from crates import cargo
from packaging.version import Version

# A static binary runs with every C library. On macOS it is the oldest system that Rust builds for.
PLATFORMS = {
    "x86_64-unknown-linux-musl": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64-unknown-linux-musl": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
}

METADATA = """\
Metadata-Version: 2.4
Name: credrun
Version: {version}
Summary: {summary}
License-Expression: {licence}
License-File: LICENSE-APACHE
License-File: LICENSE-MIT
License-File: THIRD-PARTY-LICENSES
Keywords: {keywords}
Classifier: Environment :: Console
Classifier: Operating System :: MacOS
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Rust
Requires-Python: >=3.7
Description-Content-Type: text/markdown

{description}"""


def main(target, work):
    package = own_package()
    version = str(Version(package["version"]))
    archive = work / "archives" / f"credrun-{target}"
    root = work / "wheels" / target
    info, data = root / f"credrun-{version}.dist-info", root / f"credrun-{version}.data"

    def copy(source, *to):
        destination = Path(*to)
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, destination)

    copy(archive / "credrun", data, "scripts/credrun")
    share = data / "data/share"
    copy(archive / "completions/credrun.bash", share, "bash-completion/completions/credrun")
    copy(archive / "completions/credrun.fish", share, "fish/vendor_completions.d/credrun.fish")
    for page in archive.glob("man/*.1"):
        copy(page, share, "man/man1", page.name)
    for licence in ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-LICENSES"):
        copy(archive / licence, info, "licenses", licence)
    copy(work / "made/sbom.cdx.json", info, "sboms/credrun.cdx.json")
    metadata = METADATA.format(
        version=version,
        summary=package["description"],
        licence=package["license"],
        keywords=",".join(package["keywords"]),
        description=(archive / "README.md").read_text(),
    )
    (info / "METADATA").write_text(metadata)
    (info / "WHEEL").write_text(wheel_file(target))
    pack = [sys.executable, "-m", "wheel", "pack", "--dest-dir", work / "made", root]
    subprocess.run(pack, check=True, stdout=subprocess.DEVNULL)


def own_package():
    packages = json.loads(cargo("metadata", "--no-deps", "--format-version", "1"))["packages"]
    return next(package for package in packages if package["name"] == "credrun")


def wheel_file(target):
    tags = "".join(f"Tag: py3-none-{platform}\n" for platform in PLATFORMS[target].split("."))
    return f"Wheel-Version: 1.0\nGenerator: scripts/dist/wheel.py\nRoot-Is-Purelib: false\n{tags}\n"


main(sys.argv[1], Path(sys.argv[2]))
