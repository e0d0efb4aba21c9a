#!/bin/sh
# Measures credrun beside what it replaces: see bench/bench.py, to which the arguments go.
set -eu
cd "$(dirname "$0")/.."

missing=
for need in /usr/bin/time:time /bin/busybox:busybox-static jq:jq curl:curl docker-registry:docker-registry; do
    command -v "${need%%:*}" >/dev/null || missing="$missing ${need#*:}"
done
# shellcheck disable=SC2086  # one argument a package
[ -z "$missing" ] || scripts/install.sh $missing

scripts/musl-target.sh
scripts/engine.sh
scripts/test-image.sh >/dev/null
scripts/awscli-image.sh
scripts/python.sh
cargo build --release
scripts/aws-stand-in -- python3 bench/bench.py "$@"
