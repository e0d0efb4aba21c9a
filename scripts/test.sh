#!/bin/sh
# Runs every test on a real Docker Engine, and those that depend on an Engine once more on the newest
# of Debian's suites. Sets up what is missing; nothing is skipped: what cannot be set up is said, and
# ends the run. With arguments it runs `cargo test` with them, on the machine's Engine alone.
set -eu
cd "$(dirname "$0")/.."

# A program that tests need, and Debian's package that has it.
needed() {
    cat <<'END'
/bin/busybox        busybox-static   all of the test image
/usr/sbin/sshd      openssh-server   an Engine behind ssh://
curl                curl             what install.sh downloads with
docker-registry     docker-registry  images to pull
faketime            faketime         a wall clock that jumps
fish                fish             completion
htpasswd            apache2-utils    a registry that asks for a login
ip                  iproute2         a bridge for a second Engine, and AWS in a network of its own
man                 man-db           the man pages
mmdebstrap          mmdebstrap       bare systems that packages are installed on
openssl             openssl          certificates for an Engine behind TLS
podman              podman           an Engine that is not docker's
qemu-aarch64-static qemu-user-static programs for arm64
rpm                 rpm              .rpm packages
ruby                ruby             the Homebrew formula
runc                runc             what Podman starts containers with
shasum              perl             a checksum as macOS makes it
shellcheck          shellcheck       install.sh and the scripts of a release
wget                wget             what install.sh downloads with in the place of curl
zsh                 zsh              completion, and install.sh in another shell
END
}

is_there() {
    case $1 in
        # The dynamic busybox has the same name.
        /bin/busybox) [ -x "$1" ] && ! grep -q /ld-linux "$1" ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

missing=$(needed | while read -r program package _; do
    is_there "$program" || echo "$package"
done)
# shellcheck disable=SC2086  # one argument a package
[ -z "$missing" ] || scripts/install.sh $missing

scripts/musl-target.sh
scripts/engine.sh
scripts/awscli-image.sh
scripts/python.sh
scripts/aws-cli-v2.sh
scripts/python.sh target/parliament tests/least_privilege/requirements.txt
scripts/npm.sh tests/least_privilege/npm target/least-privilege >/dev/null
# nohup and a shell's background leave HUP, INT and QUIT ignored for all that is started here; tests
# are about what they do.
cargo_test() {
    env --default-signal=HUP,INT,QUIT cargo test "$@"
}
cargo_test "$@"
[ $# = 0 ] || exit 0

# What containers are and do there, with containerd's image store. What is left out asks an Engine for
# nothing, or nothing that the rest does not ask for.
DOCKER_HOST=$(scripts/newest-engine.sh)
export DOCKER_HOST
began=$(date +%s)
cargo_test --test engine --test live --test keyless -- \
    exec:: exit_status:: injection:: inspect_identity:: mounts:: signals:: streams:: terminal:: \
    detached:: flags:: outcomes:: ps:: relay_image:: run:: secrets::
echo "test: the second Engine took $(($(date +%s) - began)) s" >&2
