#!/bin/sh
# Adds Rust's musl targets, which the relay of --live is compiled for: for Engines on amd64 and on
# arm64. Without rustup, or where it cannot download, the build goes on without, and says so.
set -eu
cd "$(dirname "$0")/.."

installed=$(rustc --print sysroot)/lib/rustlib
for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl; do
    # A toolchain that is not rustup's may have it all the same.
    [ ! -d "$installed/$target" ] || continue
    command -v rustup >/dev/null || continue
    timeout 120 rustup target add "$target" >&2 || echo "musl-target: $target cannot be added" >&2
done
