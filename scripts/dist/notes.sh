#!/bin/sh
# Prints what CHANGELOG.md says of a version: scripts/dist/notes.sh VERSION
set -eu
cd "$(dirname "$0")/../.."
version=${1:?usage: notes.sh VERSION}

# `## 1.2.3`, and all that may follow the number.
notes=$(awk -v version="$version" '
    /^## / { inside = ($2 == version); next }
    inside
' CHANGELOG.md)
if [ -z "$notes" ]; then
    echo "notes: CHANGELOG.md has no section \"## $version\"" >&2
    exit 1
fi
printf '%s\n' "$notes"
