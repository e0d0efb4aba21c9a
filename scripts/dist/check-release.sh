#!/bin/sh
# Says whether this can be released under a tag, from a repository: scripts/dist/check-release.sh TAG OWNER/NAME
set -eu
here=$(dirname "$0")
tag=${1:?usage: check-release.sh TAG OWNER/NAME}
repository=${2:?usage: check-release.sh TAG OWNER/NAME}

fail() {
    echo "check-release: $*" >&2
    exit 1
}

version=$("$here/version.sh")
[ "$tag" = "v$version" ] || fail "the tag is $tag, but Cargo.toml has version $version"
expected=https://github.com/$repository
found=$("$here/version.sh" repository)
[ "$found" = "$expected" ] ||
    fail "repository in Cargo.toml must be \"$expected\" for a release; it is \"$found\""
"$here/notes.sh" "$version" >/dev/null
