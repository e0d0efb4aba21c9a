#!/bin/sh
# Makes a virtual environment with everything in a file of requirements: target/python with
# scripts/requirements.txt, unless told otherwise. Does nothing where it is up to date.
#
#     scripts/python.sh [VENV REQUIREMENTS]
set -eu
cd "$(dirname "$0")/.."

venv=${1:-target/python}
requirements=${2:-scripts/requirements.txt}
installed=$venv/requirements.txt

mkdir -p target
# Tests that start at the same time must not build it twice.
exec 9>"$venv.lock"
flock 9
if cmp -s "$requirements" "$installed"; then
    exit 0
fi
# Debian splits what makes virtual environments from python3.
python3 -c 'import ensurepip' 2>/dev/null || scripts/install.sh python3-venv
echo "python: installing $requirements from PyPI into $venv" >&2
python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
cp "$requirements" "$installed"
