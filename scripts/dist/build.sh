#!/bin/sh
# Builds the static binary for a Linux target, and prints its path: scripts/dist/build.sh TARGET [SOURCE].
# SOURCE is another directory than the checkout with credrun's source in it.
#
# The same source gives the same bytes on every machine with the same Rust, wherever the checkout is. So
# the paths that rustc writes into the binary are replaced.
#
#     DIST_PROFILE=dev     without optimization, for tests: a minute in the place of eight
#     DIST_TARGET_DIR=DIR  cargo's target directory; target/dist unless told otherwise
set -eu
cd "$(dirname "$0")/../.."

target=$1 source=${2:-.}
profile=${DIST_PROFILE:-release}
directory=${DIST_TARGET_DIR:-$PWD/target/dist}
cargo_home=${CARGO_HOME:-$HOME/.cargo}
rust_source=$(rustc --print sysroot)/lib/rustlib/src/rust

case $profile in
    dev) output=debug ;;
    *) output=$profile ;;
esac

# Rust's musl targets bring their C library, and the toolchain its linker: only ring's C needs a compiler.
name=$(echo "$target" | tr - _)
export "CARGO_TARGET_$(echo "$name" | tr '[:lower:]' '[:upper:]')_LINKER=rust-lld"
export "CC_$name=$PWD/scripts/dist/zig-cc" "AR_$name=$PWD/scripts/dist/zig-ar"
export "ZIG_TARGET=${target%%-*}-linux-musl"
# What makes the program smaller: addresses that its start corrects are packed (500 KiB; musl knows that since
# 1.2.4), and functions with the same code are one (160 KiB).
RUSTFLAGS="--remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$rust_source=/rust \
    -Clink-arg=--pack-dyn-relocs=relr -Clink-arg=--icf=all"
export RUSTFLAGS
# cargo would take these in the place of RUSTFLAGS.
unset CARGO_ENCODED_RUSTFLAGS
cd "$source"
# What the profile for tests leaves in for debuggers has paths in it.
CARGO_PROFILE_DEV_DEBUG=none CARGO_PROFILE_DEV_STRIP=symbols \
    cargo build --locked --quiet --bin credrun --profile "$profile" --target "$target" --target-dir "$directory" >&2
echo "$directory/$target/$output/credrun"
