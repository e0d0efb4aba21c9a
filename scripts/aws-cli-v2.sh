#!/bin/sh
# Makes target/aws-cli-v2/aws-cli, the AWS CLI v2 of Debian 13, for target/python. Debian 12's is older
# than AWS_ENDPOINT_URL. Does nothing where it is there.
#
#     scripts/aws-cli-v2.sh [SUITE]      another of Debian's suites: its CLI takes the place
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/apt-of-suite.sh
. scripts/apt-of-suite.sh

suite=${1:-trixie}
place=$PWD/target/aws-cli-v2
apt=$place/apt
cache=${XDG_CACHE_HOME:-$HOME/.cache}/credrun/aws-cli-v2-$suite.deb

mkdir -p "$place"
# Tests that start at the same time must not make it twice.
exec 9>"$place/lock"
flock 9
if [ "$(cat "$place/suite" 2>/dev/null)" = "$suite" ]; then
    exit 0
fi

# Where this machine's own packages come from.
mirror() {
    # shellcheck source=/dev/null
    . /etc/os-release
    apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages' "Release: $VERSION_CODENAME" |
        head -n 1
}

download() {
    mkdir -p "$(dirname "$cache")"
    write_apt_configuration "$apt" "$suite" "$(mirror)"
    export APT_CONFIG="$apt/apt.conf"
    echo "aws-cli-v2: fetches the AWS CLI of Debian's $suite" >&2
    apt-get -qq update >&2
    (cd "$apt" && rm -f awscli_*.deb && apt-get -qq download awscli >&2)
    mv "$apt"/awscli_*.deb "$cache"
}

[ -f "$cache" ] || download
rm -rf "$place/unpacked" "$place/aws-cli"
dpkg-deb --extract "$cache" "$place/unpacked"
mv "$place/unpacked/usr/lib/python3/dist-packages" "$place/aws-cli"
rm -rf "$place/unpacked"
echo "$suite" >"$place/suite"
