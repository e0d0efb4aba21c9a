#!/bin/sh
# Runs the SDK matrix: see tests/sdks/matrix.py, to which the arguments go.
set -eu
cd "$(dirname "$0")/../.."

scripts/engine.sh
scripts/awscli-image.sh
tests/sdks/image.sh >/dev/null
cargo build
exec target/python/bin/python tests/sdks/matrix.py "$@"
