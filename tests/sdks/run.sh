#!/bin/sh
# Runs the SDK matrix: see tests/sdks/matrix.py, to which the arguments go. Without any, the clients
# are also tried with credentials of others beside them, with --keyless, and some on Engines that are
# elsewhere.
set -eu
cd "$(dirname "$0")/../.."

scripts/engine.sh
scripts/awscli-image.sh
tests/sdks/image.sh >/dev/null
cargo build
target/python/bin/python tests/sdks/matrix.py "$@"
[ $# -gt 0 ] || target/python/bin/python tests/sdks/config_files.py
[ $# -gt 0 ] || target/python/bin/python tests/sdks/keyless.py
[ $# -gt 0 ] || cargo test --test live_sdks_elsewhere -- --nocapture
[ $# -gt 0 ] || cargo test --test compose_sdks -- --nocapture --test-threads 3
