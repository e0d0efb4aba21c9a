#!/bin/sh
# Makes sure that a Docker Engine answers: the one that the docker client reaches as it is set up,
# or else Debian's own, installed and started here. Says in one line what it found or did.
#
# The process id of an engine that was started here is left in target/engine.pid.
set -eu
cd "$(dirname "$0")/.."

seconds_to_start=60
log=target/engine.log

fail() {
    echo "engine: $*" >&2
    exit 1
}

server_version() {
    timeout 10 docker version --format '{{.Server.Version}}' 2>&1
}

found() {
    command -v docker >/dev/null && version=$(server_version)
}

install() {
    # From Debian 13 on the client is a package of its own.
    client=
    [ "$(sed 's/[^0-9].*//' /etc/debian_version)" -lt 13 ] 2>/dev/null || client=docker-cli
    # shellcheck disable=SC2086  # nothing where there is no such package
    scripts/install.sh docker.io iptables $client
}

# A machine that was switched off leaves process ids behind. Where another process has such a
# number by now, dockerd takes it for a running daemon and refuses to start.
remove_stale_pid_files() {
    for daemon in dockerd:/var/run/docker.pid containerd:/var/run/docker/containerd/containerd.pid; do
        file=${daemon#*:}
        [ -f "$file" ] || continue
        [ "$(cat "/proc/$(cat "$file")/comm" 2>/dev/null)" = "${daemon%%:*}" ] || rm -f "$file"
    done
}

start() {
    [ "$(id -u)" = 0 ] || fail "no Docker Engine answers, and starting one takes root"
    mkdir -p target
    remove_stale_pid_files
    setsid dockerd >"$log" 2>&1 </dev/null &
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
    echo "$pid" >target/engine.pid
    echo "engine: started Docker $version (pid $pid, log in $log)"
}

if found; then
    echo "engine: Docker $version answers"
    exit 0
fi
[ -z "${DOCKER_HOST:-}" ] || fail "DOCKER_HOST=$DOCKER_HOST does not answer: ${version:-no docker client is installed}"
if ! command -v docker >/dev/null || ! command -v dockerd >/dev/null; then
    install
fi
# Where systemd runs, installing has started it.
if found; then
    echo "engine: installed Docker $version"
else
    start
fi
