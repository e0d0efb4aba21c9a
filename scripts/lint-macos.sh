#!/bin/sh
# Lints the program and its tests for macOS, on Linux: nothing can run there, but what does not
# compile is found. zig is the C compiler for ring.
set -eu
cd "$(dirname "$0")/.."

target=aarch64-apple-darwin
# There, the lints before this one are macOS's.
[ "$(uname)" = Linux ] || exit 0
if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    if ! command -v rustup >/dev/null; then
        echo "lint-macos: not checked for macOS, because there is no rustup to add $target" >&2
        exit 0
    fi
    rustup target add "$target" >&2
fi
scripts/python.sh target/dist-python scripts/dist/requirements.txt

export CC_aarch64_apple_darwin="$PWD/scripts/dist/zig-cc" AR_aarch64_apple_darwin="$PWD/scripts/dist/zig-ar"
export ZIG_TARGET=aarch64-macos
exec cargo clippy --workspace --all-targets --target "$target" --target-dir target/macos --quiet -- -D warnings
