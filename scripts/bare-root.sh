#!/bin/sh
# Makes a bare root file system: scripts/bare-root.sh SYSTEM DIRECTORY. SYSTEM is one of
#
#     busybox      a static busybox, its names, and nothing else
#     debian       the smallest Debian
#     debian-pip   the same with Python and pip
#
# What Debian's packages are unpacked to is kept in ~/.cache/credrun/roots. Takes root.
set -eu
cd "$(dirname "$0")/.."

system=$1 root=$2
suite=bookworm
cache=${XDG_CACHE_HOME:-$HOME/.cache}/credrun/roots
archive=$cache/$suite-$system.tar

fail() {
    echo "bare-root: $*" >&2
    exit 1
}

make_busybox() {
    mkdir -p "$root/bin" "$root/dev" "$root/etc" "$root/proc" "$root/root" "$root/run" "$root/tmp" "$root/usr/local/bin" "$root/var"
    ln -s ../run "$root/var/run"
    cp /bin/busybox "$root/bin"
    chroot "$root" /bin/busybox --install -s /bin
}

bootstrap() {
    command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: apt-get install mmdebstrap"
    mkdir -p "$cache"
    # Tests that start at the same time must not make it twice.
    exec 9>"$archive.lock"
    flock 9
    [ ! -f "$archive" ] || return 0
    echo "bare-root: unpacking $system of $suite with mmdebstrap" >&2
    # Pages and translations are most of the files, and nobody reads them here.
    mmdebstrap --quiet --format=tar --variant=minbase ${1:+--include="$1"} \
        --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*/*' \
        "$suite" "$archive.new" >&2 || fail "mmdebstrap failed; what it said is above"
    mv "$archive.new" "$archive"
}

[ "$(id -u)" = 0 ] || fail "a root file system takes root"
mkdir -p "$root"
case $system in
    busybox)
        make_busybox
        exit 0
        ;;
    debian) bootstrap '' ;;
    debian-pip) bootstrap python3-pip ;;
    *) fail "there is no system $system" ;;
esac
tar --extract --file "$archive" --directory "$root"
