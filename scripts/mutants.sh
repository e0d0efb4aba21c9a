#!/bin/sh
# Changes the program in small ways, one after the other, and says which changes no fast test notices.
#
#   ROOM=src/credentials scripts/mutants.sh   all of a room
#   BASE=main scripts/mutants.sh              what has been changed since that revision (the default)
#
# Takes about half a minute for each change. Needs cargo-mutants, which it installs.
set -eu
cd "$(dirname "$0")/.."

command -v cargo-mutants >/dev/null || cargo install --locked cargo-mutants

if [ -n "${ROOM:-}" ]; then
    if [ -d "$ROOM" ]; then set -- --file "$ROOM/**/*.rs" "$@"; else set -- --file "$ROOM" "$@"; fi
else
    git diff "${BASE:-main}" >target/mutants.diff
    set -- --in-diff target/mutants.diff "$@"
fi
exec cargo mutants --output target "$@"
