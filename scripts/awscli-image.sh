#!/bin/sh
# Makes sure that the engine has amazon/aws-cli:latest: the published image where it can be pulled,
# or else one of the same name and entrypoint, built from Debian's own awscli package.
set -eu
cd "$(dirname "$0")/.."

image=amazon/aws-cli:latest
seconds_to_pull=300
cache=${XDG_CACHE_HOME:-$HOME/.cache}/credrun
tarball=$cache/aws-cli.tar

say() {
    echo "image: $image $*"
}

in_engine() {
    docker image inspect "$image" >/dev/null 2>&1
}

build_tarball() {
    command -v mmdebstrap >/dev/null || scripts/install.sh mmdebstrap
    mkdir -p "$cache"
    # shellcheck source=/dev/null
    . /etc/os-release
    # Renamed when it is whole, so that an interrupted build is never taken for an image.
    if ! mmdebstrap --quiet --variant=minbase --include=awscli,ca-certificates \
        "$VERSION_CODENAME" "$tarball.part.tar" >"$cache/aws-cli.log" 2>&1; then
        cat "$cache/aws-cli.log" >&2
        exit 1
    fi
    mv "$tarball.part.tar" "$tarball"
}

import_tarball() {
    docker import --change 'ENTRYPOINT ["/usr/bin/aws"]' --change 'WORKDIR /aws' \
        "$tarball" "$image" >/dev/null
}

if in_engine; then
    say "is there"
    exit 0
fi
if why=$(timeout "$seconds_to_pull" docker pull -q "$image" 2>&1); then
    say "was pulled"
    exit 0
fi
say "cannot be pulled (${why:-no answer within $seconds_to_pull s})"
began=$(date +%s)
if [ -f "$tarball" ]; then
    import_tarball
    say "was imported from $tarball in $(($(date +%s) - began)) s"
else
    say "is now built from Debian's awscli package; this takes one to three minutes, once"
    build_tarball
    import_tarball
    say "was built in $(($(date +%s) - began)) s and is kept in $tarball"
fi
