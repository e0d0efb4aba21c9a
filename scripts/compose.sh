#!/bin/sh
# Unpacks a version of Docker Compose for the tests into target/, and prints its path:
#
#   scripts/compose.sh v2    2.40.3 of Debian's sid, the client plugin `docker-compose`
#   scripts/compose.sh v1    1.29.2 of Debian's bookworm, which is older than provider services
#
# Nothing is installed. Takes root, as apt's sandbox does.
set -eu
cd "$(dirname "$0")/.."

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

# An apt that knows only the suite. A mirror may serve an index that has expired; the signature is
# checked like any other. Version 1 is a Python program: it gets what it imports, for the Python of
# this machine, and so an apt that knows which packages are installed.
write_apt_configuration() {
    mkdir -p "$1/lists/partial" "$1/archives/partial"
    : >"$1/status"
    echo "deb [check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "http://deb.debian.org/debian $suite main" >"$1/sources.list"
    cat >"$1/apt.conf" <<END
Dir::State "$1";
Dir::State::lists "$1/lists";
Dir::State::status "$1/status";
Dir::Cache "$1";
Dir::Cache::archives "$1/archives";
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
END
}

# The package in the version above, alone; for a Python program also the modules that it needs.
unpack() {
    new=$root.new
    rm -rf "$new" "$root"
    write_apt_configuration "$new/apt"
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
