#!/bin/sh
# Makes a release twice, the second time from another path and with nothing built before, and compares.
# Takes twice as long as `make dist`: half an hour on two cores.
set -eu
cd "$(dirname "$0")/../.."

work=$PWD/target/dist-check
trap 'rm -rf "$work"' EXIT

# The files of the commit, with the changes that are not committed yet.
copy_checkout() {
    rm -rf "$work"
    git clone --quiet --no-hardlinks . "$work/another/checkout"
    git diff --binary HEAD | (cd "$work/another/checkout" && git apply --allow-empty)
}

copy_checkout
scripts/dist.sh
echo "dist-check: once more from $work/another/checkout" >&2
(cd "$work/another/checkout" && scripts/dist.sh)
if ! diff dist/SHA256SUMS "$work/another/checkout/dist/SHA256SUMS"; then
    echo "dist-check: the two differ" >&2
    exit 1
fi
echo "dist-check: both are the same, byte for byte" >&2
