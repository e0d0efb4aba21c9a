#!/bin/sh
# Makes everything that a release has, in dist/: static binaries for Linux on x86_64 and aarch64, each in an
# archive, a .deb, an .rpm and a wheel; the .crate, the SBOM, and checksums of all. The same commit gives
# the same bytes, wherever the checkout is. Needs rustup, Python and Debian's base; says what it lacks.
#
#     CREDRUN_REPOSITORY=OWNER/NAME  where the release will be on GitHub, which install.sh and credrun.rb name
#     CREDRUN_RELEASES=URL           where else it will be, for credrun.rb
#     DIST_DIR=DIR                   another directory than dist/; what is in it goes
#     DIST_PREBUILT=DIR              binaries that other machines have made, DIR/TARGET/credrun: they get
#                                    an archive and a wheel, too
#     DIST_PROFILE=dev               without optimization, for tests
#     DIST_TARGETS="TARGET..."       other Linux targets than those two
#     SOURCE_DATE_EPOCH, CREDRUN_COMMIT   time and commit, where there is no git
set -eu
cd "$(dirname "$0")/.."
umask 022
# No path, time, language or user of this machine may be in what is made.
LC_ALL=C TZ=UTC
export LC_ALL TZ PYTHONDONTWRITEBYTECODE=1

targets=${DIST_TARGETS:-x86_64-unknown-linux-musl aarch64-unknown-linux-musl}
prebuilt=${DIST_PREBUILT:-}
place=${DIST_DIR:-dist}
work=$PWD/target/dist/work
made=$work/made
common=$work/common

fail() {
    echo "dist: $*" >&2
    exit 1
}

step() {
    echo "dist: $*" >&2
}

read_commit() {
    : "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null)}"
    : "${CREDRUN_COMMIT:=$(git rev-parse HEAD 2>/dev/null)}"
    if [ -z "$SOURCE_DATE_EPOCH" ] || [ -z "$CREDRUN_COMMIT" ]; then
        fail "this is no git checkout: set SOURCE_DATE_EPOCH and CREDRUN_COMMIT"
    fi
    if [ -n "$(git status --porcelain 2>/dev/null)" ]; then
        step "some files differ from the commit: this is no release"
    fi
    export SOURCE_DATE_EPOCH CREDRUN_COMMIT
}

# Man pages and completions are the same for all targets.
write_pages() {
    # Variables set defaults of options, which --help and the pages name.
    run="env -i PATH=/usr/bin:/bin HOME=/nonexistent $1"
    mkdir -p "$common/man" "$common/completions"
    $run man --output-dir "$common/man" || fail "credrun man did not write its pages"
    for shell in bash:credrun.bash zsh:_credrun fish:credrun.fish powershell:credrun.ps1 elvish:credrun.elv; do
        $run completion "${shell%%:*}" >"$common/completions/${shell#*:}" || fail "credrun completion ${shell%%:*} failed"
    done
}

write_papers() {
    target/dist-python/bin/python scripts/dist/licences.py >"$common/THIRD-PARTY-LICENSES"
    target/dist-python/bin/python scripts/dist/sbom.py >"$made/sbom.cdx.json"
    cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$common"
}

package_crate() {
    cargo package --quiet --locked --no-verify --allow-dirty -p credrun --target-dir "$work/cargo"
    mv "$work"/cargo/package/credrun-*.crate "$made"
}

write_installers() {
    scripts/dist/install-script.sh >"$made/install.sh"
    [ -n "${CREDRUN_REPOSITORY:-}" ] || step "install.sh will need CREDRUN_RELEASES: CREDRUN_REPOSITORY=OWNER/NAME is not set"
    if [ -n "${CREDRUN_REPOSITORY:-}${CREDRUN_RELEASES:-}" ]; then
        scripts/dist/formula.sh "$made" >"$made/credrun.rb"
    else
        step "no credrun.rb: neither CREDRUN_REPOSITORY=OWNER/NAME nor CREDRUN_RELEASES is set"
    fi
}

write_checksums() {
    (cd "$made" && sha256sum -- *) >"$work/SHA256SUMS"
    mv "$work/SHA256SUMS" "$made"
}

# Somewhere else until all of it is there: a failure leaves what was there.
hand_over() {
    rm -rf "$place"
    mkdir -p "$(dirname "$place")"
    mv "$made" "$place"
    step "in $place:"
    (cd "$place" && du -h --apparent-size -- *) >&2
}

# What a release promises. Binaries for tests are larger.
check_size() {
    kib=$(($(stat --format %s "$1") / 1024))
    [ "${DIST_PROFILE:-release}" != release ] || [ "$kib" -le 12288 ] ||
        fail "$1 has $kib KiB, and may have 12288"
}

runs_here() {
    case $1 in
        "$(uname -m)"-*-linux-*) true ;;
        *) false ;;
    esac
}

mkdir -p target/dist
# Two at once would write into the same directories.
exec 8>target/dist/lock
flock 8
rm -rf "$work"
mkdir -p "$made" "$common"
read_commit
scripts/dist/tools.sh
for target in $targets; do
    step "building for $target (${DIST_PROFILE:-release})"
    binary=$(scripts/dist/build.sh "$target")
    check_size "$binary"
    install -D -m 755 "$binary" "$work/binaries/$target/credrun"
    ! runs_here "$target" || here=$work/binaries/$target/credrun
done
write_pages "${here:-$(scripts/dist/build.sh "$(uname -m)-unknown-linux-musl")}"
write_papers
for target in $targets; do
    step "packing for $target"
    scripts/dist/archive.sh "$target" "$work"
    scripts/dist/linux-packages.sh "$target" "$work"
    target/dist-python/bin/python scripts/dist/wheel.py "$target" "$work"
done
for binary in ${prebuilt:+"$prebuilt"/*/credrun}; do
    target=$(basename "$(dirname "$binary")")
    step "packing for $target, which was built elsewhere"
    install -D -m 755 "$binary" "$work/binaries/$target/credrun"
    scripts/dist/archive.sh "$target" "$work"
    target/dist-python/bin/python scripts/dist/wheel.py "$target" "$work"
done
package_crate
write_installers
write_checksums
hand_over
