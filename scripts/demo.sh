#!/bin/sh
# Shows credrun's main job on a machine that has only cargo and root: a CloudShell session, with
# stand-ins for CloudShell and AWS, and the real AWS CLI in a real container.
set -eu
cd "$(dirname "$0")/.."

scripts/musl-target.sh
scripts/engine.sh
scripts/awscli-image.sh
scripts/python.sh
cargo build
PATH=$PWD/target/debug:$PATH scripts/aws-stand-in -- scripts/demo-session.sh

echo
if [ -f target/engine.pid ] && kill -0 "$(cat target/engine.pid)" 2>/dev/null; then
    echo "The Docker Engine still runs, to go on with. It ends with: kill $(cat target/engine.pid)"
fi
echo "The program is target/debug/credrun."
