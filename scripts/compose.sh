#!/bin/sh
# Unpacks a version of Docker Compose for the tests into target/, and prints its path:
#
#   scripts/compose.sh v2    2.40.3 of Debian's sid, the client plugin `docker-compose`
#   scripts/compose.sh v1    1.29.2 of Debian's bookworm, which is older than provider services
#
# Nothing is installed. Takes root, as apt's sandbox does.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/apt-of-suite.sh
. scripts/apt-of-suite.sh

fail() {
    echo "compose: $*" >&2
    exit 1
}

case ${1:-} in
v2) suite=sid version=2.40.3 ;;
v1) suite=bookworm version=1.29.2 ;;
*) fail "say v1 or v2" ;;
esac
root=$PWD/target/compose-$1

# The package in the version above. Version 2 is one program. Version 1 is a Python program: it gets
# what it imports, for the Python of this machine.
unpack() {
    new=$root.new
    rm -rf "$new" "$root"
    write_apt_configuration "$new/apt" "$suite"
    export APT_CONFIG="$new/apt/apt.conf"
    apt-get -q update >&2
    full=$(apt-cache madison docker-compose | awk -v version="$version" -F ' *\\| *' 'index($2, version) == 1 { print $2; exit }')
    [ -n "$full" ] || fail "Debian's $suite has no docker-compose $version"
    if [ "$suite" = bookworm ]; then
        apt-get -q -y --download-only install "docker-compose=$full" >&2
        packages=$(find "$new/apt/archives" -name 'docker-compose_*.deb' -o -name 'python3-*.deb')
    else
        (cd "$new/apt/archives" && apt-get -q download "docker-compose=$full" >&2)
        packages=$(find "$new/apt/archives" -name '*.deb')
    fi
    for package in $packages; do
        dpkg-deb --extract "$package" "$new"
    done
    rm -rf "$new/apt"
    mv "$new" "$root"
}

mkdir -p target
exec 9>"target/compose-$1.lock"
flock 9
[ -d "$root" ] || unpack
case $1 in
v2) find "$root" -type f -name docker-compose -perm -u+x | grep /cli-plugins/ || fail "the package has no client plugin" ;;
v1)
    cat >"$root/docker-compose" <<END
#!/bin/sh
PYTHONPATH=$root/usr/lib/python3/dist-packages exec /usr/bin/python3 $root/usr/bin/docker-compose "\$@"
END
    chmod +x "$root/docker-compose"
    echo "$root/docker-compose"
    ;;
esac
