#!/bin/sh
# Adds Rust's musl target, with which the relay of --live is a third of the size. Without rustup, or
# where it cannot download, the build goes on without, and says so.
set -eu
cd "$(dirname "$0")/.."

target=$(uname -m)-unknown-linux-musl
# A toolchain that is not rustup's may have it all the same.
[ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ] || exit 0
command -v rustup >/dev/null || exit 0
timeout 120 rustup target add "$target" >&2 || echo "musl-target: $target cannot be added" >&2
