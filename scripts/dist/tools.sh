#!/bin/sh
# Makes sure that everything is there that `make dist` needs beside cargo and Debian's base.
set -eu
cd "$(dirname "$0")/../.."

for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl; do
    [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ] || scripts/musl-target.sh
done
scripts/python.sh target/dist-python scripts/dist/requirements.txt
