#!/bin/sh
# Runs bench/soak.py, to which the arguments go.
set -eu
cd "$(dirname "$0")/.."

scripts/engine.sh
tests/sdks/image.sh base
cargo build --release
exec python3 bench/soak.py "$@"
