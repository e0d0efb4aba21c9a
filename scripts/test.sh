#!/bin/sh
# Runs every test on a real Docker Engine. Sets up what is missing; nothing is skipped: what cannot
# be set up is said, and ends the run.
set -eu
cd "$(dirname "$0")/.."

# A program that tests need, and Debian's package that has it.
needed() {
    cat <<'END'
/bin/busybox        busybox-static   all of the test image
/usr/sbin/sshd      openssh-server   an Engine behind ssh://
docker-registry     docker-registry  images to pull
faketime            faketime         a wall clock that jumps
htpasswd            apache2-utils    a registry that asks for a login
ip                  iproute2         a bridge for a second Engine, and AWS in a network of its own
openssl             openssl          certificates for an Engine behind TLS
podman              podman           an Engine that is not docker's
runc                runc             what Podman starts containers with
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
# nohup and a shell's background leave HUP, INT and QUIT ignored for all that is started here; tests
# are about what they do.
exec env --default-signal=HUP,INT,QUIT cargo test "$@"
