#!/bin/sh
# Writes src/iam/data/tables.bin, which is committed. With `--compare MODULE…` it writes nothing, and
# fails where the file has something else for these modules of botocore's.
set -eu
cd "$(dirname "$0")/../.."

scripts/python.sh target/iam-python scripts/iam/requirements.txt
exec target/iam-python/bin/python scripts/iam/generate.py "$@"
