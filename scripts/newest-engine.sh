#!/bin/sh
# Makes sure that the newest Docker Engine of Debian's suites answers beside the one of this machine,
# with containerd's image store: sid's docker.io, containerd and runc, unpacked into a directory of
# their own. Nothing of them is installed. Takes root. Says in one line on stderr what it did, and on
# stdout where the Engine listens, for DOCKER_HOST.
#
# What it unpacks stays in ~/.cache/credrun/newest-engine; without that directory the next run gets
# sid's newest again. The process id of an Engine that was started here is left in
# target/newest-engine.pid.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/apt-of-suite.sh
. scripts/apt-of-suite.sh

suite=sid
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/credrun/newest-engine
run=/run/credrun-newest-engine
socket=unix://$run/docker.sock
bridge=credrun-newest
log=$cache/log
seconds_to_start=60

fail() {
    echo "newest-engine: $*" >&2
    exit 1
}

found() {
    version=$(timeout 10 docker --host "$socket" version --format '{{.Server.Version}}, API {{.Server.APIVersion}}' 2>&1)
}

say() {
    echo "newest-engine: $*, of Debian's $suite, at $socket (log in $log)" >&2
    echo "$socket"
}

unpack() {
    new=$cache/new
    rm -rf "$new"
    write_apt_configuration "$new/apt" "$suite"
    echo "newest-engine: unpacking docker.io of Debian's $suite" >&2
    {
        APT_CONFIG=$new/apt/apt.conf apt-get -q update
        # The second package stands in for the whole of systemd.
        APT_CONFIG=$new/apt/apt.conf apt-get -q -y --download-only install docker.io systemd-standalone-sysusers
        for package in "$new"/apt/archives/*.deb; do
            dpkg-deb --extract "$package" "$new/root"
        done
    } >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        fail "docker.io of Debian's $suite could not be fetched; the end of $log is above"
    }
    rm -rf "$new/apt" "$cache/root"
    mv "$new/root" "$cache/root"
    rmdir "$new"
}

# A machine that was switched off leaves process ids behind. Where another process has such a number
# by now, dockerd takes it for a running daemon and refuses to start.
remove_stale_pid_files() {
    for daemon in dockerd:$run/pid containerd:$run/exec/containerd/containerd.pid; do
        file=${daemon#*:}
        [ -f "$file" ] || continue
        [ "$(cat "/proc/$(cat "$file")/comm" 2>/dev/null)" = "${daemon%%:*}" ] || rm -f "$file"
    done
}

# dockerd with a bridge of its own deletes docker0 as it starts, and the machine's Engine then starts
# no container on its default network. So docker0 is put back as it was.
docker0_address() {
    ip -4 -o address show dev docker0 2>/dev/null | awk '{ print $4; exit }'
}
put_back_docker0() {
    [ -n "$1" ] && ! ip link show docker0 >/dev/null 2>&1 || return 0
    ip link add docker0 type bridge
    ip address add "$1" dev docker0
    ip link set docker0 up
}

# `--bridge=none` is not for machines with another Engine on them: it deletes that one's docker0.
# The addresses are for benchmarks between networks: no other network has them.
make_bridge() {
    ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge
    ip address replace 198.18.0.1/24 dev "$bridge"
    ip link set "$bridge" up
}

# In a mount namespace, where sid's files lie over those of /usr, and where dockerd finds no
# containerd of the machine's: it starts its own. Mounts of the machine still come in, and
# containers may share mounts with this namespace.
start_dockerd() {
    echo '{"features": {"containerd-snapshotter": true}}' >"$cache/daemon.json"
    mkdir -p /run/containerd
    # shellcheck disable=SC2016  # for the inner shell
    setsid unshare --mount --propagation slave sh -euc '
        root=$1
        shift
        mount --make-rshared /
        mount -t overlay -o "lowerdir=$root/usr:/usr" newest-engine /usr
        mount -t tmpfs newest-engine /run/containerd
        hash -r
        exec "$@"
    ' newest-engine "$cache/root" \
        dockerd --config-file "$cache/daemon.json" \
        --host "$socket" --pidfile "$run/pid" --exec-root "$run/exec" --data-root "$cache/data" \
        --bridge "$bridge" --default-address-pool base=198.18.0.0/16,size=24 \
        --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
        >"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    waited=0
    while ! found; do
        if ! kill -0 "$pid" 2>/dev/null || [ "$waited" -ge "$seconds_to_start" ]; then
            tail -n 20 "$log" >&2
            fail "dockerd did not answer within $seconds_to_start s; its last lines are above, all of them in $log"
        fi
        sleep 1
        waited=$((waited + 1))
    done
    mkdir -p target
    echo "$pid" >target/newest-engine.pid
}

[ "$(id -u)" = 0 ] || fail "a second Engine takes root"
command -v docker >/dev/null || scripts/engine.sh >&2
command -v ip >/dev/null || scripts/install.sh iproute2
mkdir -p "$cache" "$run"
exec 9>"$cache/lock"
flock 9
if found; then
    say "Docker $version answers"
    exit 0
fi
# Once dockerd is in the overlay, its directory must not change under it.
[ -x "$cache/root/usr/sbin/dockerd" ] || unpack
remove_stale_pid_files
docker0=$(docker0_address)
make_bridge
start_dockerd
put_back_docker0 "$docker0"
say "started Docker $version (pid $pid)"
