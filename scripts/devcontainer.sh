#!/bin/sh
# The Dev Containers CLI, which VS Code has inside, too: scripts/devcontainer.sh COMMAND [ARG...]
set -eu
root=$(dirname "$0")/..

here=$PWD
cd "$root"
root=$PWD
node=$(scripts/npm.sh scripts/devcontainers target/devcontainers)
cd "$here"
exec "$node" "$root/target/devcontainers/node_modules/@devcontainers/cli/devcontainer.js" "$@"
