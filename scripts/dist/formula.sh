#!/bin/sh
# Prints the Homebrew formula for the archives that are in a directory: a formula for Linux alone where
# Apple's are not there.
#
#     scripts/dist/formula.sh DIST_DIR >credrun.rb
#
# It needs to know where the release will be: CREDRUN_REPOSITORY=OWNER/NAME on GitHub, or CREDRUN_RELEASES.
set -eu
here=$(dirname "$0")
dist=${1:?usage: formula.sh DIST_DIR}

version=$("$here/version.sh")
repository=$("$here/repository.sh")
if [ -n "$repository" ]; then
    homepage=https://github.com/$repository
    release=$homepage/releases/download/v$version
elif [ -n "${CREDRUN_RELEASES-}" ]; then
    release=${CREDRUN_RELEASES%/}
    # Homebrew takes a directory as a URL.
    case $release in
        *://*) ;;
        *) release=file://$(cd "$release" && pwd) ;;
    esac
    homepage=$release
else
    echo "formula: set CREDRUN_REPOSITORY=OWNER/NAME, or CREDRUN_RELEASES" >&2
    exit 1
fi

# One target within `on_macos` or `on_linux`; nothing where it has no archive.
target() {
    archive=credrun-$2.tar.gz
    [ -f "$dist/$archive" ] || return 0
    sum=$(sha256sum "$dist/$archive" 2>/dev/null || shasum -a 256 "$dist/$archive")
    cat <<END
    $1 do
      url "$release/$archive"
      sha256 "${sum%% *}"
    end
END
}

system() {
    [ -z "$2" ] || printf '  %s do\n%s\n  end\n' "$1" "$2"
}

archives() {
    system on_linux "$(
        target on_arm aarch64-unknown-linux-musl
        target on_intel x86_64-unknown-linux-musl
    )"
    system on_macos "$(
        target on_arm aarch64-apple-darwin
        target on_intel x86_64-apple-darwin
    )"
}

archives=$(archives)
if [ -z "$archives" ]; then
    echo "formula: there is no archive in $dist" >&2
    exit 1
fi
while IFS= read -r line; do
    case $line in
        @ARCHIVES@) printf '%s\n' "$archives" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <"$here/credrun.rb.in" | sed "s|@HOMEPAGE@|$homepage|; s|@VERSION@|$version|"
