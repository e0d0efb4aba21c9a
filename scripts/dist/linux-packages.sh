#!/bin/sh
# Makes the .deb and the .rpm of one target: scripts/dist/linux-packages.sh TARGET WORK. WORK is as for
# archive.sh, which has run.
set -eu
cd "$(dirname "$0")/../.."
umask 022

target=$1 work=$2
VERSION=$(scripts/dist/version.sh)
STAGE=$work/packages/$target
# nfpm's words for architectures are Go's.
case $target in
    x86_64-*) ARCH=amd64 ;;
    aarch64-*) ARCH=arm64 ;;
    *) echo "linux-packages: Debian's name for $target is not known" >&2 && exit 1 ;;
esac
export VERSION STAGE ARCH

rm -rf "$STAGE"
mkdir -p "$STAGE/man"
cp -R "$work/archives/credrun-$target/." "$STAGE"
# As Debian's and Fedora's own packages have them.
gzip -9n "$STAGE"/man/*.1
for page in CHANGELOG.md THIRD-PARTY-LICENSES; do
    gzip -9n "$STAGE/$page"
done
for packager in deb rpm; do
    target/dist-python/bin/nfpm package --config scripts/dist/nfpm.yaml --packager "$packager" --target "$work/made" >/dev/null
done
