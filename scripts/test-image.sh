#!/bin/sh
# Builds the image of Dockerfile.test, credrun-test:latest.
set -eu
cd "$(dirname "$0")/.."

context=target/test-image
mkdir -p "$context"
# Tests that start at the same time must not write the context under each other's build.
exec 9>target/test-image.lock
flock 9
# A dynamic one names its loader, which an image made from nothing does not have.
if ! [ -x /bin/busybox ] || grep -q /ld-linux /bin/busybox; then
    echo "test-image: no static /bin/busybox: apt-get install busybox-static" >&2
    exit 1
fi
cp /bin/busybox tests/support/probe Dockerfile.test "$context"
# The builder that every Engine has; the newer one is a plugin of its own on Debian.
DOCKER_BUILDKIT=0 docker build --quiet --tag credrun-test:latest \
    --file "$context/Dockerfile.test" "$context" 2>&1
