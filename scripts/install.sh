#!/bin/sh
# Installs Debian packages: scripts/install.sh PACKAGE... Takes root.
set -eu

if [ "$(id -u)" != 0 ]; then
    echo "install: these Debian packages are missing, and installing them takes root: $*" >&2
    exit 1
fi
echo "install: $*" >&2
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >/dev/null
