#!/bin/sh
# Makes target/python, the virtual environment with everything in scripts/requirements.txt.
# Does nothing where it is up to date.
set -eu
cd "$(dirname "$0")/.."

venv=target/python
installed=$venv/requirements.txt

mkdir -p target
# Tests that start at the same time must not build it twice.
exec 9>target/python.lock
flock 9
if cmp -s scripts/requirements.txt "$installed"; then
    exit 0
fi
# Debian splits what makes virtual environments from python3.
python3 -c 'import ensurepip' 2>/dev/null || scripts/install.sh python3-venv
echo "python: installing moto and others from PyPI into $venv" >&2
python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r scripts/requirements.txt >&2
cp scripts/requirements.txt "$installed"
