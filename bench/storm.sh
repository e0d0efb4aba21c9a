#!/bin/sh
# Runs bench/storm.py, to which the arguments go.
set -eu
cd "$(dirname "$0")/.."

scripts/musl-target.sh
scripts/engine.sh
scripts/test-image.sh >/dev/null
cargo build --release
exec python3 bench/storm.py "$@"
