#!/bin/sh
# Prints a line of [package] in Cargo.toml: `version`, or the one that is named.
set -eu
cd "$(dirname "$0")/../.."

sed -n '/^\[package\]$/,/^\[/p' Cargo.toml | sed -n "s/^${1:-version} = \"\(.*\)\"\$/\1/p"
